import { describe, expect, test } from 'vitest';
import { scriptedSource } from '../fakes/outside-source.ts';
import { aSetUp, doctor } from './set-up.ts';

test('a set-up in which nothing is wrong: all is ok, and the exit code says so', async () => {
  const setUp = await aSetUp();
  const { code, of, findings } = await doctor(setUp);
  expect(of('failed')).toEqual([]);
  expect(of('warning')).toEqual([]);
  // Sources that nobody has are no fault.
  expect(of('notChecked').map(({ check }) => check)).toEqual(['sources', 'sources', 'sources', 'sources']);
  expect(new Set(findings.map(({ check }) => check)).size).toBe(15);
  expect(code).toBe(0);
  expect(setUp.workspace.violations).toEqual([]);
});

describe('whatever hangs or breaks', () => {
  test('a Slack that never answers delays nothing else, and is said', async () => {
    const setUp = await aSetUp();
    setUp.workspace.faults.always('*', { kind: 'hang' });
    setUp.sources = [scriptedSource({ instance: 'hangs', examine: () => new Promise<never>(() => {}) })];
    const { findings, of } = await doctor(setUp, { withinMs: 1_500 });
    const late = of('notChecked').filter(({ words }) => words.startsWith('it did not end within 1.5 s'));
    expect(late.map(({ check }) => check).sort()).toEqual(
      ['channels', 'clocks', 'grants', 'slack-scopes', 'slack-tokens', 'sources'].sort(),
    );
    expect(findings.filter(({ check }) => check === 'agents').every(({ outcome }) => outcome === 'ok')).toBe(true);
  });
});

test('nothing is written: neither to Slack, nor to the database', async () => {
  const setUp = await aSetUp();
  const before = await setUp.store.sessions.list('prod');
  await doctor(setUp);
  const asked = new Set(setUp.workspace.calls.map(({ method }) => method));
  expect([...asked].sort()).toEqual([
    'apps.connections.open',
    'auth.test',
    'bots.info',
    'conversations.info',
    'usergroups.list',
    'users.info',
  ]);
  expect(setUp.workspace.socket.connections).toBe(0);
  expect(await setUp.store.sessions.list('prod')).toEqual(before);
});

test('for a person: a heading for each check, the fault, and behind an arrow how to mend it', async () => {
  const setUp = await aSetUp();
  setUp.workspace.revoke('app');
  const { out, code } = await doctor(setUp, { args: [] });
  expect(code).toBe(1);
  expect(out).toMatch(/^Slack tokens$\n^ {2}✅ the bot token: apidown in Workspace$/m);
  expect(out).toMatch(
    /^ {2}❌ the app-level token: Slack does not take it: invalid_auth$\n^ {7}→ take an App-Level Token/m,
  );
  expect(out).toMatch(/^1 failed; 0 warnings, 4 not checked, \d+ ok\.$/m);
});

test('mistakes of the file itself are told as config check does, and nothing is looked at', async () => {
  const setUp = await aSetUp();
  Object.assign(setUp.config, { storr: {} });
  const { code, out } = await doctor(setUp);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ ok: false, mistakes: [{ key: 'storr' }] });
  expect(setUp.workspace.calls).toEqual([]);
});
