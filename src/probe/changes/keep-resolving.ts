import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../ops/log.ts';
import { type DnsFound, type DnsLook, readAnswer } from './dns-answer.ts';

/** Asks DNS alone for the records of a name; gives up by itself. @throws the signal's reason when aborted */
export type AskDns = (host: string, signal: AbortSignal) => Promise<DnsFound>;

/** Whoever wants to know of a name. */
export interface Resolved {
  readonly host: string;
  /** The addresses of the last look, by which an answer of one family alone is judged. */
  lastAddresses(): readonly string[];
  /** Is it other than before? Then it is asked twice more, so that answers which take turns show themselves. */
  differs(look: DnsLook): boolean;
  take(look: DnsLook, again: readonly DnsLook[]): Promise<void>;
}

export interface Resolving {
  /** From now on these, by keys of the caller's, each by itself: one whose resolver is silent holds up no other. */
  set(names: ReadonlyMap<string, Resolved>): void;
  close(): Promise<void>;
}

/** No earlier than its answer may differ: after its TTL, within these bounds. */
export interface ResolvePace {
  readonly leastMs: number;
  readonly mostMs: number;
  /** Between the looks that are made at once. */
  readonly againMs: number;
}

const timesAgain = 2;

export function keepResolving(options: {
  readonly ask: AskDns;
  readonly pace: ResolvePace;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}): Resolving {
  const { ask, pace, clock, log } = options;
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();

  async function lookAt(resolved: Resolved, signal: AbortSignal): Promise<DnsLook> {
    const at = clock();
    const found = await ask(resolved.host, signal);
    return { at, endAt: clock(), answer: readAnswer(found, resolved.lastAddresses()) };
  }

  async function look(resolved: Resolved, signal: AbortSignal): Promise<number> {
    const first = await lookAt(resolved, signal);
    const again: DnsLook[] = [];
    while (again.length < timesAgain && resolved.differs(first)) {
      await delay(pace.againMs, undefined, { signal });
      again.push(await lookAt(resolved, signal));
    }
    await resolved.take(first, again);
    const ttlMs = first.answer.kind === 'addresses' ? (first.answer.ttlMs ?? 0) : 0;
    return Math.min(pace.mostMs, Math.max(pace.leastMs, ttlMs));
  }

  async function keep(resolved: Resolved, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let pauseMs = pace.leastMs;
      try {
        pauseMs = await look(resolved, signal);
      } catch (error) {
        if (!signal.aborted)
          log.error(
            { error, host: resolved.host },
            'a DNS answer could not be looked at; it is tried again in its time',
          );
      }
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  return {
    set(names) {
      for (const [key, { stop }] of running) {
        if (names.has(key)) continue;
        stop.abort();
        running.delete(key);
      }
      for (const [key, resolved] of names) {
        if (running.has(key)) continue;
        const stop = new AbortController();
        running.set(key, { stop, done: keep(resolved, stop.signal) });
      }
    },
    async close() {
      const ending = [...running.values()];
      running.clear();
      for (const { stop } of ending) stop.abort();
      await Promise.all(ending.map(({ done }) => done));
    },
  };
}
