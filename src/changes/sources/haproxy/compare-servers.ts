import { type Difference, placesOf, type When, within, withProxy } from './difference.ts';
import { type Moment, type SeenServer, type Sight, stateOf, takes } from './sight.ts';

/** What differs in one server of a backend. */
export function ofServer(
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

interface Named {
  readonly proxy: string;
  readonly server: string;
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

function withServer(sight: Sight, { proxy, server }: Named, is: SeenServer | undefined): Sight {
  return withProxy(sight, proxy, (known) => {
    const { [server]: _, ...others } = known.servers;
    return { ...known, servers: is === undefined ? others : { ...others, [server]: is } };
  });
}
