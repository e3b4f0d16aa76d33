import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** A TCP front before the stand-in API server: what clients outside the cluster connect to. */
export interface Front {
  readonly port: number;
  /** From now on connections are refused, and the standing ones are torn: what a rejecting firewall rule does. */
  reject(): Promise<void>;
  /** Lets everything through again. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

export async function startFront(to: number): Promise<Front> {
  const sockets = new Set<Socket>();
  let server = await listen(0);
  const { port } = addressOf(server);

  async function listen(at: number): Promise<Server> {
    const next = createServer((client) => {
      const behind = dial(to, '127.0.0.1');
      for (const socket of [client, behind]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      }
      client.on('error', () => behind.destroy());
      behind.on('error', () => client.destroy());
      client.pipe(behind).pipe(client);
    });
    next.listen(at, '127.0.0.1');
    await once(next, 'listening');
    return next;
  }

  async function reject(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    port,
    reject,
    async pass() {
      server = await listen(port);
    },
    close: () => (server.listening ? reject() : Promise.resolve()),
  };
}

/** Takes connections and says nothing: a router, as far as anybody asks one here. */
export async function startDoor(): Promise<Pick<Front, 'port' | 'close'>> {
  const server = createServer((client) => client.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...addressOf(server),
    async close() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function addressOf(server: Server): { port: number } {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the front listens on no TCP port');
  return { port: address.port };
}
