import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readManifest } from '../../dev/workspace/manifest.ts';
import { type } from './terminal.ts';

let file: string;

beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'apidown-manifest-')), 'apidown.yaml');
});
afterEach(() => rm(join(file, '..'), { recursive: true }));

const common = 'hub: { listen: "127.0.0.1:0" }\nclusters: { prod: }\n';
const url = 'https://apidown.example/slack/events';

describe('apidown manifest', () => {
  test('is for Socket Mode unless told otherwise, says why each scope is asked for, and is one that Slack takes', async () => {
    const { code, out } = await manifest(common);
    expect(code).toBe(0);
    expect(readManifest(out).settings.socket_mode_enabled).toBe(true);
    expect(out).toContain('# pictures and reports in the thread\n      - files:write');
    expect(out).not.toContain('request_url');
  });

  test('in HTTP mode names the address for commands, presses and events', async () => {
    const { code, out } = await manifest(`${common}slack: { mode: http, http: { url: "https://apidown.example/" } }\n`);
    expect(code).toBe(0);
    const { settings, features } = readManifest(out);
    expect(settings).toMatchObject({
      socket_mode_enabled: false,
      interactivity: { is_enabled: true, request_url: url },
      event_subscriptions: { request_url: url },
    });
    expect(features?.slash_commands).toMatchObject([{ command: '/apidown', url }]);
  });

  test('asks for the members of user groups only where a grant names one', async () => {
    const scopes = (out: string) => readManifest(out).oauth_config.scopes.bot;
    expect(scopes((await manifest(common)).out)).not.toContain('usergroups:read');
    const granting = `${common}permissions: [{ may: [investigate], groups: [S1] }]\n`;
    expect(scopes((await manifest(granting)).out)).toContain('usergroups:read');
  });

  test('as JSON it is the same', async () => {
    const { out } = await manifest(common, '--json');
    expect(JSON.parse(out)).toEqual(parse((await manifest(common)).out));
  });

  test('needs to know where Slack reaches the bot', async () => {
    const { code, out, note } = await manifest(`${common}slack: { mode: http }\n`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(note).toContain('slack.http.url is not set');
  });
});

async function manifest(config: string, ...args: readonly string[]) {
  await writeFile(file, config);
  return type(['--config', file, 'manifest', ...args]);
}
