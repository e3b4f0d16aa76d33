import { expect, test } from 'vitest';
import { readManifest } from '../../dev/workspace/manifest.ts';
import { SHORTCUT } from '../../src/slack/listeners/requests.ts';
import { manifest } from './stage.ts';

test('the app manifest is one that Slack takes, and offers what the app listens to', () => {
  const { features, oauth_config, settings } = readManifest(manifest);
  expect(features?.slash_commands?.map(({ command }) => command)).toEqual(['/apidown']);
  expect(features?.shortcuts?.map(({ type, callback_id }) => [type, callback_id])).toEqual([['message', SHORTCUT]]);
  expect(settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } });
  expect(settings.event_subscriptions?.bot_events).toEqual(['app_mention', 'app_home_opened']);
  // Those without which the app can't do its work must not be among the optional ones.
  expect(oauth_config.scopes.bot).toEqual(
    expect.arrayContaining(['commands', 'chat:write', 'app_mentions:read', 'usergroups:read', 'users:read']),
  );
  expect(oauth_config.scopes.bot_optional).toEqual(expect.arrayContaining(['channels:history', 'groups:history']));
});
