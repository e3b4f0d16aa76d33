import type { Deed } from './deed.ts';
import type { AwsState, StateBalancer, StateTarget } from './state.ts';
import { withGroupsOf } from './undo-network.ts';
import { elsewhere, type Undone, undone, unresolved } from './undone.ts';

type Of<K extends Deed['kind']> = Extract<Deed, { kind: K }>;

export function undoListener(deed: Of<'listener'>, after: AwsState, earlier: AwsState | null): Undone {
  const { port } = after.endpoint;
  const balancer = find(deed.balancer, after) ?? find(deed.balancer, earlier);
  if (balancer === null) return notOurs;
  if (deed.port !== null && deed.port !== port) {
    return elsewhere(`It is about port ${deed.port} of ${balancer.name}; clients use ${port}.`);
  }
  const isIt = ({ id, balancer: of }: { id: string; balancer: string }) =>
    deed.listener === null ? of === balancer.id : id === deed.listener;
  const now = after.listeners.filter(isIt);
  if (deed.done === 'created') {
    if (now.length === 0 && deed.port === null) return unresolved('Which port it takes connections at was not told.');
    return undone({ ...after, listeners: after.listeners.filter((one) => !isIt(one)) }, after);
  }
  const before = earlier?.listeners.filter(isIt) ?? [];
  if (before.length === 0) {
    // Looks hold the listeners of the API's port alone.
    if (earlier !== null && now.length === 0) return elsewhere(`It is not the listener of port ${port}.`);
    return unresolved(`What the listener of ${balancer.name} did before is not known.`);
  }
  const gone = deed.done === 'deleted' ? { ...after, listeners: after.listeners.filter((one) => !isIt(one)) } : after;
  const others = gone.listeners.filter((one) => !isIt(one));
  return undone({ ...joined(gone, earlier), listeners: [...others, ...before] }, gone);
}

export function undoTargets(deed: Of<'targets'>, after: AwsState, earlier: AwsState | null): Undone {
  const isGroup = ({ id, name }: { id: string; name: string }) => id === deed.group || name === deed.group;
  const group = after.targetGroups.find(isGroup);
  if (group === undefined) return elsewhere('It is a target group that is not on the way.');
  const isIt = (target: StateTarget) =>
    deed.targets.some(
      ({ id, port }) => id === target.id && (port === null || target.port === null || port === target.port),
    );
  const others = group.targets.filter((target) => !isIt(target));
  const withTargets = (targets: readonly StateTarget[]): AwsState => ({
    ...joined(after, earlier),
    targetGroups: after.targetGroups.map((one) => (isGroup(one) ? { ...one, targets: [...targets] } : one)),
  });
  if (deed.done === 'registered') return undone(withTargets(others), after);
  const were = earlier?.targetGroups.find(isGroup)?.targets.filter(isIt) ?? [];
  const restored = deed.targets.map(({ id, port }) => ({
    id,
    port: port ?? were.find((one) => one.id === id)?.port ?? others[0]?.port ?? null,
    health: were.find((one) => one.id === id)?.health ?? null,
  }));
  return undone(withTargets([...others, ...restored]), withTargets(others));
}

export function undoBalancer(deed: Of<'balancer'>, after: AwsState, earlier: AwsState | null): Undone {
  const known = find(deed.balancer, after) ?? find(deed.balancer, earlier);
  if (known === null) return notOurs;
  const without: AwsState = {
    ...after,
    balancers: after.balancers.filter(({ id }) => id !== known.id),
    listeners: after.listeners.filter(({ balancer }) => balancer !== known.id),
  };
  if (deed.done === 'created') return undone(without, after);
  if (earlier === null) return unresolved('What stood behind it before is not known.');
  const whole = joined(after, earlier);
  return undone(
    {
      ...whole,
      balancers: [...without.balancers, known],
      listeners: [...without.listeners, ...earlier.listeners.filter(({ balancer }) => balancer === known.id)],
    },
    without,
  );
}

export function undoBalancerGroups(deed: Of<'balancer-groups'>, after: AwsState, earlier: AwsState | null): Undone {
  const balancer = find(deed.balancer, after);
  if (balancer === null) return notOurs;
  const before = earlier?.interfaces.find((one) => one.balancer === balancer.name)?.groups ?? null;
  if (before === null) return unresolved(`Which security groups ${balancer.name} had before is not known.`);
  return undone(
    withGroupsOf(
      after,
      earlier,
      (one) => one.balancer === balancer.name,
      () => before,
    ),
    after,
  );
}

export function undoBalancerSubnets(deed: Of<'balancer-subnets'>, after: AwsState, earlier: AwsState | null): Undone {
  const balancer = find(deed.balancer, after);
  if (balancer === null) return notOurs;
  const before = earlier?.interfaces.filter((one) => one.balancer === balancer.name) ?? [];
  if (before.length === 0) return unresolved(`In which subnets ${balancer.name} was before is not known.`);
  const others = after.interfaces.filter((one) => one.balancer !== balancer.name);
  return undone({ ...joined(after, earlier), interfaces: [...others, ...before] }, after);
}

/** Stopped, or away while they restart, whatever they are by now. */
export function undoInstances(deed: Of<'instances'>, after: AwsState, earlier: AwsState | null): Undone {
  const known = [...after.instances, ...(earlier?.instances ?? [])];
  const ours = deed.instances.filter((id) => known.some((one) => one.id === id));
  if (ours.length === 0) return elsewhere('It is about no instance that stands behind the API server’s address.');
  const whole = joined(after, earlier);
  const as = (isRunning: boolean): AwsState => ({
    ...whole,
    instances: whole.instances.map((one) =>
      ours.includes(one.id) ? { ...one, state: isRunning ? 'running' : 'stopped' } : one,
    ),
    targetGroups: whole.targetGroups.map((group) => ({
      ...group,
      targets: group.targets.map((target) =>
        isOn(target, ours, whole) ? { ...target, health: isRunning ? null : 'unused' } : target,
      ),
    })),
  });
  return deed.done === 'started' ? undone(as(false), as(true)) : undone(as(true), as(false));
}

function isOn({ id }: StateTarget, instances: readonly string[], { interfaces }: AwsState): boolean {
  const owner = interfaces.find(({ addresses }) => addresses.includes(id))?.instance ?? id;
  return instances.includes(owner);
}

function find(balancer: string | null, state: AwsState | null): StateBalancer | null {
  return state?.balancers.find(({ id, name }) => id === balancer || name === balancer) ?? null;
}

/** What the later look does not hold any more, from the one before: the rules that something gone was under. */
function joined(after: AwsState, earlier: AwsState | null): AwsState {
  if (earlier === null) return after;
  const add = <T extends { readonly id: string }>(now: readonly T[], before: readonly T[]) => [
    ...now,
    ...before.filter(({ id }) => !now.some((one) => one.id === id)),
  ];
  const associations = <T extends { readonly subnet: string }>(now: readonly T[], before: readonly T[]) => [
    ...now,
    ...before.filter(({ subnet }) => !now.some((one) => one.subnet === subnet)),
  ];
  return {
    ...after,
    targetGroups: add(after.targetGroups, earlier.targetGroups),
    instances: add(after.instances, earlier.instances),
    interfaces: add(after.interfaces, earlier.interfaces),
    groups: { ...earlier.groups, ...after.groups },
    acls: { ...earlier.acls, ...after.acls },
    aclOf: associations(after.aclOf, earlier.aclOf),
    tables: { ...earlier.tables, ...after.tables },
    tableOf: associations(after.tableOf, earlier.tableOf),
    mainTables: { ...earlier.mainTables, ...after.mainTables },
    prefixLists: { ...earlier.prefixLists, ...after.prefixLists },
  };
}

const notOurs: Undone = { kind: 'elsewhere', why: 'It is a load balancer that is not on the way.' };
