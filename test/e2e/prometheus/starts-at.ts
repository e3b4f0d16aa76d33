import { type FiringAlert, onsetOfStartsAt, rulesOf, scrapeOf } from '../../../src/onset/prometheus/alert.ts';
import type { Prometheus } from '../../../src/onset/prometheus/api.ts';
import type { Onset } from '../../../src/words/onset.ts';

/** What is made of startsAt, also while a better method is there. */
export async function onsetByStartsAt(prometheus: Prometheus, alert: FiringAlert): Promise<Onset> {
  const signal = AbortSignal.timeout(20_000);
  const [rules, targets] = await Promise.all([prometheus.rules(alert.alertname, signal), prometheus.targets(signal)]);
  if (rules.kind === 'failed' || targets.kind === 'failed') throw new Error('Prometheus does not answer');
  const own = rulesOf(rules.value, alert.labels);
  const scrape = scrapeOf(targets.value, alert.labels, own);
  if (scrape === null) throw new Error('no target of the alert');
  const read = onsetOfStartsAt(alert, { rules: own, scrape, assumed: [] });
  if (read.kind === 'refused') throw new Error(read.why);
  return read.onset;
}
