/**
 * Runs inside a network namespace: an API server's answer over TLS on port 6443, until stdin ends. The first line of
 * stdin is the certificate and its key as JSON; `ready` is printed once it listens.
 */
import { createInterface } from 'node:readline';
import { createServer } from 'node:tls';
import { z } from 'zod';

const Served = z.object({ cert: z.string(), key: z.string() });
const answer = 'HTTP/1.1 403 Forbidden\r\nAudit-Id: a\r\nContent-Length: 2\r\n\r\n{}';

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const server = createServer(Served.parse(JSON.parse(line)), (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(answer));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen({ host: '::', port: 6443 }, () => process.stdout.write('ready\n'));
});
lines.once('close', () => process.exit(0));
