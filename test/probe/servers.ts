import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Real servers on loopback, gone when the test is. Each returns its port. */

export async function serveTcp(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  return listen(createTcpServer(onConnection), host);
}

/** Answers every request with one and the same text, then closes. */
export async function serveTls(
  options: TlsOptions,
  answer: string | ((socket: TLSSocket, request: Buffer) => void),
  host = '127.0.0.1',
): Promise<number> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (request: Buffer) => {
      if (typeof answer === 'string') socket.end(answer);
      else answer(socket, request);
    });
  });
  // Clients that turn away in the handshake are what these tests are about.
  server.on('tlsClientError', () => {});
  return listen(server, host);
}

/** A port that was free a moment ago and that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await start(server, '127.0.0.1');
  server.close();
  await once(server, 'close');
  return port;
}

export function httpAnswer(status: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

export const AUDIT = { 'Audit-Id': '4b1f0f5c-0000-4000-8000-000000000000' };
export const OK = httpAnswer('200 OK', AUDIT, 'ok');

async function listen(server: Server, host: string): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  onTestFinished(async () => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return start(server, host);
}

async function start(server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listens on no port');
  return address.port;
}
