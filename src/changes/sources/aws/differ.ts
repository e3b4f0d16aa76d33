import { isDeepStrictEqual } from 'node:util';
import type { Deed, RecordChange } from './deed.ts';
import type { AwsState } from './state.ts';
import { isSame } from './undo-network.ts';

/**
 * What was done between two looks at the same way, as far as it shows: how healthy targets are is how something shows,
 * and no deed. What one of the looks could not read is not compared.
 */
export function differences(before: AwsState, after: AwsState): readonly Deed[] {
  return [
    ...groupDeeds(before, after),
    ...interfaceDeeds(before, after),
    ...aclDeeds(before, after),
    ...routeDeeds(before, after),
    ...balancerDeeds(before, after),
    ...instanceDeeds(before, after),
    ...managedDeeds(before, after),
    ...recordDeeds(before, after),
  ];
}

function groupDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  return both(before.groups, after.groups).flatMap(([was, is]) =>
    ([false, true] as const).flatMap((egress): readonly Deed[] => {
      const [old, now] = egress ? [was.egress, is.egress] : [was.ingress, is.ingress];
      const changed = now.filter((rule) => old.some((one) => isSame(one, rule) && !isDeepStrictEqual(one, rule)));
      const added = now.filter((rule) => !old.some((one) => isSame(one, rule)));
      const removed = old.filter((rule) => !now.some((one) => isSame(one, rule)));
      const rules = changed.flatMap(({ id, ...rule }) => (id === null ? [] : [{ id, now: rule }]));
      return [
        ...(added.length + removed.length === 0
          ? []
          : [{ kind: 'group-rules', group: is.id, egress, added, removed } as const]),
        ...(rules.length === 0 ? [] : [{ kind: 'group-rules-changed', group: is.id, rules } as const]),
      ];
    }),
  );
}

function interfaceDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  const changed = after.interfaces.flatMap((is) => {
    const was = before.interfaces.find(({ id }) => id === is.id);
    return was === undefined || isDeepStrictEqual([...was.groups].sort(), [...is.groups].sort()) ? [] : [{ is, was }];
  });
  // All of a load balancer have the same, and are given others at once.
  const balancers = distinct(changed.flatMap(({ is }) => is.balancer ?? []));
  return [
    ...balancers.flatMap((name): readonly Deed[] => {
      const id = after.balancers.find((one) => one.name === name)?.id ?? name;
      const groups = changed.find(({ is }) => is.balancer === name)?.is.groups ?? [];
      return [{ kind: 'balancer-groups', balancer: id, groups }];
    }),
    ...changed
      .filter(({ is }) => is.balancer === null)
      .map(({ is, was }): Deed => ({ kind: 'interface', interface: is.id, groups: is.groups, was: was.groups })),
  ];
}

function aclDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  const entries = both(before.acls, after.acls).flatMap(([was, is]) => {
    const keys = distinct([...was.entries, ...is.entries].map(({ egress, number }) => `${egress} ${number}`));
    return keys.flatMap((key): readonly Deed[] => {
      const isIt = ({ egress, number }: { egress: boolean; number: number }) => `${egress} ${number}` === key;
      const [old, now] = [was.entries.find(isIt), is.entries.find(isIt)];
      const one = now ?? old;
      if (one === undefined || isDeepStrictEqual(old, now)) return [];
      const { number, egress } = one;
      return [{ kind: 'acl-entry', acl: is.id, number, egress, now: now ?? null, was: old ?? 'none' }];
    });
  });
  const associations = after.aclOf.flatMap((is): readonly Deed[] => {
    const was = before.aclOf.find(({ subnet }) => subnet === is.subnet);
    if (was === undefined || was.of === is.of) return [];
    return [{ kind: 'acl-association', association: is.id, replaced: was.id, acl: is.of }];
  });
  return [...entries, ...associations];
}

function routeDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  const routes = both(before.tables, after.tables).flatMap(([was, is]) => {
    const destinations = distinct([...was.routes, ...is.routes].map(({ destination }) => destination));
    return destinations.flatMap((destination): readonly Deed[] => {
      const isIt = (route: { destination: string }) => route.destination === destination;
      const [old, now] = [was.routes.find(isIt), is.routes.find(isIt)];
      if (isDeepStrictEqual(old, now)) return [];
      return [{ kind: 'route', table: is.id, destination, now: now ?? null, was: old ?? 'none' }];
    });
  });
  const subnets = distinct([...before.tableOf, ...after.tableOf].map(({ subnet }) => subnet)).filter((subnet) =>
    [before, after].every(({ interfaces }) => interfaces.some((one) => one.subnet === subnet)),
  );
  const associations = subnets.flatMap((subnet): readonly Deed[] => {
    const [was, is] = [before, after].map(({ tableOf }) => tableOf.find((one) => one.subnet === subnet));
    if (was?.of === is?.of) return [];
    return [
      {
        kind: 'table-association',
        replaced: was?.id ?? null,
        association: is?.id ?? null,
        subnet,
        table: is?.of ?? null,
      },
    ];
  });
  return [...routes, ...associations];
}

function balancerDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  if (before.unread.length + after.unread.length > 0) return [];
  const lost = before.balancers.filter(({ id }) => !after.balancers.some((one) => one.id === id));
  const deleted = after.balancers.length === 0 ? lost : [];
  const listeners = after.balancers.flatMap(({ id: balancer }): readonly Deed[] => {
    const [was, is] = [before, after].map((state) => state.listeners.filter((one) => one.balancer === balancer));
    const known = before.balancers.some(({ id }) => id === balancer);
    if (!known || was === undefined || is === undefined) return [];
    return distinct([...was, ...is].map(({ id }) => id)).flatMap((listener): readonly Deed[] => {
      const [old, now] = [was, is].map((all) => all.find(({ id }) => id === listener));
      if (isDeepStrictEqual(old, now)) return [];
      const done = old === undefined ? 'created' : now === undefined ? 'deleted' : 'modified';
      return [{ kind: 'listener', balancer, listener, port: (now ?? old)?.port ?? null, done }];
    });
  });
  const targets = after.targetGroups.flatMap((is): readonly Deed[] => {
    const was = before.targetGroups.find(({ id }) => id === is.id);
    if (was === undefined) return [];
    const key = ({ id, port }: { id: string; port: number | null }) => `${id} ${port}`;
    // One that is let run out is gone already.
    const standing = is.targets.filter(({ health }) => health !== 'draining');
    const stood = was.targets.filter(({ health }) => health !== 'draining');
    const registered = standing.filter((one) => !stood.some((other) => key(other) === key(one)));
    const deregistered = stood.filter((one) => !standing.some((other) => key(other) === key(one)));
    const of = (all: typeof standing) => all.map(({ id, port }) => ({ id, port }));
    return [
      ...(registered.length === 0
        ? []
        : [{ kind: 'targets', group: is.id, targets: of(registered), done: 'registered' } as const]),
      ...(deregistered.length === 0
        ? []
        : [{ kind: 'targets', group: is.id, targets: of(deregistered), done: 'deregistered' } as const]),
    ];
  });
  return [
    ...deleted.map(({ id }) => ({ kind: 'balancer', balancer: id, done: 'deleted' }) as const),
    ...listeners,
    ...targets,
  ];
}

function instanceDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  const runs = (state: string) => state === 'running' || state === 'pending';
  const changed = after.instances.flatMap(({ id, state }) => {
    const was = before.instances.find((one) => one.id === id)?.state;
    if (was === undefined || runs(was) === runs(state)) return [];
    const done = runs(state) ? 'started' : /^(shutting-down|terminated)$/.test(state) ? 'terminated' : 'stopped';
    return [{ id, done } as const];
  });
  return (['stopped', 'terminated', 'started'] as const).flatMap((done): readonly Deed[] => {
    const instances = changed.filter((one) => one.done === done).map(({ id }) => id);
    return instances.length === 0 ? [] : [{ kind: 'instances', instances, done }];
  });
}

function managedDeeds({ managed: was }: AwsState, { managed: is }: AwsState): readonly Deed[] {
  if (was === null || is === null || was.name !== is.name) return [];
  const access = ({ publicAccess, privateAccess, publicCidrs }: typeof is) => ({
    publicAccess,
    privateAccess,
    publicCidrs: [...publicCidrs].sort(),
  });
  const version =
    was.version === is.version ? [] : [{ kind: 'managed-version', cluster: is.name, version: is.version } as const];
  if (isDeepStrictEqual(access(was), access(is))) return version;
  return [...version, { kind: 'managed-access', cluster: is.name, now: access(is), was: access(was) }];
}

function recordDeeds(before: AwsState, after: AwsState): readonly Deed[] {
  if (before.records === null || after.records === null || before.endpoint.host !== after.endpoint.host) return [];
  const key = ({ zone, name, type }: Record) => `${zone} ${name} ${type}`;
  // Several of one name and kind are told apart by weight or region, which is not compared.
  const single = (records: readonly Record[]) =>
    new Map(
      records
        .filter((one) => records.filter((other) => key(other) === key(one)).length === 1)
        .map((one) => [key(one), one]),
    );
  const [old, now] = [single(before.records), single(after.records)];
  const changed = distinct([...old.keys(), ...now.keys()]).flatMap((which) => {
    const [was, is] = [old.get(which), now.get(which)];
    const one = is ?? was;
    if (one === undefined || isDeepStrictEqual(was, is)) return [];
    const { zone, ...record } = one;
    const done: RecordChange['done'] = was === undefined ? 'created' : is === undefined ? 'deleted' : 'set';
    return [{ zone, record: { ...record, done } }];
  });
  // One who points a name elsewhere does it for both families at once.
  return distinct(changed.map(({ zone }) => zone)).map((zone) => ({
    kind: 'records',
    zone,
    records: changed.filter((one) => one.zone === zone).map(({ record }) => record),
  }));
}

type Record = NonNullable<AwsState['records']>[number];

/** Those that both looks could read. */
function both<T>(
  before: { readonly [id: string]: T },
  after: { readonly [id: string]: T },
): readonly (readonly [T, T])[] {
  return Object.entries(after).flatMap(([id, is]) => {
    const was = before[id];
    return was === undefined ? [] : [[was, is] as const];
  });
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
