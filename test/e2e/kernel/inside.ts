/**
 * Runs inside a network namespace, for as long as a test needs it: listens, loads rules, dumps them, connects.
 * One JSON request a line on stdin, one JSON answer a line on stdout.
 */
import { execFile } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { localFirewall } from '../../../src/agent/firewall/local.ts';
import { localNetwork } from '../../../src/agent/firewall/network.ts';
import type { Attempt, Load, Request } from './inside-words.ts';

async function answer(request: Request): Promise<unknown> {
  switch (request.do) {
    case 'listen':
      await Promise.all(request.ports.map(listen));
      return null;
    case 'load': {
      const refusals: string[] = [];
      for (const load of request.loads) refusals.push(...(await run(load)));
      return refusals;
    }
    case 'dump':
      return firewall.read(AbortSignal.timeout(20_000));
    case 'network':
      return localNetwork();
    case 'connect':
      return Promise.all(request.attempts.map((attempt) => tryOne(attempt, request.timeoutMs)));
    default:
      return request satisfies never;
  }
}

const firewall = localFirewall({ clock: Date.now });

function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      let heard = 0;
      socket.on('data', () => {
        heard += 1;
        if (heard < rounds) socket.write('pong');
        else socket.end('pong');
      });
    });
    server.once('error', reject);
    server.listen({ host: '::', port }, resolve);
  });
}

function run({ program, args, input }: Load): Promise<string[]> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 20_000 }, (error, _stdout, stderr) =>
      resolve(error === null ? [] : [`${program}: ${stderr.trim() || error.message}`]),
    );
    // A program that refuses its first line is gone before it read the rest.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** A port that is used again may meet what the kernel remembers of its last connection. */
function nextPort(): number {
  lastPort = lastPort >= 60_999 ? 32_768 : lastPort + 1;
  return lastPort;
}
let lastPort = 32_767;

/** A handshake of TLS is through only when the client could send again after it has heard from the server. */
const rounds = 2;

/** `ok` only when something went there and came back, as often as that. */
function tryOne({ from, to, port }: Attempt, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, localAddress: from, localPort: nextPort() });
    const end = (outcome: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    let heard = 0;
    socket.once('connect', () => socket.write('ping'));
    socket.on('data', () => {
      heard += 1;
      if (heard < rounds) socket.write('ping');
      else end('ok');
    });
    socket.once('error', (error: Error & { code?: string }) => end(error.code ?? error.message));
    socket.once('close', () => end('closed'));
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, request }: { id: number; request: Request } = JSON.parse(line);
  answer(request).then(
    (value) => process.stdout.write(`${JSON.stringify({ id, value })}\n`),
    (cause) => process.stdout.write(`${JSON.stringify({ id, error: String(cause) })}\n`),
  );
}
process.exit(0);
