import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Log } from './log.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `GET /healthz`: 200 while the store works, else 503 with what is wrong. Slack's state is told and does not count:
 * a bot that Slack can't reach still serves its agents, and restarting it would mend nothing.
 */
export async function serveHealth(
  listen: { host: string; port: number },
  parts: { store: { ping(): Promise<void> }; slack(): string; log: Log },
): Promise<HealthServer> {
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (request.method !== 'GET' || request.url !== '/healthz') return answer(404, { error: 'try GET /healthz' });
    parts.store.ping().then(
      () => answer(200, { store: 'ok', slack: parts.slack() }),
      (error: unknown) => {
        parts.log.error({ error }, 'the store does not work');
        answer(503, { store: error instanceof Error ? error.message : 'failed', slack: parts.slack() });
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
