import type { Change } from '../words/change.ts';
import type { StreamRecord } from '../words/stream.ts';

/** How an agent's clock stands to the bot's, from the newest few measurements. */
export interface AgentClock {
  /** The agent read `agentAt` on its clock somewhere between the two moments on the bot's. Epoch ms. */
  measure(sentAt: number, agentAt: number, receivedAt: number): void;
  /** The agent's clock minus the bot's, in whole ms. */
  offsetMs(): number;
  /** The true offset is at most this far from `offsetMs`. */
  toleranceMs(): number;
}

const KEPT = 8;
/** Two clocks drift apart by less than this between measurements that are compared. */
const DRIFT_MS = 20;

/**
 * The measurement with the shortest round trip is the surest: its middle is off by half of it at most. One that can't
 * be true together with the surest means that a clock was set: all from before then says nothing any more.
 */
export function agentClock(): AgentClock {
  let kept: readonly Measurement[] = [];
  let best: Measurement = { offsetMs: 0, toleranceMs: Number.POSITIVE_INFINITY };
  return {
    measure(sentAt, agentAt, receivedAt) {
      const measured = {
        offsetMs: agentAt - (sentAt + receivedAt) / 2,
        toleranceMs: Math.abs(receivedAt - sentAt) / 2,
      };
      const apart = Math.abs(measured.offsetMs - best.offsetMs);
      const wasSet = apart > measured.toleranceMs + best.toleranceMs + DRIFT_MS;
      kept = wasSet ? [measured] : [...kept, measured].slice(-KEPT);
      // The newer of two that are equally sure.
      best = kept.reduce((surest, one) => (one.toleranceMs <= surest.toleranceMs ? one : surest));
    },
    offsetMs: () => Math.round(best.offsetMs),
    toleranceMs: () => best.toleranceMs,
  };
}

interface Measurement {
  readonly offsetMs: number;
  readonly toleranceMs: number;
}

/** The record with every time in it on the bot's clock. */
export function onBotClock(record: StreamRecord, offsetMs: number): StreamRecord {
  switch (record.kind) {
    case 'change':
      return { kind: 'change', change: changeOnBotClock(record.change, offsetMs) };
    case 'coverage': {
      const { fromAt, toAt } = record.span;
      return { kind: 'coverage', span: { ...record.span, fromAt: fromAt - offsetMs, toAt: toAt - offsetMs } };
    }
    case 'samples':
      return { ...record, samples: record.samples.map((sample) => ({ ...sample, at: sample.at - offsetMs })) };
    case 'gap':
      return { ...record, fromAt: record.fromAt - offsetMs, toAt: record.toAt - offsetMs };
  }
}

function changeOnBotClock(change: Change, offsetMs: number): Change {
  return {
    ...change,
    earliestAt: change.earliestAt - offsetMs,
    latestAt: change.latestAt - offsetMs,
    observedAt: change.observedAt - offsetMs,
    untilAt: change.untilAt === null ? null : change.untilAt - offsetMs,
  };
}
