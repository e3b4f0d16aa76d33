import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { beganAt } from '../briefing/diagnoses.ts';
import { opened } from '../contracts/store.ts';
import { type } from './terminal.ts';

let folder: string;
/** As the running bot holds it. */
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-cli-'));
  await writeFile(
    join(folder, 'apidown.yaml'),
    'hub: { listen: "127.0.0.1:0", allowPlain: true }\nclusters: { prod: , stage: }\n',
  );
  store = await opened({ kind: 'sqlite', file: join(folder, 'apidown.db') });
  const by = { kind: 'person' as const, id: 'U1' };
  const id = 'inv-a';
  await store.investigations.append(id, 0, [
    { kind: 'opened', at: beganAt, by, id, cluster: 'prod', endpoint: null, room: null },
    {
      kind: 'concluded',
      at: beganAt + 1_000,
      by,
      summary: 'A firewall\u001b[31m rule',
      impact: 'none',
      actions: ['Watch'],
    },
  ]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const apidown = (...words: readonly string[]) =>
  type(['--config', join(folder, 'apidown.yaml'), ...words], { clock: { now: () => beganAt + 3_600_000 } });

test('a postmortem is printed as Markdown, or as JSON; one that is not there is told', async () => {
  const markdown = await apidown('postmortem', 'inv-a', '--zone', 'Asia/Tokyo');
  expect(markdown.code).toBe(0);
  expect(markdown.out).toContain('# prod API server, 2026-11-22');
  expect(markdown.out).toContain('(2026-11-22 23:03:30 Asia/Tokyo)');
  expect(markdown.out).toContain('- [ ] Watch');
  expect(markdown.out).not.toContain('\u001b');
  const json = JSON.parse((await apidown('postmortem', 'inv-a', '--json')).out);
  expect(json).toMatchObject({
    schema: 'apidown.postmortem/1',
    concluded: { at: '2026-11-22T14:03:31.000Z', by: 'U1' },
    impact: 'none',
    actions: ['Watch'],
  });
  expect(await apidown('postmortem', 'inv-b')).toMatchObject({
    code: 1,
    note: expect.stringContaining('no investigation inv-b'),
  });
});

test('past investigations are found by words, cluster and time', async () => {
  const { out } = await apidown('history', 'FIREWALL', '--since', 'today');
  expect(out).toContain('inv-a  prod  opened 2026-11-22 14:03:30 UTC  concluded by U1');
  expect(out).not.toContain('\u001b');
  expect(JSON.parse((await apidown('history', '--json')).out)).toMatchObject([
    { id: 'inv-a', channel: null, began: null },
  ]);
  expect(await apidown('history', '--cluster', 'stage')).toMatchObject({ code: 0, out: '' });
  expect(await apidown('history', '--since', 'soon')).toMatchObject({
    code: 2,
    note: expect.stringContaining('3 weeks ago'),
  });
});

test('who worked on the store is in the audit log, with what for and how it ended, and no key', async () => {
  await apidown('enroll', 'prod', '--role', 'node');
  await apidown('keys', 'revoke', 'nothing');
  const { out } = await apidown('audit', userInfo().username, '--json');
  expect(JSON.parse(out)).toMatchObject([
    { via: 'terminal', action: 'keys revoke', cluster: null, target: 'nothing', outcome: 'failed', channel: null },
    { via: 'terminal', action: 'enroll', cluster: 'prod', target: 'prod', outcome: 'allowed' },
  ]);
  expect(out).not.toContain('PRIVATE');
  expect((await apidown('audit', '--cluster', 'prod')).out).toContain('allowed  ');
  expect(await apidown('audit', 'U404')).toMatchObject({ code: 0, out: '' });
});
