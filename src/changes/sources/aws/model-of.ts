import type { CloudHop, CloudInterface, CloudModel, CloudWay } from '../../../packet/cloud/model.ts';
import type { AwsState, StateBalancer, StateInterface, StateListener, StateTarget, StateTargetGroup } from './state.ts';

/**
 * The ways in: one for each address that clients connect to, with every target behind it, since any of them may be
 * taken. Without a listener on the port there is none.
 */
export function modelOf(state: AwsState): CloudModel {
  const { groups, acls, tables, prefixLists, readAt } = state;
  return { ways: waysOf(state), groups, acls, tables, prefixLists, readAt };
}

function waysOf(state: AwsState): readonly CloudWay[] {
  const balanced = listenersOf(state).flatMap(({ balancer, listener }) => balancedWays(state, balancer, listener));
  const direct = directWays(state);
  const managed = managedWay(state);
  return [...balanced, ...direct, ...(managed === null ? [] : [managed])];
}

/** Those on the port that clients use. */
export function listenersOf(state: AwsState) {
  return state.balancers.flatMap((balancer) =>
    state.listeners
      .filter((listener) => listener.balancer === balancer.id && listener.port === state.endpoint.port)
      .map((listener) => ({ balancer, listener })),
  );
}

export function targetGroupsOf(state: AwsState, { targetGroups }: StateListener): readonly StateTargetGroup[] {
  return state.targetGroups.filter(({ id }) => targetGroups.includes(id));
}

function balancedWays(state: AwsState, balancer: StateBalancer, listener: StateListener): readonly CloudWay[] {
  const name = balancerName(balancer);
  const nodes = targetGroupsOf(state, listener).flatMap((group) =>
    group.targets.map((target) => ({
      ...nodeHop(state, target, target.port ?? listener.port),
      sees: seesOf(balancer, group),
    })),
  );
  const unfound = nodes.filter(({ interfaces }) => interfaces.length === 0);
  return frontsOf(state, balancer).map(({ addresses, interfaces }): CloudWay => {
    const first: CloudHop = {
      kind: 'load-balancer',
      name,
      port: listener.port,
      interfaces: interfaces.map((one) => cloudInterface(state, one, balancer.kind === 'network')),
      sees: 'client',
      access: null,
      health: null,
    };
    const unread = [
      ...state.unread,
      ...(interfaces.length === 0 ? [`the network interfaces of ${name} were not found`] : []),
      ...unfound.map((node) => `the network interface of ${node.name} was not found`),
    ];
    return { addresses, port: listener.port, hops: [first, ...nodes], unread };
  });
}

export function balancerName({ kind, name }: StateBalancer): string {
  return `${{ network: 'nlb', application: 'alb', classic: 'elb' }[kind]} ${name}`;
}

function seesOf({ kind }: StateBalancer, { keepsClientAddress }: StateTargetGroup): CloudHop['sees'] {
  if (kind !== 'network' || keepsClientAddress === false) return 'hop before';
  return keepsClientAddress === true ? 'client' : 'unknown';
}

/** By address where it is known which interface has it; else all of them together. */
function frontsOf(state: AwsState, balancer: StateBalancer) {
  const own = state.interfaces.filter((one) => one.balancer === balancer.name);
  const asked = state.endpoint.addresses.filter((address) => own.some((one) => hasAddress(one, address)));
  if (asked.length > 0) {
    return asked.map((address) => ({
      addresses: [address],
      interfaces: own.filter((one) => hasAddress(one, address)),
    }));
  }
  // Its name was not looked up, or led elsewhere: what it has of its own.
  if (state.endpoint.addresses.length > 0 || own.length === 0) {
    return [{ addresses: state.endpoint.addresses, interfaces: own }];
  }
  return own.map((one) => ({
    addresses: one.publicAddresses.length > 0 ? one.publicAddresses : one.addresses,
    interfaces: [one],
  }));
}

function hasAddress({ addresses, publicAddresses }: StateInterface, address: string): boolean {
  return addresses.includes(address) || publicAddresses.includes(address);
}

function nodeHop(state: AwsState, target: StateTarget, port: number): CloudHop {
  const instance = state.instances.find(({ id }) => id === target.id);
  const own = state.interfaces.filter((one) =>
    instance === undefined ? hasAddress(one, target.id) : one.instance === instance.id,
  );
  // A balancer sends to the first interface of an instance; the others take nothing from it.
  const [first] = own;
  return {
    kind: 'node',
    name: nodeName(state, target.id, first ?? null),
    port,
    interfaces: first === undefined ? [] : [cloudInterface(state, first, false)],
    sees: 'unknown',
    access: null,
    health: target.health,
  };
}

/** `cp-1 (i-0abc)`; of an address that no instance is known for the address. */
function nodeName({ instances }: AwsState, id: string, own: StateInterface | null): string {
  const instance = instances.find((one) => one.id === id || one.id === own?.instance);
  if (instance === undefined) return id;
  return instance.name === instance.id ? instance.id : `${instance.name} (${instance.id})`;
}

function directWays(state: AwsState): readonly CloudWay[] {
  const { addresses, port } = state.endpoint;
  return state.interfaces.flatMap((one) => {
    const own = addresses.filter((address) => one.balancer === null && hasAddress(one, address));
    const stopped = state.instances.some(({ id, state: now }) => id === one.instance && now !== 'running');
    if (own.length === 0 || one.instance === null || stopped) return [];
    const hop: CloudHop = {
      kind: 'node',
      name: nodeName(state, one.instance, one),
      port,
      interfaces: [cloudInterface(state, one, false)],
      sees: 'client',
      access: null,
      health: null,
    };
    return [{ addresses: own, port, hops: [hop], unread: state.unread }];
  });
}

function managedWay({ managed, endpoint, unread }: AwsState): CloudWay | null {
  if (managed === null) return null;
  const { publicAccess, privateAccess, publicCidrs, networkCidrs } = managed;
  const hop: CloudHop = {
    kind: 'managed-endpoint',
    name: `EKS ${managed.name}`,
    port: endpoint.port,
    interfaces: [],
    sees: 'client',
    access: { publicAccess, privateAccess, publicCidrs, networkCidrs },
    health: null,
  };
  // By its name where that could not be looked up: its list is the same for every address.
  const addresses = endpoint.addresses.length > 0 ? endpoint.addresses : [endpoint.host];
  return { addresses, port: endpoint.port, hops: [hop], unread };
}

/** A network load balancer that was made without security groups has none; everything else has at least one. */
function cloudInterface(state: AwsState, one: StateInterface, mayHaveNone: boolean): CloudInterface {
  return {
    id: one.id,
    addresses: one.addresses,
    subnet: one.subnet,
    groups: mayHaveNone && one.groups.length === 0 ? null : one.groups,
    acl: state.aclOf.find(({ subnet }) => subnet === one.subnet)?.of ?? null,
    table: state.tableOf.find(({ subnet }) => subnet === one.subnet)?.of ?? state.mainTables[one.vpc] ?? null,
  };
}
