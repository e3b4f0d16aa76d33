import { Counter, Histogram } from 'prom-client';
import type { Metrics } from '../ops/metrics.ts';
import type { SlackMeasures } from '../slack/measures.ts';

/** What goes to Slack. Its answers to response URLs are no calls of its API, and not among them. */
export function countSlack(metrics: Metrics): SlackMeasures {
  const registers = [metrics];
  const calls = new Counter({
    name: 'apidown_slack_calls_total',
    help: "Calls of Slack's Web API, by method and outcome: ok, rateLimited, unreachable, or Slack's own error.",
    labelNames: ['method', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'apidown_slack_call_seconds',
    help: "How long calls of Slack's Web API took.",
    labelNames: ['method'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    registers,
  });
  const acknowledged = new Histogram({
    name: 'apidown_slack_ack_seconds',
    help: 'From a command or press until its acknowledgement was sent; Slack gives up after 3 s.',
    buckets: [0.005, 0.02, 0.1, 0.25, 0.5, 1, 2, 3],
    registers,
  });
  return {
    called(method, outcome, tookMs) {
      calls.inc({ method, outcome });
      seconds.observe({ method }, tookMs / 1_000);
    },
    acknowledged: (tookMs) => acknowledged.observe(tookMs / 1_000),
  };
}
