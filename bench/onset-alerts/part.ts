import { stackMissing } from '../../test/e2e/prometheus/stack.ts';
import { type Figure, ms, type Part } from '../figures.ts';
import { max, median } from '../spread.ts';
import { type Method, methods, type Round, severalRounds } from './rounds.ts';

export const onsetAlertsTitle = 'When it began, by a real Prometheus and Alertmanager';
const count = 3;
const pace = { everyMs: 5_000, forMs: 30_000 };

export async function onsetAlertsPart(): Promise<Part> {
  const missing = await stackMissing();
  if (missing !== null) return { kind: 'skipped', title: onsetAlertsTitle, why: missing };
  return partOf(await severalRounds(count, pace));
}

function partOf(rounds: readonly Round[]): Part {
  return {
    kind: 'measured',
    title: onsetAlertsTitle,
    notes: [
      `${rounds.length} times an API server's place on loopback is left by a TLS server; scrapes and evaluations every ${pace.everyMs / 1000} s, KubeAPIDown's own expression with "for: ${pace.forMs / 1000}s" (the common rule has 15 min).`,
      'Medians of the time since it stopped. An interval is as wide as its method leaves it unsure; beside it, how late the raw startsAt of the alert is.',
    ],
    figures: [
      after('first bad sample of probe_success', rounds, (round) => round.firstBadProbe),
      after('first bad sample of up', rounds, (round) => round.firstBadUp),
      after('activeAt', rounds, (round) => round.activeAt),
      after('startsAt', rounds, (round) => round.startsAt),
      after('webhook handed on', rounds, (round) => round.webhook),
      after('asking Prometheus for all of it took', rounds, (round) => round.askedMs),
      ...methods.flatMap((method) => byMethod(method, rounds)),
    ],
  };
}

function after(what: string, rounds: readonly Round[], amountOf: (round: Round) => number): Figure {
  return { what, measured: ms(median(rounds.map(amountOf))), reference: null, limit: null };
}

function byMethod(method: Method, rounds: readonly Round[]): readonly Figure[] {
  const intervals = rounds.map((round) => round.intervals[method]);
  const holding = intervals.filter(({ from, to }) => from <= 0 && to >= 0).length;
  return [
    {
      what: `by ${method}: intervals that hold the true moment`,
      measured: { value: holding, unit: 'of', of: rounds.length },
      reference: null,
      limit: { kind: 'atLeast', value: rounds.length },
    },
    {
      what: `by ${method}: widest interval`,
      measured: ms(max(intervals.map(({ from, to }) => to - from))),
      reference: { what: 'raw startsAt is late by', amount: ms(max(rounds.map(({ startsAt }) => startsAt))) },
      limit: null,
    },
  ];
}
