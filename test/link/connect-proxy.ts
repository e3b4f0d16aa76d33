import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A small real HTTP CONNECT proxy. */
export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of every tunnel asked for. */
  readonly tunnels: readonly string[];
  /** Connections of clients that are open now. */
  open(): number;
  /** Passes nothing on from now, and closes nothing. */
  freeze(): void;
}

/** `hangs`: takes CONNECT and never answers. `refuses`: answers 407. */
export async function connectProxy(behaviour: 'works' | 'hangs' | 'refuses' = 'works'): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const freezes: (() => void)[] = [];
  let frozen = false;
  const server = createServer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, client, head) => {
    tunnels.push(request.url ?? '');
    client.on('error', () => client.destroy());
    // Reads on, else it would never see that the client went; a server's sockets stay half open by themselves.
    if (behaviour === 'hangs') client.on('end', () => client.destroy()).resume();
    if (behaviour === 'refuses') client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (behaviour !== 'works' || frozen) return;
    const target = new URL(`tcp://${request.url}`);
    const upstream = connect(Number(target.port), target.hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
      freezes.push(() => {
        upstream.unpipe(client);
        client.unpipe(upstream);
      });
    });
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy listens on no port');
  return { url: `http://127.0.0.1:${address.port}`, tunnels, open: () => sockets.size, freeze };

  function freeze(): void {
    frozen = true;
    for (const one of freezes) one();
  }
}
