import { once } from 'node:events';
import { chmod, mkdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { FirewallDump, FirewallPort } from '../../checks/host-firewall/port.ts';
import { systemClock } from '../../ops/clock.ts';
import type { FirewallFrame } from './frames.ts';
import { nftMonitor, type RulesMonitor } from './monitor.ts';
import { PACE, type WatchPace, watchRules } from './watch.ts';

/** The only paths that are served, by GET, without parameters: the rules once, and whenever they change from now on. */
export const firewallPath = '/firewall';
export const followPath = '/firewall/follow';

export interface FirewallReader {
  close(): Promise<void>;
}

/**
 * Serves the host's rules on a unix socket: for the opt-in container that alone may read them, so that the
 * agent beside it needs no privilege. Nothing else can be asked.
 *
 * Everyone who can enter the socket's folder may ask (mode 0666): the folder is a volume that only the two
 * containers of the pod mount, the agent's user differs from pod to pod (a DaemonSet's has no capabilities, so
 * even as uid 0 it is held to file modes), and what is told is read-only.
 *
 * @throws when the socket can't be made, or another reader is serving it.
 */
export async function firewallReader({
  socketPath,
  firewall,
  timeoutMs = 20_000,
  clock = systemClock.now,
  monitor = nftMonitor({ clock }),
  pace = PACE,
}: {
  readonly socketPath: string;
  readonly firewall: FirewallPort;
  /** For one reading. */
  readonly timeoutMs?: number;
  /** Epoch ms. */
  readonly clock?: () => number;
  readonly monitor?: RulesMonitor;
  readonly pace?: WatchPace;
}): Promise<FirewallReader> {
  const stopping = new AbortController();
  let current: Promise<FirewallDump> | null = null;
  // Who asks while a reading runs gets the same one: rules are read once at a time, however many ask.
  const read = (): Promise<FirewallDump> => {
    current ??= firewall.read(AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)])).finally(() => {
      current = null;
    });
    return current;
  };
  const followers = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const { url } = request;
    if (url !== firewallPath && url !== followPath) {
      return refuse(response, 404, `only ${firewallPath} and ${followPath} are served here`);
    }
    if (request.method !== 'GET') return refuse(response, 405, 'only GET is answered here');
    if (url === followPath) {
      if (followers.size >= MOST_FOLLOWERS) return refuse(response, 503, 'too many follow already');
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const signal = AbortSignal.any([stopping.signal, gone.signal]);
      const tell = telling(response, signal);
      const following = watchRules({ firewall, monitor, clock, tell, signal, pace })
        .catch((cause) => {
          if (!signal.aborted) response.write(lineOf({ kind: 'unread', why: messageOf(cause) }));
        })
        .finally(() => {
          followers.delete(following);
          response.end();
        });
      followers.add(following);
      return;
    }
    read().then(
      (dump) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(dump));
      },
      (cause) => refuse(response, 500, messageOf(cause)),
    );
  });
  await mkdir(dirname(socketPath), { recursive: true });
  await removeStale(socketPath);
  await listen(server, socketPath);
  await chmod(socketPath, 0o666);
  return {
    close: () =>
      new Promise<void>((resolve) => {
        stopping.abort(new Error('the firewall reader is stopping'));
        server.close(() => resolve());
        server.closeAllConnections();
      }).then(async () => void (await Promise.all(followers))),
  };
}

/** One agent follows, and for a moment the one that takes its place. */
const MOST_FOLLOWERS = 3;

/** Writes frames as lines, each when the one before has been taken. */
function telling(response: ServerResponse, signal: AbortSignal): (frame: FirewallFrame) => Promise<void> {
  response.setHeader('content-type', 'application/x-ndjson');
  return async (frame) => {
    if (signal.aborted || response.write(lineOf(frame))) return;
    // Ends with an abort too, since nobody drains what is closed.
    await once(response, 'drain', { signal });
  };
}

function lineOf(frame: FirewallFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'the rules could not be read';
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  response.end(`${message}\n`);
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A reader that was killed leaves its socket behind; one that answers is not pushed aside. */
async function removeStale(socketPath: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(socketPath, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (answers) throw new Error(`another firewall reader is serving ${socketPath}`);
  try {
    await unlink(socketPath);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
}
