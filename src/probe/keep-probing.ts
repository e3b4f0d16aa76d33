import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../ops/log.ts';
import type { ProbeResult, ProbeTarget } from '../words/probe.ts';
import type { Lookups } from './lookups.ts';
import type { Probe } from './probe.ts';
import { placeWords, type Reference, type References } from './references.ts';
import { type Try, tryOf } from './round.ts';
import { slots } from './slots.ts';
import { type Trust, trustIn } from './trust.ts';

/** One target that is probed again and again. */
export interface Probed {
  /** The same as long as nothing about it changes. */
  readonly key: string;
  readonly target: ProbeTarget;
  readonly caPem: string;
  /** As `ProbeOptions.serverName`. */
  readonly serverName?: string;
}

/** One round, with whether the machine's own network worked. Epoch ms. */
export type Finished =
  | {
      readonly kind: 'seen';
      readonly at: number;
      readonly tries: readonly Try[];
      readonly results: readonly ProbeResult[];
      readonly answeredBy: string | null;
    }
  /** Nothing else answered either: neither health nor failure of the target. */
  | { readonly kind: 'cutOff'; readonly at: number; readonly endAt: number };

export interface Probing<T extends Probed> {
  /** From now on these, spread over the interval. */
  set(targets: readonly T[]): void;
  /** Rounds under way. */
  inFlight(): number;
  close(): Promise<void>;
}

/** A probe's deadline as a share of the interval, so that one has ended before the next begins. */
const DEADLINE_SHARE = 0.8;
const MOST_ADDRESSES = 8;

/**
 * Probes every target once an interval, each at its own moment, never two rounds of one target at a time, no more than
 * `most` in all. What could not be done in time by this machine's own fault is left out.
 */
export function keepProbing<T extends Probed>(options: {
  readonly everyMs: number;
  readonly most?: number;
  readonly probe: Probe;
  readonly lookups: Lookups;
  readonly references: References;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Rounds of one target come in order. */
  readonly onRound: (target: T, round: Finished) => void;
  readonly log: Log;
}): Probing<T> {
  const { everyMs, most = 128, probe, lookups, references, clock, onRound, log } = options;
  const deadlineMs = DEADLINE_SHARE * everyMs;
  const closing = new AbortController();
  const turns = slots(most);
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  const standing = new Map<string, Standing>();
  const trusts = new Map<string, Trust>();
  let placed = 0;

  async function keep(one: T, phase: number, signal: AbortSignal): Promise<void> {
    const beganAt = performance.now() + phase * everyMs;
    for (let slot = 0; !signal.aborted; ) {
      try {
        await delay(Math.max(0, beganAt + slot * everyMs - performance.now()), undefined, { signal });
        const free = await turns.take(signal);
        try {
          const finished = await round(one, signal);
          if (finished !== null && !signal.aborted) onRound(one, finished);
        } finally {
          free();
        }
      } catch (error) {
        if (!signal.aborted)
          log.error({ error, target: one.target }, 'a probe broke; the next one is tried in its time');
      }
      slot = Math.max(slot + 1, Math.ceil((performance.now() - beganAt) / everyMs));
    }
  }

  /** null: it can't be told, by this machine's own fault. */
  async function round(one: Probed, signal: AbortSignal): Promise<Finished | null> {
    const { target, caPem, serverName } = one;
    const lookup = isIP(target.host) === 0 ? await lookups.begin(target.host, signal) : null;
    const at = clock();
    const results = await probe(
      target,
      {
        caPem,
        trust: trustOf(caPem),
        deadlineMs,
        clock,
        ...(serverName === undefined ? {} : { serverName }),
        // Always the same ones of a name that has very many, whatever order they come in.
        ...(lookup === null
          ? {}
          : { lookup: async (...asked) => (await lookup(...asked)).toSorted().slice(0, MOST_ADDRESSES) }),
      },
      signal,
    );
    if (results.some((result) => wasHeldUp(result, deadlineMs))) return null;
    const tries = results.map((result) => tryOf(result, at));
    const reference = await whoAnswers(one, at, tries, signal);
    if (reference.kind === 'silent') return { kind: 'cutOff', at, endAt: clock() };
    standing.set(one.key, { target, isGood: tries.some(({ good }) => good), endAt: clock() });
    return { kind: 'seen', at, tries, results, answeredBy: reference.kind === 'answered' ? reference.by : null };
  }

  /** What speaks for this machine's own network while the round was made. */
  async function whoAnswers(
    { target }: Probed,
    at: number,
    tries: readonly Try[],
    signal: AbortSignal,
  ): Promise<Reference> {
    const good = tries.find((one) => one.good);
    if (good !== undefined) return { kind: 'answered', by: good.address ?? target.host };
    if (target.path === 'loopback') return { kind: 'answered', by: 'its own node' };
    const byName = tries.some(({ address }) => address === null);
    const others = [...standing.values()].filter((one) => one.isGood && isElsewhere(one.target, target));
    const meanwhile = others.find((one) => one.endAt >= at && (!byName || isIP(one.target.host) === 0));
    if (meanwhile !== undefined) return { kind: 'answered', by: placeWords(meanwhile.target) };
    return references.ask(
      others.map((one) => one.target),
      byName,
      signal,
    );
  }

  function trustOf(caPem: string): Trust {
    const known = trusts.get(caPem);
    if (known !== undefined) return known;
    const trust = trustIn(caPem);
    trusts.set(caPem, trust);
    return trust;
  }

  return {
    set(targets) {
      const wanted = new Map(targets.map((target) => [target.key, target]));
      for (const [key, { stop }] of running) {
        if (wanted.has(key)) continue;
        stop.abort();
        running.delete(key);
        standing.delete(key);
      }
      const inUse = new Set(targets.map(({ caPem }) => caPem));
      for (const caPem of trusts.keys()) if (!inUse.has(caPem)) trusts.delete(caPem);
      for (const [key, target] of wanted) {
        if (running.has(key) || closing.signal.aborted) continue;
        const stop = new AbortController();
        running.set(key, { stop, done: keep(target, (placed++ * GOLDEN) % 1, stop.signal) });
      }
    },
    inFlight: turns.taken,
    async close() {
      closing.abort();
      const ending = [...running.values()];
      for (const { stop } of ending) stop.abort();
      await Promise.allSettled(ending.map(({ done }) => done));
    },
  };
}

/** How a target fared in the last round that says anything of it: one that was good until now may serve as a reference. */
interface Standing {
  readonly target: ProbeTarget;
  readonly isGood: boolean;
  readonly endAt: number;
}

/** Steps of this share of a whole never come near one another: however many there are, they are spread evenly. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Loopback proves nothing of a network. */
function isElsewhere(other: ProbeTarget, { host, port }: ProbeTarget): boolean {
  return other.path !== 'loopback' && (other.host !== host || other.port !== port);
}

/** A deadline that was noticed late: this process stood still, and an answer may have waited for it. */
function wasHeldUp({ failure, tookMs }: ProbeResult, deadlineMs: number): boolean {
  return failure?.kind === 'timeout' && tookMs > deadlineMs * 1.15 + 50;
}
