import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { isLoopback } from './loopback.ts';

export interface Listen {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM. Without it the hub speaks plain HTTP: on loopback, or with `allowPlain`. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Something before the hub ends TLS, or the network is trusted. */
  readonly allowPlain?: boolean | undefined;
}

/** The HTTP server that agents dial. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** Ends every connection that is still open after `ms`: a peer that hangs must not keep the bot from stopping. */
  hangUpAfter(ms: number): void;
}

/**
 * Paths other than the link's go to `requests`.
 * @throws TypeError when the setting is unsafe; otherwise what listening throws.
 */
export async function listen(where: Listen, connections: number, requests: RequestListener): Promise<Listening> {
  if (where.tls === undefined && !where.allowPlain && !isLoopback(where.host)) {
    throw new TypeError(
      `The hub would listen without TLS on ${where.host}. Give it a certificate and key, or allow plain connections explicitly when something before it ends TLS.`,
    );
  }
  const patience = { headersTimeout: 10_000, requestTimeout: 30_000 };
  const server =
    where.tls === undefined
      ? createServer(patience, requests)
      : createTlsServer({ ...patience, ...where.tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, requests);
  // Room for requests to other paths while every agent is connected.
  server.maxConnections = connections + 100;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(where.port, where.host);
  await once(server, 'listening');

  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no TCP port.');
  return {
    server,
    port: address.port,
    hangUpAfter(ms) {
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, ms);
      server.once('close', () => clearTimeout(timer));
    },
  };
}
