import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FirewallFrame } from '../../../../src/agent/firewall/frames.ts';
import { hashOf, type Rules } from '../../../../src/agent/firewall/without-counters.ts';
import { firewallJournal, KeptRules, type RulesSeen } from '../../../../src/agent/journal/node/firewall.ts';
import { nodeTelling } from '../../../../src/agent/journal/node/tell.ts';
import { keptFile } from '../../../../src/agent/keep.ts';
import { dumpOf } from '../../firewall/rules.ts';
import { rememberingLog } from '../../silent.ts';
import { type Records, records } from './records.ts';

let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
});

afterEach(() => rm(dir, { recursive: true }));

const network = { interfaces: [{ name: 'eth0', addresses: ['10.99.0.10/24'] }], routes: [], devices: ['eth0'] };

const saved = (...rules: string[]): Rules =>
  dumpOf({
    iptablesLegacy: { kind: 'read', text: ['*filter', ':INPUT ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n') },
  });
const blocked = '-A INPUT -p tcp -m tcp --dport 6443 -j DROP';
const other = '-A INPUT -p tcp -m tcp --dport 22 -j DROP';
const rules = (dump: Rules, fromAt: number, readAt = fromAt + 10): FirewallFrame => ({
  kind: 'rules',
  dump,
  fromAt,
  readAt,
  notices: [],
});
const watched = (untilAt: number): FirewallFrame => ({ kind: 'watched', untilAt });

/** One life of the agent: each connection to the reader brings these frames and is lost then; ends with the last. */
async function live(
  connections: readonly (readonly FirewallFrame[])[],
  earlier: RulesSeen | null = null,
  kept = true,
): Promise<Records & { seen: RulesSeen | null }> {
  const sink = records();
  const stop = new AbortController();
  const left = [...connections];
  const journal = firewallJournal({
    follow: async function* () {
      yield* left.shift() ?? [];
      if (left.length === 0) stop.abort();
    },
    network: async () => network,
    place: () => ({ port: 6443, addresses: ['10.99.0.10'], clients: [] }),
    telling: nodeTelling({ node: 'cp-1', source: 'node-firewall', categories: ['firewall'], sink, clock: () => 0 }),
    kept: keptFile({
      dir: kept ? dir : join(dir, 'elsewhere'),
      name: 'rules',
      schema: KeptRules,
      cluster: 'c',
      log: rememberingLog(),
    }),
    earlier,
    log: rememberingLog(),
  });
  await journal.run(stop.signal);
  return { ...sink, seen: journal.seen() };
}

test('the first look is where the journal begins: nothing is told but that it watches', async () => {
  const { changes, spans } = await live([[rules(saved(blocked), 1_000), watched(20_000)]]);
  expect(changes).toEqual([]);
  expect(spans).toMatchObject([{ source: 'node-firewall', fromAt: 1_000, toAt: 20_000 }]);
});

test('a change is told with what it does, between the last moment without it and the first look with it', async () => {
  const { changes, seen } = await live([
    [rules(saved(), 1_000), watched(4_000), rules(saved(blocked), 9_000, 9_100), watched(12_000)],
  ]);
  expect(changes).toMatchObject([
    {
      id: expect.stringMatching(/^node-firewall:cp-1:1000\.1\.[0-9a-f]{12}$/),
      earliestAt: 4_000,
      latestAt: 9_100,
      summary: expect.stringContaining('--dport 6443'),
      effect: { kind: 'passages', before: [{ verdict: 'allow' }], after: [{ verdict: 'deny' }] },
    },
  ]);
  expect(seen).toEqual({ hash: hashOf(saved(blocked)), seenAt: 12_000 });
});

test('there and back again are two changes with ids of their own', async () => {
  const { changes } = await live([
    [rules(saved(), 1_000), rules(saved(blocked), 2_000), rules(saved(), 3_000), rules(saved(blocked), 4_000)],
  ]);
  expect(changes).toHaveLength(3);
  expect(new Set(changes.map(({ id }) => id)).size).toBe(3);
});

test('a reader that is lost leaves a gap in the coverage; what was changed meanwhile is told', async () => {
  const { changes, spans } = await live([
    [rules(saved(), 1_000), watched(5_000)],
    [rules(saved(other), 9_000), watched(11_000)],
  ]);
  expect(spans.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual([
    [1_000, 5_000],
    [9_000, 11_000],
  ]);
  expect(changes).toMatchObject([{ earliestAt: 5_000, latestAt: 9_010 }]);
});

test('an agent that comes back tells what was changed while it was away', async () => {
  const { seen } = await live([[rules(saved(), 1_000), watched(5_000)]]);
  const { changes } = await live([[rules(saved(blocked), 60_000)]], seen);
  expect(changes).toMatchObject([{ earliestAt: 5_000, latestAt: 60_010, effect: { after: [{ verdict: 'deny' }] } }]);
  // And only once.
  expect((await live([[rules(saved(blocked), 90_000)]])).changes).toEqual([]);
});

test('until when other rules were seen says nothing of those that were kept', async () => {
  await live([[rules(saved(), 1_000)]]);
  const { changes } = await live([[rules(saved(blocked), 60_000)]], { hash: hashOf(saved(other)), seenAt: 50_000 });
  expect(changes).toMatchObject([{ earliestAt: 1_000 }]);
});

test('one that crashed after telling, before it kept that, tells it again under the same id', async () => {
  await live([[rules(saved(), 1_000)]]);
  const file = join(dir, 'rules.json');
  const before = await readFile(file);
  const first = await live([[rules(saved(blocked), 5_000)]]);
  await writeFile(file, before);
  const again = await live([[rules(saved(blocked), 8_000)]]);
  expect(again.changes.map(({ id }) => id)).toEqual(first.changes.map(({ id }) => id));
});

test('rules that can not be read whole are no coverage, but what can be read is still told', async () => {
  const partly = (dump: Rules): Rules => ({
    ...dump,
    readings: { ...dump.readings, ip6tablesLegacy: { kind: 'failed', why: 'it needs NET_RAW' } },
  });
  const { changes, spans } = await live([
    [rules(partly(saved()), 1_000), watched(5_000), rules(partly(saved(other)), 9_000), watched(20_000)],
  ]);
  expect(spans).toEqual([]);
  expect(changes).toMatchObject([{ earliestAt: 5_000, effect: { after: [{ verdict: 'unknown' }] } }]);
});

test('a reading that fails once is neither a change nor forgotten', async () => {
  const failed = dumpOf({ iptablesLegacy: { kind: 'failed', why: 'did not end within 10000 ms' } });
  const { changes, spans } = await live([
    [
      rules(saved(), 1_000),
      watched(3_000),
      rules(failed, 5_000),
      watched(15_000),
      rules(saved(other), 20_000),
      watched(22_000),
    ],
  ]);
  expect(changes).toMatchObject([{ earliestAt: 3_000, latestAt: 20_010 }]);
  expect(spans.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual([
    [1_000, 3_000],
    [20_000, 22_000],
  ]);
});

test('without a word from the reader nothing is claimed', async () => {
  const { changes, spans } = await live([[{ kind: 'unread', why: 'nft is not installed here' }, watched(20_000)]]);
  expect(changes).toEqual([]);
  expect(spans).toEqual([]);
});
