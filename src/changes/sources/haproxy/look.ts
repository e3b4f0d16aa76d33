import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { askPage, type StatsPage } from './ask-page.ts';
import { askSocket, type StatsSocket } from './ask-socket.ts';
import { type Asked, answered, codeOf, failed } from './asked.ts';
import { readInfo, readServersState, readStat } from './read.ts';
import type { Sight } from './sight.ts';

/** How a HAProxy is asked. */
export type Access =
  | { readonly kind: 'socket'; readonly socket: StatsSocket }
  | ({ readonly kind: 'page' } & StatsPage);

/** Everything that is compared, as it is now. @throws the signal's reason when aborted */
export async function lookAt(
  access: Access,
  configFile: string | null,
  options: { readonly deadlineMs: number; readonly clock: () => number },
  signal: AbortSignal,
): Promise<Asked<Sight>> {
  const config = configFile === null ? answered(null) : await readConfig(configFile);
  if (config.kind === 'failed') return config;
  const seen =
    access.kind === 'socket' ? await bySocket(access.socket, options, signal) : await byPage(access, options, signal);
  return seen.kind === 'failed' ? seen : answered({ ...seen.value, config: config.value });
}

type Seen = Omit<Sight, 'config'>;
interface Options {
  readonly deadlineMs: number;
  readonly clock: () => number;
}

async function bySocket(
  socket: StatsSocket,
  { deadlineMs, clock }: Options,
  signal: AbortSignal,
): Promise<Asked<Seen>> {
  const readAt = clock();
  const [info, stat, state] = await Promise.all([
    askSocket(socket, 'show info', deadlineMs, signal),
    askSocket(socket, 'show stat', deadlineMs, signal),
    askSocket(socket, 'show servers state', deadlineMs, signal),
  ]);
  if (info.kind === 'failed') return info;
  if (stat.kind === 'failed') return stat;
  const [process, statistics] = [readInfo(info.value, readAt), readStat(stat.value, readAt)];
  if (process.kind === 'failed') return process;
  if (statistics.kind === 'failed') return statistics;
  return answered({ readAt, process: process.value, ...withPlaces(statistics.value, state) });
}

/** Addresses are more than is needed: without them backends have to be named. */
function withPlaces(statistics: Pick<Seen, 'proxies' | 'oldest' | 'taken'>, state: Asked<string>): typeof statistics {
  const places = state.kind === 'failed' ? state : readServersState(state.value);
  if (places.kind === 'failed') return statistics;
  for (const [name, { servers }] of Object.entries(statistics.proxies)) {
    for (const [server, seen] of Object.entries(servers)) {
      const place = places.value.get(`${name}/${server}`);
      if (place !== undefined && seen.address === null) servers[server] = { ...seen, ...place };
    }
  }
  return statistics;
}

async function byPage(page: StatsPage, { deadlineMs, clock }: Options, signal: AbortSignal): Promise<Asked<Seen>> {
  const readAt = clock();
  const text = await askPage(page, deadlineMs, signal);
  if (text.kind === 'failed') return text;
  const statistics = readStat(text.value, readAt);
  return statistics.kind === 'failed' ? statistics : answered({ readAt, process: null, ...statistics.value });
}

/** Never its content, which may hold passwords. */
export async function readConfig(file: string): Promise<Asked<NonNullable<Sight['config']>>> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
    return answered({ hash: createHash('sha256').update(content).digest('hex'), writtenAt: Math.round(mtimeMs) });
  } catch (error) {
    const why = codeOf(error);
    if (why === 'ENOENT') return failed('gone', `its configuration file ${file} does not exist`);
    return failed(
      'refused',
      `its configuration file ${file} can't be read (${why}); give this user the right, or leave out configFile`,
    );
  }
}
