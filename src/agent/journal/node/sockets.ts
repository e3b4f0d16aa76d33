import { endianness } from 'node:os';
import { z } from 'zod';
import { listeningSockets } from '../../../checks/listening/sockets.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { NodeChange } from './tell.ts';

/** A listening socket; its inode is another one after its process was started anew. */
export const Listener = z.object({ port: z.number().int(), address: z.string(), inode: z.string() });
export type Listener = z.infer<typeof Listener>;

/** What listens on a port that matters, by the name of its program. */
export interface WatchedPort {
  readonly port: number;
  readonly program: string;
}

/** etcd's and the kubelet's own ports, and the API server's where it is known. */
export function watchedPorts(apiPort: number | null): WatchedPort[] {
  return [
    ...(apiPort === null ? [] : [{ port: apiPort, program: API_SERVER }]),
    { port: 2379, program: 'etcd' },
    { port: 2380, program: 'etcd' },
    { port: 10_250, program: 'kubelet' },
  ];
}

const API_SERVER = 'kube-apiserver';

/** From `/proc/net/tcp` and `tcp6`; connections, which may be many thousands, are passed over. */
export function listenersIn(text: string, ports: readonly WatchedPort[]): Listener[] {
  const wanted = new Set(ports.map(({ port }) => port));
  return text.split('\n').flatMap((line) => {
    if (!line.includes(' 0A ')) return [];
    const [socket] = listeningSockets(line, endianness());
    const inode = line.trim().split(/\s+/)[9];
    if (socket === undefined || inode === undefined || !wanted.has(socket.port)) return [];
    return [{ port: socket.port, address: socket.address, inode }];
  });
}

/** Pure: which of the ports were closed, opened, or opened anew between two looks. Epoch ms. */
export function listenerChanges(
  before: readonly Listener[],
  after: readonly Listener[],
  ports: readonly WatchedPort[],
  { sinceAt, lookedAt }: { readonly sinceAt: number; readonly lookedAt: number },
): NodeChange[] {
  return ports.flatMap(({ port, program }) => {
    const old = before.filter((one) => one.port === port);
    const now = after.filter((one) => one.port === port);
    if (keyOf(old) === keyOf(now)) return [];
    const what = whatHappened(port, program, old, now);
    return [
      {
        ...what,
        key: `listen:${port}:${keyOf(now)}:${Math.round(lookedAt)}`,
        category: 'control-plane' as const,
        earliestAt: sinceAt,
        latestAt: lookedAt,
        target: {
          kind: 'listening socket',
          name: `${program} ${port}`,
          addresses: addressesOf([...old, ...now]),
          ports: [port],
        },
        diff: [`bound before: ${bound(old)}`, `bound now: ${bound(now)}`],
      },
    ];
  });
}

function whatHappened(
  port: number,
  program: string,
  old: readonly Listener[],
  now: readonly Listener[],
): Pick<NodeChange, 'action' | 'summary' | 'effect'> {
  if (now.length === 0) {
    return {
      action: 'end',
      summary: `${program} stopped listening on port ${port}`,
      effect: judged(program, 'breaks', `nothing listens on port ${port} of this node any more`),
    };
  }
  if (old.length === 0) {
    return {
      action: 'start',
      summary: `${program} began to listen on port ${port}, on ${bound(now)}`,
      effect: judged(program, 'mends', `port ${port} of this node is listened on again`),
    };
  }
  const left = old.filter((one) => !now.some(({ address }) => address === one.address));
  const come = now.filter((one) => !old.some(({ address }) => address === one.address));
  if (left.length === 0 && come.length === 0) {
    return {
      action: 'restart',
      summary: `${program} was restarted: its listening socket on port ${port} is another one`,
      effect: judged(program, 'breaks', `port ${port} was closed for a moment and is listened on again`),
    };
  }
  const onlyLoopback = now.every(({ address }) => address === '::1' || address.startsWith('127.'));
  return {
    action: 'update',
    summary: `${program} listens on port ${port} of ${bound(now)}, before on ${bound(old)}`,
    effect: judged(
      program,
      onlyLoopback ? 'breaks' : 'unknown',
      onlyLoopback ? `port ${port} is open to the node itself only` : `other addresses are bound than before`,
    ),
  };
}

function judged(program: string, verdict: 'breaks' | 'mends' | 'unknown', words: string): ChangeEffect {
  if (program === API_SERVER) return { kind: 'judged', verdict, words };
  if (program === 'etcd')
    return { kind: 'judged', verdict: 'unknown', words: `${words}; the API server may need this etcd` };
  return { kind: 'judged', verdict: 'none', words: `${words}; containers go on without it` };
}

function keyOf(listeners: readonly Listener[]): string {
  return listeners
    .map(({ address, inode }) => `${address}/${inode}`)
    .sort()
    .join('+');
}

function addressesOf(listeners: readonly Listener[]): string[] {
  return [...new Set(listeners.map(({ address }) => address))];
}

function bound(listeners: readonly Listener[]): string {
  return listeners.length === 0 ? 'nothing' : addressesOf(listeners).sort().join(', ');
}
