import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { type FirewallFrame, NOTICE_MS, type Notice } from '../../../src/agent/firewall/frames.ts';
import type { RulesMonitor } from '../../../src/agent/firewall/monitor.ts';
import { type WatchPace, watchRules } from '../../../src/agent/firewall/watch.ts';
import type { FirewallDump } from '../../../src/checks/host-firewall/port.ts';
import { dumpOf } from './rules.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const fast: WatchPace = {
  settleMs: 10,
  longestBurstMs: 60,
  lookEveryMs: 60_000,
  pollEveryMs: 60_000,
  beatMs: 15,
  readMs: 1_000,
};

interface Watching {
  readonly frames: FirewallFrame[];
  readonly reads: number[];
  rules(dump: FirewallDump): void;
  notice(notice: Partial<Notice>): void;
  live(live: boolean): void;
  /** Called while the rules are being read, before they are handed over. */
  onRead(what: () => void): void;
}

function watch(pace: Partial<WatchPace> = {}): Watching {
  const stop = new AbortController();
  const frames: FirewallFrame[] = [];
  const reads: number[] = [];
  let dump: FirewallDump = dumpOf();
  let during = () => {};
  let on: Parameters<RulesMonitor['run']>[0] | null = null;
  const done = watchRules({
    firewall: {
      async read() {
        reads.push(Date.now());
        const handed = dump;
        during();
        await delay(1);
        return handed;
      },
    },
    monitor: {
      async run(given, signal) {
        on = given;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    },
    clock: Date.now,
    tell: async (frame) => void frames.push(frame),
    signal: stop.signal,
    pace: { ...fast, ...pace },
  });
  stops.push(async () => {
    stop.abort();
    await done;
  });
  return {
    frames,
    reads,
    rules: (next) => (dump = next),
    notice: (notice) => {
      const at = Date.now();
      on?.notice({ firstAt: at, lastAt: at, by: 'nft', tables: ['inet f'], ...notice });
    },
    live: (live) => on?.live(live),
    onRead: (what) => (during = what),
  };
}

const text = (name: string) => dumpOf({ iptables: { kind: 'read', text: `# ${name}\n` } });
const rulesIn = (frames: readonly FirewallFrame[]) => frames.filter((frame) => frame.kind === 'rules');

test('the first frame holds the rules; while nothing changes it is said how far that is known', async () => {
  const { frames, live } = watch();
  await vi.waitFor(() => expect(frames[0]).toMatchObject({ kind: 'rules', notices: [] }));
  live(true);
  await vi.waitFor(() => expect(frames.filter(({ kind }) => kind === 'watched').length).toBeGreaterThan(3));
  expect(rulesIn(frames)).toHaveLength(1);
  const untils = frames.flatMap((frame) => (frame.kind === 'watched' ? [frame.untilAt] : []));
  expect(untils.at(-1)).toBeLessThanOrEqual(Date.now() - NOTICE_MS);
});

test('while nobody listens to the kernel, nothing is claimed between two looks', async () => {
  const { frames, reads } = watch({ pollEveryMs: 40 });
  await vi.waitFor(() => expect(reads.length).toBeGreaterThan(3));
  const untils = frames.flatMap((frame) => (frame.kind === 'watched' ? [frame.untilAt] : []));
  expect(untils.length).toBeGreaterThan(0);
  for (const untilAt of untils) expect(reads.some((at) => Math.abs(at - untilAt) <= 2)).toBe(true);
});

test('a change without a notice is found by looking', async () => {
  const { frames, rules } = watch({ pollEveryMs: 20 });
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(1));
  rules(text('other'));
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(2));
  expect(rulesIn(frames)[1]).toMatchObject({ notices: [] });
});

test('a burst of notices is one look, and each keeps its own time', async () => {
  const { frames, reads, rules, notice, live } = watch();
  live(true);
  await vi.waitFor(() => expect(reads.length).toBeGreaterThanOrEqual(1));
  await vi.waitFor(() => expect(frames.length).toBeGreaterThan(1));
  const before = reads.length;
  rules(text('other'));
  notice({ tables: ['ip nat'] });
  notice({ tables: ['inet f'] });
  notice({ tables: ['ip nat'] });
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(2));
  const [, changed] = rulesIn(frames);
  expect(changed?.notices.map(({ tables }) => tables)).toEqual([['ip nat'], ['inet f'], ['ip nat']]);
  expect(changed?.notices.every(({ lastAt }) => lastAt <= (changed?.fromAt ?? 0))).toBe(true);
  expect(reads.length).toBe(before + 1);
});

test('a burst without end is looked at all the same', async () => {
  const { frames, rules, notice, live } = watch({ settleMs: 500, longestBurstMs: 30 });
  live(true);
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(1));
  rules(text('other'));
  const noise = setInterval(() => notice({}), 5);
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(2), { timeout: 4_000 });
  clearInterval(noise);
});

test('rules that changed while they were read are read again', async () => {
  const { frames, rules, notice, live, onRead, reads } = watch();
  live(true);
  await vi.waitFor(() => expect(frames.some(({ kind }) => kind === 'watched')).toBe(true));
  rules(text('torn'));
  onRead(() => {
    onRead(() => {});
    rules(text('whole'));
    notice({});
  });
  const before = reads.length;
  notice({});
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(2));
  expect(rulesIn(frames)[1]?.dump.readings.iptables).toMatchObject({ text: '# whole\n' });
  expect(reads.length).toBeGreaterThanOrEqual(before + 2);
});

test('counters are no change', async () => {
  const { frames, reads, rules, notice, live } = watch();
  const counted = (packets: number) =>
    dumpOf({
      iptables: {
        kind: 'read',
        text: `# Generated by iptables-save v1 on day ${packets}\n:INPUT ACCEPT [${packets}:1]\n`,
      },
    });
  live(true);
  await vi.waitFor(() => expect(frames.some(({ kind }) => kind === 'watched')).toBe(true));
  rules(counted(1));
  notice({});
  await vi.waitFor(() => expect(rulesIn(frames)).toHaveLength(2));
  rules(counted(2));
  const before = reads.length;
  notice({});
  await vi.waitFor(() => expect(reads.length).toBeGreaterThan(before));
  await vi.waitFor(() => expect(frames.at(-1)).toMatchObject({ kind: 'watched' }));
  expect(rulesIn(frames)).toHaveLength(2);
});

test('that nothing can be read is said, and that it can be again', async () => {
  const { frames, rules } = watch({ pollEveryMs: 20 });
  const failed = { kind: 'failed', why: 'nft failed: not permitted' } as const;
  rules(dumpOf({ nftables: failed, iptables: failed, ip6tables: failed }));
  await vi.waitFor(() =>
    expect(frames).toContainEqual({ kind: 'unread', why: expect.stringContaining('not permitted') }),
  );
  const told = rulesIn(frames).length;
  rules(dumpOf());
  await vi.waitFor(() => expect(rulesIn(frames).length).toBe(told + 1));
});
