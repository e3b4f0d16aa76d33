import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What becomes of the first packet of a connection. */
export type Fate = 'pass' | 'refuse' | 'drop';

/**
 * The network between the places of the stand-in world: asked before every connection what becomes of its first packet,
 * by the state of whatever stands on its way at that moment. One line in, `FROM TO`, one word out.
 *
 * @param fateOf `from` is an address, `to` is `address:port`
 */
export async function startGate(
  fateOf: (from: string, to: string) => Fate,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    socket.once('data', (line) => {
      const [from = '', to = ''] = String(line).trim().split(' ');
      socket.end(fateOf(from, to));
    });
  });
  return listening(server, open);
}

/** Takes connections and says nothing: a router, as far as anybody asks one here. */
export async function startDoor(): Promise<{ readonly port: number; close(): Promise<void> }> {
  return listening(
    createServer((client) => client.end()),
    new Set(),
  );
}

async function listening(server: ReturnType<typeof createServer>, open: ReadonlySet<Socket>) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('it listens on no TCP port');
  return {
    port: address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
