import type { Log } from '../../ops/log.ts';
import { pause } from '../pause.ts';
import type { KubeClient } from './client.ts';

/** Asks the API server for a sign of life again and again: an open stream alone would hide a hung server for minutes. */
export interface Pulse {
  /** Did it answer the last time? Before the first time it is taken to. */
  alive(): boolean;
  /** What has to be added to the API server's clock to have the agent's, ms; null before it was known. Within about a second. */
  clockOffsetMs(): number | null;
  run(signal: AbortSignal): Promise<void>;
}

export interface PulsePace {
  readonly pulseMs: number;
  /** While it does not answer: what is tried again at its return should not wait long. */
  readonly deadPulseMs: number;
}

/** The server names whole seconds. */
const HALF_A_SECOND = 500;

export function watchPulse(options: {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly log: Log;
  readonly pace: PulsePace;
  readonly onAlive: (askedAt: number) => void;
  /** Alive or dead where it was the other before. */
  readonly onTurn: () => void;
}): Pulse {
  const { client, clock, log, pace, onAlive, onTurn } = options;
  let alive = true;
  let offset: number | null = null;

  return {
    alive: () => alive,
    clockOffsetMs: () => offset,

    async run(signal) {
      while (!signal.aborted) {
        await pause(alive ? pace.pulseMs : pace.deadPulseMs, signal);
        if (signal.aborted) return;
        const askedAt = clock();
        const answer = await client.get('/version', { signal, timeoutMs: pace.pulseMs });
        if (signal.aborted) return;
        const was = alive;
        alive = answer.kind !== 'unreachable';
        if (answer.kind === 'ok' && answer.servedAt !== null) {
          offset = Math.round((askedAt + clock()) / 2 - answer.servedAt - HALF_A_SECOND);
        }
        if (alive) onAlive(askedAt);
        if (alive === was) continue;
        log.info({ alive, answer: answer.kind === 'unreachable' ? answer.message : undefined }, 'sign of life changed');
        onTurn();
      }
    },
  };
}
