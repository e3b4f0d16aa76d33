import { afterEach, expect, it } from 'vitest';
import { type HttpServer, json, type Route, serveHttp } from '../../src/ops/http-server.ts';
import { createLog } from '../../src/ops/log.ts';

let server: HttpServer | undefined;
afterEach(() => server?.close());

const echo: Route = {
  method: 'POST',
  path: '/echo',
  answer: async ({ body }) => json(200, await body(1_000)),
};
const hello: Route = { method: 'GET', path: '/echo', answer: () => json(200, { hello: true }, { 'x-more': 'yes' }) };
const broken: Route = { method: 'GET', path: '/broken', answer: () => Promise.reject(new Error('it broke')) };

it('serves each path and method by its route', async () => {
  const { logged } = await serve(echo, hello);
  expect(await get('/echo?x=1')).toMatchObject({ status: 200, body: { hello: true } });
  expect(await get('/echo', { method: 'POST', body: 'words' })).toMatchObject({
    body: { kind: 'body', text: 'words' },
  });
  expect(await get('/echo', { method: 'DELETE' })).toMatchObject({ status: 405, body: { error: 'POST, GET only' } });
  expect(await get('/')).toMatchObject({ status: 404, body: { error: 'try POST /echo, GET /echo' } });
  expect(logged).toEqual([]);
});

it('answers OPTIONS where a route does, and nowhere else', async () => {
  const asked: Route = { method: 'OPTIONS', path: '/echo', answer: () => json(200, {}, { allow: 'POST, OPTIONS' }) };
  await serve(echo, asked, broken);
  const options = (path: string) => fetch(`http://127.0.0.1:${server?.port}${path}`, { method: 'OPTIONS' });
  const answer = await options('/echo');
  expect([answer.status, answer.headers.get('allow')]).toEqual([200, 'POST, OPTIONS']);
  expect((await options('/broken')).status).toBe(405);
});

it('reads a body of any length up to the longest allowed', async () => {
  await serve(echo);
  const send = (length: number) => get('/echo', { method: 'POST', body: 'ä'.repeat(length / 2) });
  expect(await send(1_000)).toMatchObject({ body: { kind: 'body', text: 'ä'.repeat(500) } });
  expect(await send(1_002)).toMatchObject({ body: { kind: 'too large' } });
});

it('answers 500 for a route that fails, logs why, and stays', async () => {
  const { logged } = await serve(broken, hello);
  expect(await get('/broken')).toMatchObject({
    status: 500,
    body: { error: expect.stringContaining('log of the bot') },
  });
  expect(logged.join()).toContain('it broke');
  expect((await get('/echo')).status).toBe(200);
});

it('ends while a client still sends', async () => {
  await serve(echo);
  const { promise: reading, resolve } = Promise.withResolvers<void>();
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'));
      resolve();
      return new Promise(() => {});
    },
  });
  const url = `http://127.0.0.1:${server?.port}/echo`;
  const sending = fetch(url, { method: 'POST', body: endless, duplex: 'half' }).catch(() => 'cut');
  await reading;
  await server?.close();
  expect(await sending).toBe('cut');
  server = undefined;
});

async function serve(...routes: readonly Route[]): Promise<{ logged: readonly string[] }> {
  const logged: string[] = [];
  const log = createLog({ name: 'test', to: { write: (line) => logged.push(line) } });
  server = await serveHttp({ host: '127.0.0.1', port: 0 }, routes, log);
  return { logged };
}

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`, init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}
