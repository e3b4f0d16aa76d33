import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { EVENTS_PATH } from './inlet.ts';

/** What of a configuration the app's manifest hangs on. */
export type ManifestWants =
  | { readonly mode: 'socket' }
  /** `url`: at which Slack reaches the bot, without path. */
  | { readonly mode: 'http'; readonly url: string };

/** A scope that a manifest asks for. */
interface Scope {
  readonly name: string;
  /** May whoever installs the app leave it out? */
  readonly optional: boolean;
  /** The comment that stands above it, or above its neighbours. */
  readonly why: string;
}

/**
 * The app's manifest for one configuration, as YAML with its comments, to be pasted at api.slack.com/apps.
 * Source: https://docs.slack.dev/reference/app-manifest
 * @param template what stands in `app-manifest.yml`, which is for Socket Mode
 * @param without scopes that this configuration has no use for
 */
export function manifestFor(template: string, wants: ManifestWants, without: readonly string[] = []): string {
  const manifest = parseDocument(template);
  for (const kind of SCOPE_LISTS) {
    const list = manifest.getIn([...SCOPES, kind]);
    if (isSeq(list)) list.items = list.items.filter((item) => !isScalar(item) || !without.includes(String(item.value)));
  }
  manifest.setIn(['settings', 'socket_mode_enabled'], wants.mode === 'socket');
  if (wants.mode === 'http') {
    const url = `${wants.url}${EVENTS_PATH}`;
    const commands = manifest.getIn(['features', 'slash_commands']);
    if (isSeq(commands)) for (const command of commands.items) if (isMap(command)) command.set('url', url);
    manifest.setIn(['settings', 'event_subscriptions', 'request_url'], url);
    manifest.setIn(['settings', 'interactivity', 'request_url'], url);
  }
  return manifest.toString({ lineWidth: 0 });
}

/** Every scope that a manifest asks for. */
export function scopesIn(text: string): readonly Scope[] {
  const manifest = parseDocument(text);
  return SCOPE_LISTS.flatMap((kind) => scopesOf(manifest, kind));
}

const SCOPES = ['oauth_config', 'scopes'];
const SCOPE_LISTS = ['bot', 'bot_optional'] as const;

function scopesOf(manifest: Document, kind: (typeof SCOPE_LISTS)[number]): readonly Scope[] {
  const list = manifest.getIn([...SCOPES, kind]);
  if (!isSeq(list)) return [];
  // Above the first item a comment belongs to the list.
  let why = list.commentBefore?.trim() ?? '';
  return list.items.flatMap((item) => {
    if (!isScalar(item)) return [];
    why = item.commentBefore?.trim() ?? why;
    return [{ name: String(item.value), optional: kind === 'bot_optional', why }];
  });
}
