import {
  isOpen,
  type Moment,
  type SeenProcess,
  type SeenProxy,
  type SeenServer,
  type Sight,
  stateOf,
  takes,
} from './sight.ts';

/** One thing that differs between two sights. */
export interface Difference extends Moment {
  /** `health check`: HAProxy found it so by itself; everything else somebody did. */
  readonly kind: 'process' | 'configuration' | 'frontend' | 'backend' | 'server' | 'health check';
  readonly action: 'create' | 'update' | 'delete' | 'restart' | 'end';
  /** `backend/server`, or the name of the proxy. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  /** Follows HAProxy's name and a colon. */
  readonly words: string;
  readonly diff: readonly string[];
  /** The sight before it, with this alone changed. */
  readonly apply: (sight: Sight) => Sight;
}

/** Sights that are further apart than this leave room for what was undone in between. */
export const unwatchedMs = 2 * 60_000;

/**
 * What differs in what the names lead to, in order of time. HAProxy itself tells when a server's state changed last;
 * what it tells no time of happened between the two looks.
 */
export function compare(before: Sight, after: Sight, isOfInterest: (proxy: string) => boolean): readonly Difference[] {
  const restarted = restartOf(before, after);
  const between = { earliestAt: before.readAt, latestAt: after.readAt };
  const at = restarted ?? between;
  const names = [...new Set([...Object.keys(before.proxies), ...Object.keys(after.proxies)])].filter(isOfInterest);
  return [
    ...configuration(before, after),
    ...(restarted === null ? [] : [restart(before, after, restarted)]),
    ...names.flatMap((name) =>
      ofProxy(name, before.proxies[name], after.proxies[name], { between, at, isAnew: restarted !== null }),
    ),
  ].sort((a, b) => a.earliestAt - b.earliestAt || a.latestAt - b.latestAt);
}

interface When {
  readonly between: Moment;
  /** When the configuration in force changed: as it was started anew, else at some time between the looks. */
  readonly at: Moment;
  readonly isAnew: boolean;
}

/** When the process that answers now began; null: it is the one that answered before. */
function restartOf(before: Sight, after: Sight): Moment | null {
  const between = { earliestAt: before.readAt, latestAt: after.readAt };
  if (after.process === null || before.process === null) {
    // The page tells no start: then everything is younger than the last look, and it counts its connections anew.
    const isYoung = after.oldest !== null && after.oldest.earliestAt > before.readAt && after.taken < before.taken;
    return isYoung ? within(after.oldest, between) : null;
  }
  return isSameProcess(before.process, after.process) ? null : within(after.process.started, between);
}

/** In a container every process may have the same number. */
function isSameProcess(before: SeenProcess, after: SeenProcess): boolean {
  const isSameStart = before.startSeconds === after.startSeconds && after.uptimeSeconds >= before.uptimeSeconds;
  return before.pid === after.pid && isSameStart;
}

function restart(before: Sight, after: Sight, at: Moment): Difference {
  const [was, is] = [before.config?.hash, after.config?.hash];
  const read =
    was === undefined || is === undefined
      ? []
      : [
          was === is
            ? 'its configuration file is the same as before'
            : 'its configuration file differs from what it was',
        ];
  return {
    kind: 'process',
    action: 'restart',
    name: 'haproxy',
    ...at,
    addresses: [],
    ports: [],
    words: 'was started anew or reloaded',
    diff: [
      ...(before.process === null || after.process === null || before.process.pid === after.process.pid
        ? []
        : [`process ${before.process.pid} -> ${after.process.pid}`]),
      ...read,
    ],
    apply: (sight) => sight,
  };
}

function configuration({ config: was, readAt }: Sight, { config: is, readAt: nowAt }: Sight): readonly Difference[] {
  if (was === null || is === null || was.hash === is.hash) return [];
  const written = { earliestAt: is.writtenAt, latestAt: is.writtenAt };
  return [
    {
      kind: 'configuration',
      action: 'update',
      name: 'configuration file',
      ...within(written, { earliestAt: readAt, latestAt: nowAt }),
      addresses: [],
      ports: [],
      words: 'its configuration file was changed',
      diff: [`hash ${was.hash.slice(0, 12)} -> ${is.hash.slice(0, 12)}`],
      apply: (sight) => sight,
    },
  ];
}

function ofProxy(
  name: string,
  was: SeenProxy | undefined,
  is: SeenProxy | undefined,
  when: When,
): readonly Difference[] {
  return [...ofFrontend(name, was, is, when), ...ofBackend(name, was, is, when)];
}

function ofFrontend(
  name: string,
  was: SeenProxy | undefined,
  is: SeenProxy | undefined,
  { at, between }: When,
): readonly Difference[] {
  const [old, now] = [was?.frontend ?? null, is?.frontend ?? null];
  const base = {
    kind: 'frontend',
    name,
    addresses: [],
    ports: portsOf([...(was?.listeners ?? []), ...(is?.listeners ?? [])]),
  } as const;
  const apply = (sight: Sight) =>
    withProxy(sight, name, (proxy) => ({ ...proxy, frontend: now, listeners: is?.listeners ?? [] }));
  if (old === null && now === null) return [];
  if (old === null)
    return [
      {
        ...base,
        ...at,
        action: 'create',
        words: `frontend ${name} is new`,
        diff: (is?.listeners ?? []).map((one) => `listens on ${one}`),
        apply,
      },
    ];
  if (now === null)
    return [
      {
        ...base,
        ...at,
        action: 'delete',
        words: `frontend ${name} was removed`,
        diff: (was?.listeners ?? []).map((one) => `listened on ${one}`),
        apply,
      },
    ];
  const moved = listenersDiff(was?.listeners ?? [], is?.listeners ?? []);
  const wasOpen = isOpen(old);
  return [
    ...(wasOpen === isOpen(now)
      ? []
      : [
          {
            ...base,
            ...between,
            action: 'update' as const,
            words: wasOpen
              ? `frontend ${name} takes no connections any more (${now})`
              : `frontend ${name} takes connections again`,
            diff: [`${old} -> ${now}`],
            apply,
          },
        ]),
    ...(moved.length === 0
      ? []
      : [
          {
            ...base,
            ...at,
            action: 'update' as const,
            words: `frontend ${name} listens elsewhere`,
            diff: moved,
            apply,
          },
        ]),
  ];
}

/** Which they are is told only to some levels of access. */
function listenersDiff(was: readonly string[], is: readonly string[]): readonly string[] {
  if (was.length === 0 || is.length === 0) return [];
  return [
    ...was.filter((one) => !is.includes(one)).map((one) => `${one} removed`),
    ...is.filter((one) => !was.includes(one)).map((one) => `${one} added`),
  ];
}

function portsOf(listeners: readonly string[]): readonly number[] {
  const ports = listeners.map((one) => Number(/:(\d+)$/.exec(one)?.[1])).filter((port) => port > 0);
  return [...new Set(ports)];
}

function ofBackend(
  name: string,
  was: SeenProxy | undefined,
  is: SeenProxy | undefined,
  when: When,
): readonly Difference[] {
  const [old, now] = [was?.servers ?? {}, is?.servers ?? {}];
  const whole = { kind: 'backend', name, ...when.at } as const;
  if (was?.isBackend && !is?.isBackend) {
    const apply = (sight: Sight) => withProxy(sight, name, (proxy) => ({ ...proxy, isBackend: false, servers: {} }));
    return [
      {
        ...whole,
        ...placesOf(Object.values(old)),
        action: 'delete',
        words: `backend ${name} was removed`,
        diff: Object.keys(old).map((one) => `server ${one} removed`),
        apply,
      },
    ];
  }
  if (!was?.isBackend && is?.isBackend) {
    const apply = (sight: Sight) => withProxy(sight, name, (proxy) => ({ ...proxy, isBackend: true, servers: now }));
    return [
      {
        ...whole,
        ...placesOf(Object.values(now)),
        action: 'create',
        words: `backend ${name} is new`,
        diff: Object.keys(now).map((one) => `server ${one} added`),
        apply,
      },
    ];
  }
  const servers = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return servers.flatMap((server) => ofServer({ proxy: name, server }, old[server], now[server], when));
}

interface Named {
  readonly proxy: string;
  readonly server: string;
}

function ofServer(
  named: Named,
  was: SeenServer | undefined,
  is: SeenServer | undefined,
  when: When,
): readonly Difference[] {
  const name = `${named.proxy}/${named.server}`;
  const put = (server: SeenServer | undefined) => (sight: Sight) => withServer(sight, named, server);
  const base = {
    kind: 'server',
    name,
    ...placesOf([...(was === undefined ? [] : [was]), ...(is === undefined ? [] : [is])]),
  } as const;
  if (was === undefined && is === undefined) return [];
  if (was === undefined)
    return [{ ...base, ...when.at, action: 'create', words: `server ${name} was added`, diff: [], apply: put(is) }];
  if (is === undefined)
    return [
      {
        ...base,
        ...when.at,
        action: 'delete',
        words: `server ${name} was removed`,
        diff: [`it was ${was.status}`],
        apply: put(undefined),
      },
    ];
  const moved = movedFrom(was, is);
  return [
    ...(moved === null
      ? []
      : [
          {
            ...base,
            ...when.at,
            action: 'update' as const,
            words: `server ${name} has another address`,
            diff: [moved],
            apply: put({ ...is, status: was.status }),
          },
        ]),
    ...stateChange(name, was, is, when).map((found) => ({
      ...base,
      ...found,
      action: 'update' as const,
      apply: put(is),
    })),
  ];
}

type StateChange = Pick<Difference, 'kind' | 'words' | 'diff'> & Moment;

function stateChange(name: string, was: SeenServer, is: SeenServer, { between, isAnew }: When): readonly StateChange[] {
  const [from, to] = [stateOf(was.status), stateOf(is.status)];
  const told = within(is.since, between);
  const diff = [`${was.status} -> ${is.status}`];
  if (from === to) return isAnew ? [] : flapped(name, was, is, between);
  const byCheck = from !== 'maint' && isByCheck(was, is);
  return [{ ...told, kind: byCheck ? 'health check' : 'server', words: `server ${name} ${stateWords(was, is)}`, diff }];
}

/** It is as it was, and yet changed since: it was otherwise in between. */
function flapped(name: string, was: SeenServer, is: SeenServer, between: Moment): readonly StateChange[] {
  if (is.since === null || is.since.earliestAt <= between.earliestAt) return [];
  const byCheck = (is.timesDown ?? 0) > (was.timesDown ?? 0);
  const again = takes(is) ? 'was away for a moment and takes connections again' : `changed, and is ${is.status} again`;
  const by = { earliestAt: between.earliestAt, latestAt: Math.min(between.latestAt, is.since.latestAt) };
  return [
    {
      ...by,
      kind: byCheck ? 'health check' : 'server',
      words: `server ${name} ${again}`,
      diff: [`${was.status} again`],
    },
  ];
}

/** HAProxy's own finding, rather than somebody's order: a server that is set down by hand keeps the good result of its check. */
function isByCheck(was: SeenServer, is: SeenServer): boolean {
  const to = stateOf(is.status);
  if (to === 'down') return isByOther(is) || (is.check !== null && !/OK$/.test(is.check));
  // The resolver lost its name, which nobody ordered.
  if (to === 'maint') return is.status.includes('resolution');
  return to === 'up' && stateOf(was.status) === 'down';
}

/** Its agent's word, or the state of a server that it follows. */
function isByOther({ status }: SeenServer): boolean {
  return /\((agent|via)/.test(status);
}

function stateWords(was: SeenServer, is: SeenServer): string {
  const before = stateOf(was.status);
  switch (stateOf(is.status)) {
    case 'maint':
      if (is.status.includes('resolution')) return 'is out: its name does not resolve';
      return `was put into maintenance${before === 'up' ? '' : ` (it was ${was.status})`}`;
    case 'drain':
      return 'was set to drain: it takes no new connections';
    case 'down': {
      if (isByOther(is)) return `is ${is.status}`;
      if (!isByCheck(was, is)) return 'was set DOWN by hand';
      const found = [is.checkWords, is.check].filter((words) => words !== null && words !== '').join(', ');
      return `is DOWN by its health check (${found})${before === 'maint' ? ', out of maintenance' : ''}`;
    }
    case 'up':
      return before === 'down' ? 'is UP again by its health check' : 'was made ready again';
  }
}

function movedFrom(was: SeenServer, is: SeenServer): string | null {
  if (was.address === null || is.address === null) return null;
  if (was.address === is.address && was.port === is.port) return null;
  return `${was.address}:${was.port} -> ${is.address}:${is.port}`;
}

function placesOf(servers: readonly SeenServer[]): Pick<Difference, 'addresses' | 'ports'> {
  return {
    addresses: [...new Set(servers.flatMap(({ address }) => address ?? []))].slice(0, 64),
    ports: [...new Set(servers.flatMap(({ port }) => port ?? []))].slice(0, 64),
  };
}

/** The part of a moment that lies between the two looks; all between them where none does: then it is of something before. */
function within(moment: Moment | null, between: Moment): Moment {
  if (moment === null) return between;
  const earliestAt = Math.max(moment.earliestAt, between.earliestAt);
  const latestAt = Math.min(moment.latestAt, between.latestAt);
  return earliestAt <= latestAt ? { earliestAt, latestAt } : between;
}

function withProxy(sight: Sight, name: string, change: (proxy: SeenProxy) => SeenProxy): Sight {
  const known = sight.proxies[name] ?? { frontend: null, listeners: [], isBackend: false, servers: {} };
  return { ...sight, proxies: { ...sight.proxies, [name]: change(known) } };
}

function withServer(sight: Sight, { proxy, server }: Named, is: SeenServer | undefined): Sight {
  return withProxy(sight, proxy, (known) => {
    const { [server]: _, ...others } = known.servers;
    return { ...known, servers: is === undefined ? others : { ...others, [server]: is } };
  });
}
