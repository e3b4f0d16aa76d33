import { setTimeout as delay } from 'node:timers/promises';
import { orAborted } from '../../../../ops/or-aborted.ts';
import type { Pace } from '../pace.ts';
import { type Asked, type Failure, failureOf, isThrottling } from './failure.ts';

/**
 * Sends one request with a deadline; asks again when AWS throttles. A service that did not answer is not asked again by
 * the same asker: the next one would wait as long. Rejects for nothing but the signal's reason.
 */
export interface Asker {
  ask<T>(action: string, send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Asked<T>>;
  /** The same for LookupEvents, at its own pace. */
  lookup<T>(action: string, send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Asked<T>>;
}

export interface Patience {
  /** For one request. */
  readonly requestMs: number;
  /** Before asking again when throttled: twice as long each time. */
  readonly firstWaitMs: number;
  readonly mostTries: number;
}

export const usualPatience: Patience = { requestMs: 10_000, firstWaitMs: 1_000, mostTries: 5 };

export function asker(pace: Pace, patience: Patience, onRequest: () => void): Asker {
  const { requestMs, firstWaitMs, mostTries } = patience;
  const silent = new Map<string, Failure>();

  async function ask<T>(
    action: string,
    send: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    inTurn: (ask: () => Promise<T>) => Promise<T>,
  ): Promise<Asked<T>> {
    const [service = ''] = action.split(':');
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      const known = silent.get(service);
      if (known !== undefined) return { kind: 'failed', failure: { ...known, action } };
      try {
        return { kind: 'answer', value: await inTurn(() => within(requestMs, counted(send), signal)) };
      } catch (error) {
        signal.throwIfAborted();
        if (!isThrottling(error) || tries >= mostTries) {
          const failure = failureOf(error, action);
          if (HOPELESS.has(failure.kind)) silent.set(service, failure);
          return { kind: 'failed', failure };
        }
      }
      await waited(firstWaitMs * 2 ** (tries - 1), signal);
    }
  }

  const counted =
    <T>(send: (signal: AbortSignal) => Promise<T>) =>
    (signal: AbortSignal) => {
      onRequest();
      return send(signal);
    };

  return {
    ask: (action, send, signal) =>
      ask(action, send, signal, (asking) => {
        pace.count();
        return asking();
      }),
    lookup: (action, send, signal) => ask(action, send, signal, (asking) => pace.lookup(asking, signal)),
  };
}

const HOPELESS: ReadonlySet<Failure['kind']> = new Set(['timedOut', 'unreachable', 'limited', 'expired']);

/** Ends when the deadline does, whether or not what was asked heeds it: getting credentials doesn't. */
async function within<T>(ms: number, send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(ms);
  const either = AbortSignal.any([signal, deadline]);
  try {
    return await orAborted(send(either), either);
  } catch (error) {
    // The SDK tells of an abort in its own way, without the reason.
    if (deadline.aborted) throw deadline.reason;
    throw error;
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error('could not wait', { cause });
  }
}
