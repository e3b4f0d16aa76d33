import { describe, expect, test, vi } from 'vitest';
import { type Finished, keepProbing, type Probed } from '../../src/probe/keep-probing.ts';
import { boundedLookups } from '../../src/probe/lookups.ts';
import type { Probe } from '../../src/probe/probe.ts';
import type { Reference, References } from '../../src/probe/references.ts';
import type { ProbeResult, ProbeTarget } from '../../src/words/probe.ts';
import { logOf } from './log.ts';

const EVERY_MS = 40;

describe('probing many targets', () => {
  test('never has two rounds of one under way, nor more in all than it may', async () => {
    const under = new Map<string, number>();
    const most = { one: 0, all: 0 };
    const targets = Array.from({ length: 200 }, (_, index) => probed(`10.0.0.${index}`));
    const seen = new Set<string>();
    const started = start({
      most: 16,
      targets,
      async probe(target) {
        const one = (under.get(target.host) ?? 0) + 1;
        under.set(target.host, one);
        most.one = Math.max(most.one, one);
        most.all = Math.max(
          most.all,
          [...under.values()].reduce((sum, each) => sum + each, 0),
        );
        await new Promise((resolve) => setTimeout(resolve, 3));
        under.set(target.host, one - 1);
        return [good(target)];
      },
      onRound: ({ target }) => seen.add(target.host),
    });
    await vi.waitFor(() => expect(seen.size).toBe(200), { timeout: 10_000 });
    expect(started.probing.inFlight()).toBeLessThanOrEqual(16);
    await started.probing.close();
    expect(most.one).toBe(1);
    expect(most.all).toBe(16);
  });

  test('goes on after a probe that broke, and says so', async () => {
    let asked = 0;
    const { rounds, log, probing } = start({
      targets: [probed('10.0.0.1')],
      async probe(target) {
        asked += 1;
        if (asked === 1) throw new TypeError('broken');
        return [good(target)];
      },
    });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    await probing.close();
    expect(log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('stops with those that are wanted no more, and takes up what is new', async () => {
    const { rounds, probing } = start({ targets: [probed('10.0.0.1')], probe: async (target) => [good(target)] });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    probing.set([probed('10.0.0.2')]);
    const before = rounds.length;
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(before + 2));
    expect(new Set(rounds.slice(before).map(({ target }) => target.host))).toEqual(new Set(['10.0.0.2']));
    await probing.close();
    const after = rounds.length;
    expect(probing.inFlight()).toBe(0);
    expect(rounds.length).toBe(after);
  });

  test('gives every address of a round the moment at which the round began', async () => {
    const { rounds, probing } = start({
      targets: [probed('10.0.0.1')],
      clock: () => 1_000,
      probe: async (target) => [
        { ...good(target), startedAt: 1_002, tookMs: 5 },
        { ...good(target), address: '10.0.0.9', startedAt: 1_003, tookMs: 9 },
      ],
    });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    await probing.close();
    expect(rounds[0]?.finished).toMatchObject({
      at: 1_000,
      tries: [
        { at: 1_000, tookMs: 7 },
        { at: 1_000, tookMs: 12 },
      ],
    });
  });

  test('leaves out what it noticed too late to judge', async () => {
    const late = { phase: 'connect', kind: 'timeout', message: '' } as const;
    let asked = 0;
    const { rounds, probing } = start({
      targets: [probed('10.0.0.1')],
      probe: async (target) => {
        asked += 1;
        return [asked === 1 ? { ...good(target), good: false, failure: late, tookMs: 5_000 } : good(target)];
      },
    });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    await probing.close();
    expect(rounds[0]?.finished).toMatchObject({ tries: [{ good: true }] });
  });
});

describe('what speaks for the own network', () => {
  test.each([
    [
      { kind: 'answered', by: 'gw.example:443' },
      { kind: 'seen', answeredBy: 'gw.example:443' },
    ],
    [{ kind: 'none' }, { kind: 'seen', answeredBy: null }],
    [{ kind: 'silent' }, { kind: 'cutOff' }],
  ] as const)('is the reference: %j', async (reference, expected) => {
    const { rounds, probing } = start({
      targets: [probed('10.0.0.1')],
      probe: async (target) => [refused(target)],
      reference,
    });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    await probing.close();
    expect(rounds[0]?.finished).toMatchObject(expected);
  });

  test('is another target that was good meanwhile', async () => {
    const both = Promise.withResolvers<void>();
    const { rounds, probing } = start({
      targets: [probed('10.0.0.1'), probed('10.0.0.2')],
      reference: { kind: 'silent' },
      async probe(target) {
        if (target.host === '10.0.0.2') return [good(target)];
        // Its round lasts until the other one had a good answer.
        await both.promise;
        return [refused(target)];
      },
      onRound: ({ target }) => target.host === '10.0.0.2' && both.resolve(),
    });
    await vi.waitFor(() => expect(rounds.some(({ target }) => target.host === '10.0.0.1')).toBe(true));
    await probing.close();
    const finished = rounds.find(({ target }) => target.host === '10.0.0.1')?.finished;
    expect(finished).toMatchObject({ kind: 'seen', answeredBy: '10.0.0.2:6443' });
  });

  test('is asked of targets that were good until now, those that fail as well included', async () => {
    let up = true;
    const { rounds, probing, asked } = start({
      targets: [probed('10.0.0.1'), probed('10.0.0.2')],
      reference: { kind: 'silent' },
      probe: async (target) => [up ? good(target) : refused(target)],
    });
    await vi.waitFor(() => expect(new Set(rounds.map(({ target }) => target.host)).size).toBe(2));
    up = false;
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(8));
    await probing.close();
    // However long both are silent: it may be the network here, so neither may be called down.
    expect(asked.slice(1).every((others) => others.length === 1)).toBe(true);
    expect(rounds.at(-1)?.finished.kind).toBe('cutOff');
  });

  test('is nothing that loopback needs', async () => {
    const { rounds, probing, asked } = start({
      targets: [probed('127.0.0.1', 'loopback')],
      reference: { kind: 'silent' },
      probe: async (target) => [refused(target)],
    });
    await vi.waitFor(() => expect(rounds.length).toBeGreaterThan(0));
    await probing.close();
    expect(rounds[0]?.finished.kind).toBe('seen');
    expect(asked).toEqual([]);
  });
});

function start(how: {
  targets: readonly Probed[];
  probe: (target: ProbeTarget) => Promise<ProbeResult[]>;
  most?: number;
  reference?: Reference;
  clock?: () => number;
  onRound?: (one: Probed) => void;
}) {
  const rounds: { target: ProbeTarget; finished: Finished }[] = [];
  const asked: (readonly { host: string }[])[] = [];
  const log = logOf();
  const references: References = {
    async ask(others) {
      asked.push(others);
      return how.reference ?? { kind: 'none' };
    },
  };
  const probe: Probe = (target) => how.probe(target);
  const probing = keepProbing({
    everyMs: EVERY_MS,
    ...(how.most === undefined ? {} : { most: how.most }),
    probe,
    lookups: boundedLookups(),
    references,
    clock: how.clock ?? Date.now,
    onRound(one, finished) {
      rounds.push({ target: one.target, finished });
      how.onRound?.(one);
    },
    log,
  });
  probing.set(how.targets);
  return { rounds, asked, log, probing };
}

function probed(host: string, path: ProbeTarget['path'] = 'endpoint'): Probed {
  return { key: host, target: { path, host, port: 6443 }, caPem: '' };
}

function good(target: ProbeTarget): ProbeResult {
  return {
    target,
    address: target.host,
    startedAt: Date.now(),
    tookMs: 1,
    phases: {},
    failure: null,
    tlsFaults: [],
    certificate: null,
    byClusterCa: true,
    httpStatus: 200,
    good: true,
  };
}

function refused(target: ProbeTarget): ProbeResult {
  return { ...good(target), good: false, failure: { phase: 'connect', kind: 'refused', message: '' } };
}
