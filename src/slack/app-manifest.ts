import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { z } from 'zod';
import { SLACK_EVENTS_PATH } from './inlet-http.ts';

/** What of a configuration the app's manifest hangs on. */
export type ManifestWants =
  | { readonly mode: 'socket' }
  /** `url`: at which Slack reaches the bot, without path. */
  | { readonly mode: 'http'; readonly url: string };

/**
 * The app's manifest for one configuration, as YAML with its comments, to be pasted at api.slack.com/apps.
 * Source: https://docs.slack.dev/reference/app-manifest
 * @param template what stands in `app-manifest.yml`, which is for Socket Mode
 * @param without optional scopes that this configuration has no use for
 */
export function manifestFor(template: string, wants: ManifestWants, without: readonly string[] = []): string {
  const manifest = parseDocument(template);
  for (const scope of without) removeScope(manifest, scope);
  manifest.setIn(['settings', 'socket_mode_enabled'], wants.mode === 'socket');
  if (wants.mode === 'http') {
    const url = `${wants.url}${SLACK_EVENTS_PATH}`;
    const commands = manifest.getIn(['features', 'slash_commands']);
    if (isSeq(commands)) for (const command of commands.items) if (isMap(command)) command.set('url', url);
    manifest.setIn(['settings', 'event_subscriptions', 'request_url'], url);
    manifest.setIn(['settings', 'interactivity', 'request_url'], url);
  }
  return manifest.toString({ lineWidth: 0 });
}

/** The scopes that a manifest asks for. @throws when it is none */
export function scopesIn(manifest: string): { readonly needed: readonly string[]; readonly optional: readonly string[] } {
  const { bot, bot_optional } = Scopes.parse(parseDocument(manifest).toJS()).oauth_config.scopes;
  return { needed: bot, optional: bot_optional };
}

const Scopes = z.object({
  oauth_config: z.object({
    scopes: z.object({ bot: z.array(z.string()), bot_optional: z.array(z.string()).default([]) }),
  }),
});

function removeScope(manifest: Document, scope: string): void {
  const optional = manifest.getIn(['oauth_config', 'scopes', 'bot_optional']);
  if (!isSeq(optional)) return;
  optional.items = optional.items.filter((item) => !isScalar(item) || item.value !== scope);
}
