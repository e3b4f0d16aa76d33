import { parse } from 'yaml';
import { z } from 'zod';
import { limits } from './limits.ts';

/** What an app manifest (schema version 2) may say, as far as this workspace heeds it. Source: docs.slack.dev/reference/app-manifest. */
export const AppManifest = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal([1, 2]), minor_version: z.number().optional() }).optional(),
  display_information: z.strictObject({
    name: z.string().min(1).max(limits.manifest.name),
    description: z.string().max(limits.manifest.description).optional(),
    long_description: z
      .string()
      .min(limits.manifest.longDescription.min)
      .max(limits.manifest.longDescription.max)
      .optional(),
    background_color: z
      .string()
      .regex(/^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)
      .optional(),
  }),
  features: z
    .strictObject({
      app_home: z
        .strictObject({
          home_tab_enabled: z.boolean().optional(),
          messages_tab_enabled: z.boolean().optional(),
          messages_tab_read_only_enabled: z.boolean().optional(),
        })
        .optional(),
      bot_user: z
        .strictObject({
          display_name: z.string().min(1).max(limits.manifest.displayName),
          always_online: z.boolean().optional(),
        })
        .optional(),
      shortcuts: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(limits.shortcut.name),
            type: z.enum(['message', 'global']),
            callback_id: z.string().min(1).max(limits.shortcut.callbackId),
            description: z.string().min(1).max(limits.shortcut.description),
          }),
        )
        .max(limits.manifest.shortcuts)
        .optional(),
      slash_commands: z
        .array(
          z.strictObject({
            command: z.string().regex(/^\//).max(limits.command.name),
            description: z.string().min(1).max(limits.command.description),
            usage_hint: z.string().max(limits.command.usageHint).optional(),
            should_escape: z.boolean().optional(),
            url: z.url().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  oauth_config: z.strictObject({
    redirect_urls: z.array(z.url()).optional(),
    scopes: z.strictObject({
      bot: z.array(z.string()),
      bot_optional: z.array(z.string()).optional(),
      user: z.array(z.string()).optional(),
      user_optional: z.array(z.string()).optional(),
    }),
    pkce_enabled: z.boolean().optional(),
  }),
  settings: z.strictObject({
    event_subscriptions: z
      .strictObject({ bot_events: z.array(z.string()).optional(), request_url: z.url().optional() })
      .optional(),
    interactivity: z
      .strictObject({
        is_enabled: z.boolean(),
        request_url: z.url().optional(),
        message_menu_options_url: z.url().optional(),
      })
      .optional(),
    org_deploy_enabled: z.boolean().optional(),
    socket_mode_enabled: z.boolean().optional(),
    token_rotation_enabled: z.boolean().optional(),
    is_hosted: z.boolean().optional(),
    is_mcp_enabled: z.boolean().optional(),
    function_runtime: z.string().optional(),
  }),
});
export type AppManifest = z.infer<typeof AppManifest>;

/** @param source YAML text, or what it parses to. Throws with every mistake and its place. */
export function readManifest(source: unknown): AppManifest {
  const parsed = AppManifest.safeParse(typeof source === 'string' ? parse(source) : source);
  if (parsed.success) return parsed.data;
  throw new Error(`Slack would refuse this app manifest:\n${z.prettifyError(parsed.error)}`);
}

/** The scopes that a bot token has once the app is installed. Throws when an optional one is granted that the manifest doesn't ask for. */
export function grantedScopes(manifest: AppManifest, grantedOptional: readonly string[]): ReadonlySet<string> {
  const { bot, bot_optional: optional = [] } = manifest.oauth_config.scopes;
  const stray = grantedOptional.filter((scope) => !optional.includes(scope));
  if (stray.length > 0) throw new Error(`The manifest has no such optional scope: ${stray.join(', ')}`);
  return new Set([...bot, ...grantedOptional]);
}
