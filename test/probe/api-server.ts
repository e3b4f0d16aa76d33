import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Authority, Leaf } from '../../dev/stand-in/certificates.ts';
import { freePort } from '../e2e/harness/ports.ts';
import { OK } from './servers.ts';

/** An API server on loopback that keeps its port when it goes down and comes back. */
export interface ApiServer {
  readonly port: number;
  /** How many requests it had. */
  asked(): number;
  up(): Promise<void>;
  /** New connections are shown this certificate. */
  present(leaf: Pick<Leaf, 'certPem' | 'keyPem'>): void;
  /** Nothing listens there afterwards. */
  down(): Promise<void>;
}

export async function apiServer(authority: Authority, host = '127.0.0.1'): Promise<ApiServer> {
  let leaf: Pick<Leaf, 'certPem' | 'keyPem'> = await authority.issue({
    commonName: 'kube-apiserver',
    names: ['localhost'],
    addresses: [host],
  });
  const port = await freePort(host);
  const open = new Set<Socket>();
  let asked = 0;
  let stop: () => Promise<void> = async () => {};
  let show = () => {};

  async function up(): Promise<void> {
    const server = createServer({ cert: leaf.certPem, key: leaf.keyPem }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        asked += 1;
        socket.end(OK);
      });
    });
    server.on('tlsClientError', () => {});
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => {});
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    server.listen(port, host);
    await once(server, 'listening');
    show = () => server.setSecureContext({ cert: leaf.certPem, key: leaf.keyPem });
    stop = async () => {
      stop = async () => {};
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    };
  }

  await up();
  onTestFinished(() => stop());
  const present = (next: typeof leaf) => {
    leaf = next;
    show();
  };
  return { port, asked: () => asked, up, present, down: () => stop() };
}
