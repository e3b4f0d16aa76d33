import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { answerCall } from './api/answer.ts';
import { parsed, type Received, readArguments, readUpload } from './api/arguments.ts';
import type { Answer } from './api/method.ts';
import { respond } from './api/respond.ts';
import type { Call } from './book.ts';
import type { Faults } from './faults.ts';
import type { Rates } from './rates.ts';
import type { World } from './world.ts';

const bodyLimit = 20_000_000;

interface Reply {
  readonly status: number;
  readonly body: string | Answer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Web API, the upload addresses and the response URLs: an HTTP server that isn't listening yet. */
export function createApiServer(
  world: () => World,
  rates: Rates,
  faults: Faults,
  revoked: ReadonlySet<string>,
): Server {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (closing.signal.aborted) return;
      // A defect of the fake itself: the caller must not mistake it for an answer.
      response.destroy();
      world().book.violation('internal', error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  });
  server.on('close', () => closing.abort());
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(request);
    const [, root = '', name = ''] = received.path.split('/');
    if (root === 'api') return api(received, name, response);
    if (root === 'upload') return exchange(response, '/upload', () => upload(received));
    if (root === 'response') return exchange(response, '/response', () => useResponseUrl(received));
    world().book.violation('unknownPath', `${received.method} ${received.path}`);
    send(response, { status: 404, body: 'not found' });
  }

  async function api(received: Received, name: string, response: ServerResponse): Promise<void> {
    const read = await readArguments(received);
    const { book, app, changes } = world();
    const call = book.call(name, read?.token ?? null, legible(read?.args ?? {}));
    const answer = (): Reply => {
      const given: Answer = read
        ? answerCall(name, read, world(), rates, revoked)
        : { ok: false, error: 'invalid_post_type' };
      const scopes = { 'x-oauth-scopes': [...app.scopes].join(',') };
      if (given.ok || given.error !== 'ratelimited') return { status: 200, body: given, headers: scopes };
      const { retry_after: retryAfter, ...body } = given;
      return { status: 429, body, headers: { 'retry-after': String(retryAfter ?? 1) } };
    };
    await exchange(response, name, answer, call);
    changes.happened();
  }

  async function upload(received: Received): Promise<Reply> {
    const content = await readUpload(received);
    if (content === null) return { status: 400, body: 'one file is expected' };
    return world().files.upload(received.path.split('/').at(-1) ?? '', content);
  }

  function useResponseUrl(received: Received): Reply {
    const { responseUrls } = world();
    const used = responseUrls.use(received.path);
    if (used.kind === 'refused') return { status: 404, body: { ok: false, error: used.error } };
    const answer = respond(used.target, parsed(received.body.toString()), world());
    return answer.ok ? { status: 200, body: 'ok' } : { status: 400, body: answer };
  }

  /** Gives the answer, or does what was planned to go wrong. */
  async function exchange(
    response: ServerResponse,
    name: string,
    answer: () => Reply | Promise<Reply>,
    call?: Call,
  ): Promise<void> {
    const fault = faults.take(name);
    switch (fault?.kind) {
      case 'rateLimited': {
        const headers = { 'retry-after': String(fault.retryAfterS) };
        return send(response, { status: 429, body: { ok: false, error: 'ratelimited' }, headers }, call);
      }
      case 'status':
        return send(response, { status: fault.status, body: `<html>${fault.status}</html>` }, call);
      case 'error':
        return send(response, { status: 200, body: { ok: false, error: fault.error } }, call);
      case 'hang':
        return;
      case 'cut':
        response.destroy();
        return;
      case 'cutAfter':
        keep(await answer(), call);
        response.destroy();
        return;
      case 'hangAfter':
        keep(await answer(), call);
        return;
      case 'late':
        await delay(fault.ms, null, { signal: closing.signal });
        return send(response, await answer(), call);
      default:
        return send(response, await answer(), call);
    }
  }
}

function send(response: ServerResponse, reply: Reply, call?: Call): void {
  keep(reply, call);
  if (call) call.status = reply.status;
  const isText = typeof reply.body === 'string';
  response.writeHead(reply.status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    ...reply.headers,
  });
  response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}

function keep(reply: Reply, call: Call | undefined): void {
  if (call && typeof reply.body !== 'string') call.answer = reply.body;
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw new Error(`A request of more than ${bodyLimit} bytes came`);
    chunks.push(bytes);
  }
  return {
    method: request.method ?? '',
    path: new URL(request.url ?? '/', 'http://workspace').pathname,
    contentType: request.headers['content-type'] ?? '',
    authorization: request.headers.authorization ?? null,
    body: Buffer.concat(chunks),
  };
}

/** Forms carry JSON as text; whoever reads the record wants the values. */
function legible(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const read = (value: unknown) =>
    typeof value === 'string' && /^[[{]/.test(value) ? (parsed(value) ?? value) : value;
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, read(value)]));
}
