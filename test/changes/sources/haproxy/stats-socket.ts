import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const fixtures = new URL('./fixtures/', import.meta.url);

/** What Debian's HAProxy said; see the fixtures' own README. */
export function recorded(name: string): string {
  return readFileSync(new URL(name, fixtures), 'utf8');
}

export type Said = Readonly<Record<'show info' | 'show stat' | 'show servers state', string>>;

/** The recorded process had run for seconds: this much is added to what had stood since it began. */
const agedSeconds = 7_200;

export const up: Said = {
  'show info': ranFor(25),
  'show stat': aged(recorded('up-stat-user.csv')),
  'show servers state': recorded('up-state.txt'),
};
export const maint: Said = { ...up, 'show stat': aged(recorded('maint-stat.csv')), 'show info': ranFor(27) };
export const drain: Said = { ...up, 'show stat': aged(recorded('drain-stat.csv')), 'show info': ranFor(30) };
export const killed: Said = { ...up, 'show stat': aged(recorded('killed-stat.csv')), 'show info': ranFor(38) };
export const removed: Said = {
  'show info': recorded('removed-info.txt'),
  'show stat': recorded('removed-stat.csv'),
  'show servers state': recorded('removed-state.txt'),
};

/** The same process, later. */
export function ranFor(seconds: number): string {
  return recorded('up-info.txt').replace(/^Uptime_sec: \d+$/m, `Uptime_sec: ${agedSeconds + seconds}`);
}

/** What had not changed within its last seconds stood since it began. */
export function aged(stat: string): string {
  return older(stat, (seconds) => (seconds >= 6 ? seconds + agedSeconds : seconds));
}

/** Every `lastchg` as it is later, or as it would have to be. */
export function older(stat: string, howLong: (seconds: number) => number): string {
  const [head = '', ...rows] = stat.split('\n');
  const column = head.split(',').indexOf('lastchg');
  const changed = rows.map((row) => {
    const cells = row.split(',');
    const was = cells[column];
    if (was !== undefined && was !== '') cells[column] = String(howLong(Number(was)));
    return cells.join(',');
  });
  return [head, ...changed].join('\n');
}

/** Speaks HAProxy's stats socket protocol: one command a connection, an answer, closed. `null`: takes it and is silent. */
export interface StatsServer {
  readonly path: string;
  says(said: Said | null): void;
  connections(): number;
  /** As a process that is killed: the socket's file stays, and nothing listens. */
  close(): Promise<void>;
}

export async function serveStats(first: Said | null): Promise<StatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-haproxy-'));
  const path = join(folder, 'admin.sock');
  const open = new Set<Socket>();
  let said = first;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    socket.once('data', (data) => {
      if (said === null) return;
      const answers = new Map<string, string>(Object.entries(said));
      socket.end(answers.get(String(data).trim()) ?? 'Unknown command\n\n');
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    says(next) {
      said = next;
    },
    connections: () => connections,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}
