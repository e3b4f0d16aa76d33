import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** What a Prometheus of a test knows; each is the `data` of its answer. */
export interface Served {
  /** The result of a selector with its range, such as `up[3600s]`. */
  readonly series?: (query: string) => readonly object[];
  /** What its clock shows, epoch ms. */
  readonly nowAt?: number;
  /** When it started, epoch ms; long ago unless told. */
  readonly startedAt?: number;
  readonly alerts?: readonly object[];
  readonly groups?: readonly object[];
  readonly targets?: readonly object[];
  /** Answers in place of all that. */
  readonly instead?: RequestListener;
}

export interface Serving {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** Speaks as much of Prometheus' HTTP API as is asked of it, on loopback. */
export async function servePrometheus(served: Served, tls?: { cert: string; key: string }): Promise<Serving> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    if (served.instead !== undefined) return served.instead(request, response);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://prometheus');
    const data = dataOf(served, pathname, searchParams.get('query') ?? '');
    response.end(JSON.stringify({ status: 'success', data }));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function dataOf(served: Served, path: string, query: string): unknown {
  switch (path) {
    case '/api/v1/query':
      if (query === 'time()') {
        const seconds = (served.nowAt ?? 0) / 1000;
        return { resultType: 'scalar', result: [seconds, `${seconds}`] };
      }
      return { resultType: 'matrix', result: served.series?.(query) ?? [] };
    case '/api/v1/status/runtimeinfo':
      return { startTime: new Date(served.startedAt ?? 0).toISOString() };
    case '/api/v1/alerts':
      return { alerts: served.alerts ?? [] };
    case '/api/v1/rules':
      return { groups: served.groups ?? [] };
    case '/api/v1/targets':
      return { activeTargets: served.targets ?? [] };
    default:
      throw new Error(`nobody asks for ${path}`);
  }
}
