import { Counter, Histogram } from 'prom-client';
import type { Vantages } from '../investigation/ports.ts';
import type { Metrics } from '../ops/metrics.ts';

/** The same vantages, with what comes of the checks that they are asked counted. */
export function countAnswers<Given extends Vantages>(vantages: Given, metrics: Metrics): Given {
  const registers = [metrics];
  const checks = new Counter({
    name: 'apidown_checks_total',
    help: 'Checks that a vantage was asked, by what came of them: answered, failed, timedOut, offline, abandoned.',
    labelNames: ['cluster', 'check', 'vantage', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'apidown_check_seconds',
    help: 'How long vantages took to answer a check.',
    labelNames: ['check', 'vantage'],
    buckets: [0.01, 0.05, 0.2, 0.5, 1, 2, 5, 10, 15],
    registers,
  });
  return {
    ...vantages,
    async run(cluster, vantage, command, signal) {
      const asked = { check: command.check, vantage: vantage.kind };
      const startedAt = performance.now();
      const count = (outcome: string) => checks.inc({ cluster, ...asked, outcome });
      try {
        const answer = await vantages.run(cluster, vantage, command, signal);
        count(answer.kind);
        if (answer.kind === 'answered') seconds.observe(asked, (performance.now() - startedAt) / 1_000);
        return answer;
      } catch (error) {
        // Its signal was aborted: nobody waits for the answer any more.
        count('abandoned');
        throw error;
      }
    },
  };
}
