import { type Answer, type HttpServer, json, type Route, serveHttp } from './http-server.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type HealthServer = HttpServer;

export interface HealthParts {
  readonly store: { ping(): Promise<void> };
  /** The state of the connection to Slack, in a word. */
  slack(): string;
  /** What `/metrics` tells. */
  readonly metrics: Metrics;
  /** What else is served beside health, such as `/alerts`. */
  readonly routes?: readonly Route[];
  readonly log: Log;
}

/** No answer takes longer than this, whatever the store does. */
const DEADLINE_MS = 5_000;

/**
 * `GET /livez`: 200 while the event loop turns; what a restart could mend.
 * `GET /healthz`: 200 while the store works, else 503 with what is wrong. Slack's state is told and does not count:
 * a bot that Slack can't reach still serves its agents, and restarting it would mend nothing.
 * `GET /metrics`: in Prometheus' text format.
 */
export function serveHealth(listen: { host: string; port: number }, parts: HealthParts): Promise<HealthServer> {
  const routes: readonly Route[] = [
    { method: 'GET', path: '/healthz', answer: () => health(parts) },
    { method: 'GET', path: '/livez', answer: () => json(200, { alive: true }) },
    { method: 'GET', path: '/metrics', answer: () => metricsText(parts) },
    ...(parts.routes ?? []),
  ];
  return serveHttp(listen, routes, parts.log);
}

async function health(parts: HealthParts): Promise<Answer> {
  const trouble = await troubleWith(parts);
  return json(trouble === null ? 200 : 503, { store: trouble ?? 'ok', slack: parts.slack() });
}

async function metricsText({ metrics }: HealthParts): Promise<Answer> {
  return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
}

/** What is wrong with the store, in words; null when nothing is. */
async function troubleWith({ store, log }: HealthParts): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, DEADLINE_MS, `no answer within ${DEADLINE_MS / 1000} s`);
  });
  try {
    return await Promise.race([store.ping().then(() => null), late]);
  } catch (error) {
    log.error({ error }, 'the store does not work');
    return error instanceof Error ? error.message : 'failed';
  } finally {
    clearTimeout(timer);
  }
}
