import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Log } from './log.ts';

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What is served at one path. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'OPTIONS';
  readonly path: string;
  answer(request: Asking): Answer | Promise<Answer>;
}

export interface Asking {
  readonly headers: IncomingHttpHeaders;
  /** The whole body, or that it is longer than allowed; read only when asked for. @throws when the client goes away */
  body(mostBytes: number): Promise<{ readonly kind: 'body'; readonly text: string } | { readonly kind: 'too large' }>;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is longer under way is cut off. */
const REQUEST_MS = 10_000;

/** Far more than those who ask by plan; the rest is turned away. */
const MOST_CONNECTIONS = 256;

export async function serveHttp(
  listen: { host: string; port: number },
  routes: readonly Route[],
  log: Log,
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    answerTo(request, routes).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        log.error({ error, method: request.method, url: request.url }, 'a request could not be answered');
        if (response.headersSent || response.destroyed) response.destroy();
        else send(response, json(500, { error: 'it failed here; the log of the bot has more' }));
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
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

export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(body)}\n`, headers };
}

async function answerTo(request: IncomingMessage, routes: readonly Route[]): Promise<Answer> {
  const path = request.url?.split('?')[0];
  const here = routes.filter((route) => route.path === path);
  if (here.length === 0) {
    return json(404, { error: `try ${routes.map(({ method, path }) => `${method} ${path}`).join(', ')}` });
  }
  const route = here.find(({ method }) => method === request.method);
  if (route === undefined) {
    const allow = here.map(({ method }) => method).join(', ');
    return json(405, { error: `${allow} only` }, { allow });
  }
  return route.answer({ headers: request.headers, body: (mostBytes) => bodyOf(request, mostBytes) });
}

async function bodyOf(request: IncomingMessage, mostBytes: number): ReturnType<Asking['body']> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return { kind: 'too large' };
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not by `for await`, which would destroy the request, and with it the answer, when it is left early.
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // The rest is read and dropped: a client that is cut off while it sends may never see the answer.
      if (bytes > mostBytes) resolve({ kind: 'too large' });
      else chunks.push(chunk);
    });
    request.on('end', () => resolve({ kind: 'body', text: Buffer.concat(chunks).toString('utf8') }));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away before it had sent everything')));
  });
}

function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': type, ...headers }).end(body);
}
