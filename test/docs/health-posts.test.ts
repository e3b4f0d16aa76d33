import { expect, test } from 'vitest';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { gatherHealth } from '../../src/health/gather.ts';
import { createLog } from '../../src/ops/log.ts';
import { createOutbound } from '../../src/slack/outbound.ts';
import { renderHealth } from '../../src/slack/render/health-message.ts';
import { sdkLogger } from '../../src/slack/sdk-log.ts';
import { createWebCall } from '../../src/slack/web-call.ts';
import type { Change } from '../../src/words/change.ts';
import { changeOf } from '../contracts/store-records.ts';
import { at, gatherFrom, memoryStore, probed, scheduleOf } from '../health/stage.ts';
import { manifest } from '../slack/stage.ts';
import { page } from './read.ts';

test('docs/health-posts.md shows a post as people read it', async () => {
  const shown = await aPostAsRead();
  expect(page('docs/health-posts.md')).toContain(`\`\`\`text\n${shown}\n\`\`\``);
});

/** 24 clusters of which two are not well, in a channel, as somebody in Berlin reads it. */
async function aPostAsRead(): Promise<string> {
  const store = await memoryStore();
  const day = { from: '2026-11-26T08:00Z', to: '2026-11-27T08:00Z' };
  const names = ['prod', 'edge', ...Array.from({ length: 22 }, (_, index) => `team-${index + 1}`)];
  for (const name of names) {
    await probed(store, name, day, (when) => {
      const isDown = name === 'prod' && when >= at('2026-11-26T22:10Z') && when < at('2026-11-26T22:31Z');
      if (isDown) return { good: false, tookMs: 4_000, failure: { phase: 'connect', kind: 'timeout' }, phases: {} };
      const times = 1 + (((when / 60_000) * 7) % 30) / 20 + (when % 6_000_000 === 0 ? 3 : 0);
      const phases = { resolve: 0.4, connect: 1.2, tls: 4.5, processing: 2.5, transfer: 0.2 };
      const scaled = Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, ms * times]));
      return { tookMs: 9 * times, phases: scaled };
    });
  }
  const onset = {
    id: 'prober:1',
    method: 'prober' as const,
    earliestAt: at('2026-11-26T22:10:00Z'),
    latestAt: at('2026-11-26T22:10:04Z'),
    words: 'two bad probes in a row',
    sources: [],
    scope: 'everywhere' as const,
    recovery: { earliestAt: at('2026-11-26T22:31:00Z'), latestAt: at('2026-11-26T22:31:00Z') },
  };
  await store.outages.put({ id: 'o1', incident: 'o1', cluster: 'prod', onset, words: 'connect: timeout from the bot' });
  const rule: Change = {
    ...changeOf('c1', at('2026-11-26T22:09:41Z')),
    summary: 'nftables on cp-1: rule added: tcp dport 6443 drop',
    effect: { kind: 'judged', verdict: 'breaks', words: 'clients are shut out' },
  };
  await store.changes.add('prod', [rule]);
  const gather = gatherFrom(store, {
    certificateEnds: (cluster) => [at(cluster === 'edge' ? '2026-12-10T00:00Z' : '2027-06-01T00:00Z')],
    absent: (cluster) =>
      cluster === 'edge'
        ? [{ vantage: { kind: 'node', instance: 'cp-2', leavesBy: [] }, lastSeenAt: at('2026-11-27T03:12Z') }]
        : [],
  });
  const report = await gatherHealth(
    gather,
    names,
    { fromAt: at(day.from), toAt: at(day.to) },
    AbortSignal.timeout(9_000),
  );
  const schedule = scheduleOf({
    said: 'weekdays at 9:00',
    cron: '0 9 * * 1-5',
    zone: 'Europe/Berlin',
    id: 'hp-k3f9x2',
  });
  const missed = [{ slotAt: at('2026-11-26T08:00Z'), why: 'the bot was not running' }];
  const content = renderHealth(report, { kind: 'scheduled', schedule, slotAt: at(day.to), isLate: false, missed });

  const workspace = await startWorkspace({
    manifest,
    clock: { nowAt: () => at(day.to) },
    users: [{ id: 'U1', name: 'ana', tz: 'Europe/Berlin' }],
    channels: [{ id: 'C1', name: 'ops' }],
  });
  const log = createLog({ name: 'test', level: 'silent' });
  const call = createWebCall({ token: workspace.botToken, logger: sdkLogger(log), apiUrl: workspace.apiUrl });
  const outbound = createOutbound({ call, records: store.messages, clock: { now: () => at(day.to) }, log });
  await outbound.upsert('health/example', { channel: 'C1', thread: null }, content);
  const read = workspace.readAs('U1', { width: 100 }).channel('C1').trimEnd();
  expect(workspace.violations).toEqual([]);
  await workspace.close();
  await store.close();
  return read;
}
