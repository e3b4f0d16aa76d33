import { ofServer } from './compare-servers.ts';
import { type Difference, placesOf, type When, within, withProxy } from './difference.ts';
import { isOpen, type Moment, type SeenProcess, type SeenProxy, type Sight } from './sight.ts';

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
