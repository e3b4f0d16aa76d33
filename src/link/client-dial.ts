import { type ClientRequest, Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { io, type Socket as LinkSocket, type ManagerOptions, type SocketOptions } from 'socket.io-client';
import { isLoopback } from './loopback.ts';
import { type AgentToBot, type BotToAgent, LINK_PATH, MESSAGE_BYTES } from './protocol.ts';

type BotSocket = LinkSocket<BotToAgent, AgentToBot>;

export interface Target {
  /** `https://host[:port][/path]`; `http://` only on loopback or with `allowPlain`. */
  readonly url: string;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** URL of an HTTP CONNECT proxy. */
  readonly proxy?: string | null | undefined;
  readonly allowPlain?: boolean | undefined;
}

export interface Call {
  readonly socket: BotSocket;
  /** The address this machine uses for the connection; null until there is one. */
  localAddress(): string | null;
  /** Ends the connection, at whatever stage it is. */
  hangUp(): void;
}

/** @throws TypeError when the target is no URL of a bot, or unsafe. */
export function checkTarget(target: Target): URL {
  const url = URL.canParse(target.url) ? new URL(target.url) : null;
  if (url === null || !['https:', 'wss:', 'http:', 'ws:'].includes(url.protocol)) {
    throw new TypeError(`"${target.url}" is not the URL of a bot; expected one such as https://apidown.example.com`);
  }
  const plain = url.protocol === 'http:' || url.protocol === 'ws:';
  if (plain && !target.allowPlain && !isLoopback(url.hostname)) {
    throw new TypeError(
      `The link to ${url.host} would not be encrypted. Use https://, or allow plain connections explicitly when the network between is trusted.`,
    );
  }
  return url;
}

/** Dials once; whoever calls dials again. @throws as `checkTarget` does. */
export function dial(target: Target, connectWithinMs: number): Call {
  const url = checkTarget(target);
  const over = new AbortController();
  let connection: Socket | null = null;
  const note = (socket: unknown): void => {
    if (isSocket(socket)) connection = socket;
  };
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const agent = target.proxy ? throughProxy(target.proxy, over.signal, note) : directly(secure, note);
  const options: Partial<ManagerOptions & SocketOptions> = {
    path: url.pathname.replace(/\/$/, '') + LINK_PATH,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    timeout: connectWithinMs,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
  };
  // Joined, not spread: the published type of `agent` is for browsers, and `maxPayload` is in none.
  const socket: BotSocket = io(
    url.origin.replace(/^ws/, 'http'),
    Object.assign(options, { agent, maxPayload: MESSAGE_BYTES }),
  );
  return {
    socket,
    localAddress: () => connection?.localAddress ?? null,
    hangUp() {
      socket.disconnect();
      // A proxy that never answers CONNECT holds a socket that no request owns yet.
      over.abort();
    },
  };
}

function directly(secure: boolean, note: (socket: unknown) => void): PlainAgent {
  const agent = secure ? new TlsAgent() : new PlainAgent();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    note(socket);
    return socket;
  };
  return agent;
}

function throughProxy(proxy: string, signal: AbortSignal, note: (socket: unknown) => void): PlainAgent {
  const agent = new HttpsProxyAgent(proxy, { signal });
  const connect = agent.connect.bind(agent);
  agent.connect = async (request: ClientRequest, options) => {
    const socket = await connect(request, options);
    note(socket);
    return socket;
  };
  return agent;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'localAddress' in value;
}
