import type { Asked, Failure } from './api/failure.ts';
import type { Interface } from './api/network-shapes.ts';
import type { AwsApi } from './api/open.ts';
import { type NameRecord, nameOf } from './api/others.ts';
import type { AwsEntry } from './entry.ts';
import { balancerOf, findBalancers, foundNone } from './find-balancers.ts';
import { readBalancer, readClassic, readFronts } from './read-behind.ts';
import { readGuards } from './read-guards.ts';
import type { AwsState, StateBalancer, StateListener, StateTargetGroup } from './state.ts';
import { distinct, type Told } from './told.ts';

export interface ReadRequest {
  readonly entry: AwsEntry;
  /** Where clients connect. */
  readonly endpoint: { readonly host: string; readonly port: number };
  /** What its name is looked up to; null: that failed. */
  readonly answer: NameAnswer | null;
  /** What was on the way when it was read last: what can't be found by name any more is looked for there. */
  readonly last: AwsState | null;
  readonly nowAt: number;
}

export interface NameAnswer {
  readonly addresses: readonly string[];
  /** Names on the way to the addresses (CNAME). */
  readonly names: readonly string[];
}

export interface ReadState {
  readonly state: AwsState;
  /** Of those things that could not be read; each stands in `state.unread` as well. */
  readonly failures: readonly Failure[];
}

/**
 * Reads everything between clients and the API server: from what the endpoint's name leads to, over load balancer,
 * listener, target group and targets, to network interfaces, their groups, ACLs and route tables. What is refused or
 * fails is named and left out, and what hangs on it is unknown.
 */
export async function readState(api: AwsApi, request: ReadRequest, signal: AbortSignal): Promise<ReadState> {
  const { entry, endpoint, last } = request;
  const failures: Failure[] = [];
  const unread: string[] = [];
  const told = <T>(asked: Asked<T>, otherwise: T): T => {
    if (asked.kind === 'answer') return asked.value;
    failures.push(asked.failure);
    if (!unread.includes(asked.failure.words)) unread.push(asked.failure.words);
    return otherwise;
  };

  const managed = entry.eksCluster === null ? null : await readManaged(api, entry.eksCluster, told, signal);
  const notes: string[] = [];
  const records = await readRecords(api, request, failures, signal);
  const lookedUp = addressesOf(request);
  if (isName(endpoint.host) && request.answer === null) {
    notes.push(`${endpoint.host} could not be looked up; its addresses are those of the last look`);
  }
  const names = [
    endpoint.host,
    ...(request.answer?.names ?? []),
    ...(records ?? []).flatMap(({ values }) => values),
  ].map(nameOf);
  const at =
    managed !== null || lookedUp.length === 0 ? [] : told(await api.network.interfacesAt(lookedUp, signal), []);
  const found = managed !== null ? foundNone : await findBalancers(api, { entry, names, at, last }, told, signal);
  const listeners: StateListener[] = [];
  const targetGroups: StateTargetGroup[] = [];
  for (const balancer of found.balancers) {
    const behind = await readBalancer(api, balancer, endpoint.port, told, signal);
    listeners.push(...behind.listeners);
    targetGroups.push(...behind.targetGroups);
  }
  for (const classic of found.classic) {
    const behind = await readClassic(api, classic, endpoint.port, told, signal);
    listeners.push(...behind.listeners);
    targetGroups.push(...behind.targetGroups);
  }
  const balancers: readonly StateBalancer[] = [
    ...found.balancers,
    ...found.classic.map(({ name, dnsName }) => ({ kind: 'classic' as const, id: name, name, dnsName })),
  ];

  const fronts = balancers.length === 0 ? [] : await readFronts(api, balancers, at, told, signal);
  const targets = distinct(targetGroups.flatMap((group) => group.targets.map(({ id }) => id)));
  const direct = at.flatMap((one) => (one.instance !== null && balancerOf(one) === null ? one.instance : []));
  // Where nothing was found it may be an instance that has lost its address since.
  const before = balancers.length === 0 && direct.length === 0 ? directOf(last) : [];
  const ids = distinct([...targets.filter((id) => id.startsWith('i-')), ...direct, ...before]);
  const instances = ids.length === 0 ? [] : told(await api.network.instances(ids, signal), []);
  const targetAddresses = targets.filter((id) => !id.startsWith('i-'));
  const byAddress =
    targetAddresses.length === 0 ? [] : told(await api.network.interfacesAt(targetAddresses, signal), []);
  const owners = distinct(byAddress.flatMap(({ instance }) => instance ?? [])).filter((id) => !ids.includes(id));
  const machines = [
    ...instances,
    ...(owners.length === 0 ? [] : told(await api.network.instances(owners, signal), [])),
  ];

  const interfaces = distinctInterfaces([
    ...fronts,
    ...machines.flatMap((machine) => machine.interfaces),
    ...byAddress,
    ...at.filter((one) => balancerOf(one) === null || balancers.some(({ name }) => name === balancerOf(one))),
  ]);
  // Those of an instance that clients came by, unless it has lost them.
  const kept = before.length === 0 ? [] : (last?.endpoint.addresses ?? []).filter((one) => isHeld(one, interfaces));
  const addresses = found.byLast ? [] : kept.length > 0 ? kept : lookedUp;
  if (found.byLast || kept.length > 0) {
    notes.push(
      `${endpoint.host} leads to ${lookedUp.join(', ') || 'no address'}, which nothing of this account has; the way is that of the last look`,
    );
  }
  const guards = await readGuards(api, interfaces, told, signal);
  const prefixLists: Record<string, string[]> = {};
  for (const id of guards.prefixListIds) {
    const asked = await api.network.prefixList(id, signal);
    if (asked.kind === 'answer') prefixLists[id] = [...asked.value];
    // Whatever refers to it finds it in no table, and is unknown by that alone.
    else failures.push(asked.failure);
  }
  const { prefixListIds: _, ...tables } = guards;

  return {
    state: {
      readAt: request.nowAt,
      endpoint: { ...endpoint, addresses: [...addresses] },
      balancers: [...balancers],
      listeners,
      targetGroups,
      instances: machines.map(({ id, name, state }) => ({ id, name, state })),
      interfaces: interfaces.map((one) => ({
        id: one.id,
        addresses: [...one.addresses],
        publicAddresses: [...one.publicAddresses],
        subnet: one.subnet,
        vpc: one.vpc,
        groups: one.groups.map(({ id }) => id),
        instance: one.instance,
        balancer: balancerOf(one),
      })),
      ...tables,
      prefixLists,
      managed,
      records: records?.map((record) => ({ ...record, values: [...record.values] })) ?? null,
      unread,
      notes,
    },
    failures,
  };
}

/** What was looked up; an address is its own answer. When that fails, what it was the last time. */
function addressesOf({ endpoint, answer, last }: ReadRequest): readonly string[] {
  if (!isName(endpoint.host)) return [endpoint.host];
  const known = answer?.addresses ?? last?.endpoint.addresses ?? [];
  return distinct(known);
}

function isName(host: string): boolean {
  return !host.includes(':') && !/^[\d.]+$/.test(host);
}

function isHeld(address: string, interfaces: readonly Interface[]): boolean {
  return interfaces.some((one) => one.addresses.includes(address) || one.publicAddresses.includes(address));
}

function directOf(last: AwsState | null): readonly string[] {
  if (last === null || last.balancers.length > 0) return [];
  return last.instances.map(({ id }) => id);
}

/** Of no zone where it is an address; what can't be read hinders nothing else. */
async function readRecords(
  api: AwsApi,
  { entry, endpoint }: ReadRequest,
  failures: Failure[],
  signal: AbortSignal,
): Promise<readonly NameRecord[] | null> {
  if (!isName(endpoint.host) || entry.hostedZoneIds.length === 0) return null;
  const records: NameRecord[] = [];
  let isWhole = true;
  for (const zone of entry.hostedZoneIds) {
    const asked = await api.others.records(zone, endpoint.host, signal);
    if (asked.kind === 'answer') records.push(...asked.value);
    else {
      failures.push(asked.failure);
      isWhole = false;
    }
  }
  return isWhole ? records : null;
}

async function readManaged(api: AwsApi, name: string, told: Told, signal: AbortSignal): Promise<AwsState['managed']> {
  const cluster = told(await api.others.cluster(name, signal), null);
  if (cluster === null) return null;
  const cidrs = cluster.vpc === null ? [] : told(await api.network.cidrsOf(cluster.vpc, signal), []);
  const { version, publicAccess, privateAccess, publicCidrs } = cluster;
  return { name, version, publicAccess, privateAccess, publicCidrs: [...publicCidrs], networkCidrs: [...cidrs] };
}

function distinctInterfaces(all: readonly Interface[]): readonly Interface[] {
  const kept = new Map<string, Interface>();
  for (const one of all) {
    const known = kept.get(one.id);
    // Told as a part of an instance it has no description; told by itself it may have lost its instance.
    kept.set(
      one.id,
      known === undefined || known.description === ''
        ? { ...one, instance: one.instance ?? known?.instance ?? null }
        : known,
    );
  }
  return [...kept.values()];
}
