import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Log } from './log.ts';
import { type Metric, processMetrics, renderMetrics } from './metrics.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthParts {
  readonly store: { ping(): Promise<void> };
  /** The state of the connection to Slack, in a word. */
  slack(): string;
  /** What `/metrics` tells beside the process itself. */
  metrics?(): readonly Metric[] | Promise<readonly Metric[]>;
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
export async function serveHealth(listen: { host: string; port: number }, parts: HealthParts): Promise<HealthServer> {
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    answerTo(request.method, request.url, parts).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => {
        parts.log.error({ error, url: request.url }, 'a question about health could not be answered');
        response.writeHead(500).end();
      },
    );
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answerTo(method: string | undefined, url: string | undefined, parts: HealthParts): Promise<Answer> {
  if (method !== 'GET') return json(405, { error: 'GET only' });
  switch (url?.split('?')[0]) {
    case '/livez':
      return json(200, { alive: true });
    case '/healthz': {
      const trouble = await troubleWith(parts);
      return json(trouble === null ? 200 : 503, { store: trouble ?? 'ok', slack: parts.slack() });
    }
    case '/metrics': {
      const storeUp = (await troubleWith(parts)) === null ? 1 : 0;
      const up: Metric = {
        name: 'apidown_store_up',
        help: 'Whether the store takes writes.',
        type: 'gauge',
        samples: [{ value: storeUp }],
      };
      const body = renderMetrics([...processMetrics(), up, ...((await parts.metrics?.()) ?? [])]);
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
    }
    default:
      return json(404, { error: 'try GET /healthz, /livez or /metrics' });
  }
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

function json(status: number, body: object): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n` };
}
