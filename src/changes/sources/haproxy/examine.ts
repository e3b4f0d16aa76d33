import type { Examined } from '../source.ts';
import { askPage } from './ask-page.ts';
import { askSocket, placeOf } from './ask-socket.ts';
import type { Asked } from './asked.ts';
import type { HaproxyOptions } from './haproxy.ts';
import { type ApiPlace, leadsIn } from './leads.ts';
import { lookAt, readConfig } from './look.ts';
import { readInfo, readStat } from './read.ts';

/** Each thing that is read, tried for itself. @throws the signal's reason when aborted */
export async function examine(
  options: HaproxyOptions,
  api: readonly ApiPlace[],
  ask: { readonly deadlineMs: number; readonly clock: () => number },
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  signal.throwIfAborted();
  const found =
    options.access.kind === 'socket' ? await ofSocket(options, ask, signal) : await ofPage(options, ask, signal);
  const config =
    options.configFile === null ? [] : [examined(`read ${options.configFile}`, await readConfig(options.configFile))];
  if (found.some(({ outcome }) => outcome !== 'ok')) return [...found, ...config];
  const seen = await lookAt(options.access, null, ask, signal);
  if (seen.kind === 'failed') return [...found, ...config];
  const { backends, frontends } = leadsIn(seen.value, options, api);
  return [
    ...found,
    ...config,
    ...(options.backends.length > 0 ? options.backends : ['']).map(
      (name): Examined => ofBackend(name, backends, seen.value.proxies),
    ),
    ofFrontends(frontends),
  ];
}

type Ask = Parameters<typeof examine>[2];

async function ofSocket(
  { access }: HaproxyOptions,
  { deadlineMs, clock }: Ask,
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  if (access.kind !== 'socket') return [];
  const { socket } = access;
  const at = placeOf(socket);
  const [info, stat] = await Promise.all([
    askSocket(socket, 'show info', deadlineMs, signal),
    askSocket(socket, 'show stat', deadlineMs, signal),
  ]);
  return [
    examined(`"show info" at ${at}`, info.kind === 'failed' ? info : readInfo(info.value, clock())),
    examined(`"show stat" at ${at}`, stat.kind === 'failed' ? stat : readStat(stat.value, clock())),
  ];
}

async function ofPage(
  { access }: HaproxyOptions,
  { deadlineMs, clock }: Ask,
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  if (access.kind !== 'page') return [];
  const text = await askPage(access, deadlineMs, signal);
  return [examined(`statistics at ${access.url}`, text.kind === 'failed' ? text : readStat(text.value, clock()))];
}

function ofBackend(
  name: string,
  leading: readonly string[],
  proxies: Readonly<Record<string, { isBackend: boolean }>>,
): Examined {
  if (name !== '') {
    const what = `backend ${name}`;
    return proxies[name]?.isBackend
      ? ok(what)
      : { what, outcome: 'missing', words: 'it has no such backend; correct the name' };
  }
  if (leading.length > 0) return ok(`backend ${leading.join(', ')}`);
  return {
    what: 'a backend that leads to the API server',
    outcome: 'missing',
    words: "no server of it has an address that the API server is known by; name the backend's",
  };
}

function ofFrontends(leading: readonly string[]): Examined {
  if (leading.length > 0) return ok(`frontend ${leading.join(', ')}`);
  return {
    what: 'a frontend that leads to the API server',
    outcome: 'missing',
    words:
      'name it under frontends, or let HAProxy tell where it listens ("option socket-stats" in it, and "level operator")',
  };
}

function ok(what: string): Examined {
  return { what, outcome: 'ok', words: '' };
}

function examined(what: string, asked: Asked<unknown>): Examined {
  if (asked.kind === 'answer') return ok(what);
  const { kind, words } = asked.trouble;
  return { what, outcome: kind === 'refused' || kind === 'gone' ? 'missing' : 'failed', words };
}
