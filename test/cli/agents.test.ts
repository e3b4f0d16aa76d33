import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { botState } from '../../src/bin/bot-state.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Store } from '../../src/store/store.ts';
import { serveTerminal } from '../../src/terminal/serve.ts';
import { opened } from '../contracts/store.ts';
import { eventually, stage } from '../link/stage.ts';
import { type } from './terminal.ts';

const SEEN_AT = Date.parse('2026-03-01T14:05:00Z');

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-agents-'));
  await writeFile(join(folder, 'apidown.yaml'), 'hub: { listen: "127.0.0.1:0" }\nclusters: { prod: , stage: }\n');
  store = await opened({ kind: 'sqlite', file: join(folder, 'apidown.db') });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

describe('apidown agents', () => {
  test('lists who was ever seen, and says that nobody can tell who is connected when no bot runs', async () => {
    await seen('prod', 'cp-1');
    await seen('stage', 'cp-7');
    const { code, out, note } = await agents();
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'CLUSTER  ROLE  INSTANCE  VERSION  STATE      LAST SEEN                 KEY',
      'prod     node  cp-1      0.1.0    not known  2026-03-01T14:05:00.000Z  -',
      'stage    node  cp-7      0.1.0    not known  2026-03-01T14:05:00.000Z  -',
      '',
    ]);
    expect(note).toMatch(/^No bot answers on .*apidown\.sock .*: who is connected is not known/);
    expect((await agents('stage')).out).not.toContain('cp-1');
  });

  test('asks the running bot who is connected, with which key, and how its clock stands', async () => {
    await seen('prod', 'cp-2');
    const link = await stage();
    const key = await link.enroll('node');
    await link.agent({ key, role: 'node', instance: 'cp-1' });
    await eventually(() => expect(link.hub.agents('prod')).toHaveLength(1));
    const told = botState({
      clusters: ['prod'],
      hub: link.hub,
      slack: { state: () => ({ kind: 'cut', reason: 'no way' }) },
      clock: Date.now,
    });
    const bot = await serveTerminal(join(folder, 'apidown.sock'), {
      investigations: { open: never, act: never, find: never, listOpen: never, listJustConcluded: never },
      clusters: ['prod'],
      state: told.state,
      clock: { now: Date.now },
      log: createLog({ name: 'test', level: 'silent' }),
    });
    expect(told.state()).toMatchObject({ slack: 'cut', slackTrouble: 'no way', contested: [] });

    const { out, code } = await agents('prod', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      schema: 'apidown.agents/1',
      botAnswers: true,
      agents: [
        {
          ...{ cluster: 'prod', role: 'node', instance: 'cp-1', version: expect.any(String), connected: true },
          ...{ lastSeenAt: expect.any(String), keyId: key.id, address: '127.0.0.1' },
          clockOffsetMs: expect.any(Number),
        },
        {
          ...{ cluster: 'prod', role: 'node', instance: 'cp-2', version: '0.1.0', connected: false },
          ...{ lastSeenAt: '2026-03-01T14:05:00.000Z', keyId: null, address: null, clockOffsetMs: null },
        },
      ],
    });
    expect((await agents()).out).toMatch(/cp-1 .* connected .* [\w-]+\n.*cp-2 .* gone /);
    await bot.close();
    told.stop();
  });

  test('says what to do when there is none, and refuses a cluster that is not configured', async () => {
    const { code, out, note } = await agents();
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(note).toContain('`apidown enroll CLUSTER` lets the first one in');
    expect(await agents('prd')).toMatchObject({ code: 2, note: expect.stringContaining('did you mean "prod"?') });
  });
});

const never = async (): Promise<never> => {
  throw new Error('nothing is investigated here');
};

function agents(...args: readonly string[]) {
  return type(['--config', join(folder, 'apidown.yaml'), 'agents', ...args]);
}

function seen(cluster: string, instance: string) {
  return store.sessions.seen(cluster, 'node', { kind: 'node', instance, leavesBy: [] }, '0.1.0', SEEN_AT);
}
