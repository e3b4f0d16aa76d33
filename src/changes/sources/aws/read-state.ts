import type { ClassicBalancer } from './api/balancers.ts';
import type { Asked, Failure } from './api/failure.ts';
import type { Interface } from './api/network.ts';
import type { AwsApi } from './api/open.ts';
import { type NameRecord, nameOf } from './api/others.ts';
import type { AwsEntry } from './entry.ts';
import type { AwsState, StateBalancer, StateListener, StateTargetGroup } from './state.ts';

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
  const found = managed !== null ? nothing : await findBalancers(api, { entry, names, at, last }, told, signal);
  if (found.byLast) {
    notes.push(
      `${endpoint.host} leads to ${lookedUp.join(', ') || 'no address'}, which nothing of this account has; the way is that of the last look`,
    );
  }
  const addresses = found.byLast ? [] : lookedUp;

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

type Told = <T>(asked: Asked<T>, otherwise: T) => T;

const nothing = { balancers: [], classic: [], byLast: false } as const;

/** What was looked up; an address is its own answer. When that fails, what it was the last time. */
function addressesOf({ endpoint, answer, last }: ReadRequest): readonly string[] {
  if (!isName(endpoint.host)) return [endpoint.host];
  const known = answer?.addresses ?? last?.endpoint.addresses ?? [];
  return distinct(known);
}

function isName(host: string): boolean {
  return !host.includes(':') && !/^[\d.]+$/.test(host);
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

interface Finding {
  readonly entry: AwsEntry;
  /** The endpoint's, and what it stands for. */
  readonly names: readonly string[];
  readonly at: readonly Interface[];
  readonly last: AwsState | null;
}

interface Found {
  readonly balancers: readonly StateBalancer[];
  readonly classic: readonly ClassicBalancer[];
  /** By nothing else than what the last look found. */
  readonly byLast: boolean;
}

/** By what the configuration names; else by the interfaces that have the endpoint's addresses; else by name; else those of the last look. */
async function findBalancers(
  api: AwsApi,
  { entry, names, at, last }: Finding,
  told: Told,
  signal: AbortSignal,
): Promise<Found> {
  const arns = entry.loadBalancerArns.filter((arn) => !isClassicArn(arn));
  const classicNames = entry.loadBalancerArns.filter(isClassicArn).map((arn) => arn.split('/').at(-1) ?? '');
  if (entry.loadBalancerArns.length > 0) {
    const balancers = arns.length === 0 ? [] : told(await api.balancers.all({ arns }, signal), []);
    const classic = classicNames.length === 0 ? [] : told(await api.balancers.classic(classicNames, signal), []);
    // Of those of several clusters the one that the name leads to.
    const meant = [...balancers, ...classic].filter(({ dnsName }) => leadsTo(names, dnsName));
    const isMeant = (one: { readonly dnsName: string }) =>
      meant.length === 0 || meant.some(({ dnsName }) => dnsName === one.dnsName);
    return { balancers: balancers.filter(isMeant).map(asState), classic: classic.filter(isMeant), byLast: false };
  }
  const described = at.map(descriptionOf).filter((one) => one !== null);
  const modern = distinct(described.filter(({ isClassic }) => !isClassic).map(({ name }) => name));
  const old = distinct(described.filter(({ isClassic }) => isClassic).map(({ name }) => name));
  if (modern.length + old.length > 0) {
    return {
      balancers: modern.length === 0 ? [] : told(await api.balancers.all({ names: modern }, signal), []).map(asState),
      classic: old.length === 0 ? [] : told(await api.balancers.classic(old, signal), []),
      byLast: false,
    };
  }
  if (at.some(({ instance }) => instance !== null)) return nothing;
  if (names.some((name) => isBalancerName(name))) {
    const balancers = told(await api.balancers.all(null, signal), []).filter(({ dnsName }) => leadsTo(names, dnsName));
    if (balancers.length > 0) return { balancers: balancers.map(asState), classic: [], byLast: false };
    const classic = told(await api.balancers.classic(null, signal), []).filter(({ dnsName }) =>
      leadsTo(names, dnsName),
    );
    if (classic.length > 0) return { balancers: [], classic, byLast: false };
  }
  return findAgain(api, last, told, signal);
}

/** The name may have been pointed elsewhere, or not be there any more: then those that clients came by. */
async function findAgain(api: AwsApi, last: AwsState | null, told: Told, signal: AbortSignal): Promise<Found> {
  const known = last?.balancers ?? [];
  const arns = known.filter(({ kind }) => kind !== 'classic').map(({ id }) => id);
  const names = known.filter(({ kind }) => kind === 'classic').map(({ name }) => name);
  const gone = <T>(asked: Asked<readonly T[]>) =>
    asked.kind === 'failed' && asked.failure.kind === 'gone' ? [] : told(asked, []);
  return {
    balancers: arns.length === 0 ? [] : gone(await api.balancers.all({ arns }, signal)).map(asState),
    classic: names.length === 0 ? [] : gone(await api.balancers.classic(names, signal)),
    byLast: known.length > 0,
  };
}

function asState({
  kind,
  arn,
  name,
  dnsName,
}: {
  readonly kind: 'network' | 'application';
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
}): StateBalancer {
  return { kind, id: arn, name, dnsName };
}

/** An arn of the newer ones says its kind: `loadbalancer/net/NAME/HASH`. */
function isClassicArn(arn: string): boolean {
  return /:loadbalancer\/[^/]+$/.test(arn);
}

function isBalancerName(name: string): boolean {
  return /\.elb\.([a-z0-9-]+\.)?amazonaws\.com(\.cn)?$|\.[a-z0-9-]+\.elb\.amazonaws\.com(\.cn)?$/.test(name);
}

/** Consoles make aliases of `dualstack.` and the name. */
function leadsTo(names: readonly string[], dnsName: string): boolean {
  const own = nameOf(dnsName);
  return own !== '' && names.some((name) => name === own || name === `dualstack.${own}`);
}

/** What AWS writes at the interfaces of its load balancers: `ELB net/NAME/HASH`, `ELB app/NAME/HASH`, `ELB NAME`. */
function descriptionOf({ description }: Interface): { readonly name: string; readonly isClassic: boolean } | null {
  const [, name = '', rest] = /^ELB (?:(?:net|app)\/)?([^/\s]+)(\/.+)?$/.exec(description) ?? [];
  return name === '' ? null : { name, isClassic: rest === undefined };
}

function balancerOf(one: Interface): string | null {
  return descriptionOf(one)?.name ?? null;
}

interface Behind {
  readonly listeners: readonly StateListener[];
  readonly targetGroups: readonly StateTargetGroup[];
}

async function readBalancer(
  api: AwsApi,
  balancer: StateBalancer,
  port: number,
  told: Told,
  signal: AbortSignal,
): Promise<Behind> {
  const all = told(await api.balancers.listeners(balancer.id, signal), []);
  const listeners = all
    .filter((listener) => listener.port === port)
    .map((one) => ({
      id: one.arn,
      balancer: balancer.id,
      port,
      protocol: one.protocol,
      targetGroups: [...one.targetGroups],
    }));
  if (listeners.length === 0) return { listeners, targetGroups: [] };
  const groups = told(await api.balancers.targetGroups(balancer.id, signal), []);
  const targetGroups: StateTargetGroup[] = [];
  for (const { arn, name } of groups.filter(({ arn }) => listeners.some((one) => one.targetGroups.includes(arn)))) {
    const keepsClientAddress =
      balancer.kind === 'network' ? told(await api.balancers.keepsClientAddress(arn, signal), null) : false;
    const targets = told(await api.balancers.targets(arn, signal), []);
    targetGroups.push({ id: arn, name, keepsClientAddress, targets: targets.map((target) => ({ ...target })) });
  }
  return { listeners, targetGroups };
}

async function readClassic(
  api: AwsApi,
  balancer: ClassicBalancer,
  port: number,
  told: Told,
  signal: AbortSignal,
): Promise<Behind> {
  const own = balancer.listeners.filter((listener) => listener.port === port);
  if (own.length === 0) return { listeners: [], targetGroups: [] };
  const health = told(await api.balancers.classicHealth(balancer.name, signal), []);
  const groupOf = (instancePort: number) => `${balancer.name}:${instancePort}`;
  return {
    listeners: own.map(({ instancePort, protocol }) => ({
      id: `${balancer.name}:${port}`,
      balancer: balancer.name,
      port,
      protocol,
      targetGroups: [groupOf(instancePort)],
    })),
    targetGroups: own.map(({ instancePort }) => ({
      id: groupOf(instancePort),
      name: balancer.name,
      keepsClientAddress: false,
      targets: balancer.instances.map((id) => ({
        id,
        port: instancePort,
        health: health.find((one) => one.id === id)?.health ?? null,
      })),
    })),
  };
}

/** Their interfaces: those that were found by address tell how all of them are described. */
async function readFronts(
  api: AwsApi,
  balancers: readonly StateBalancer[],
  at: readonly Interface[],
  told: Told,
  signal: AbortSignal,
): Promise<readonly Interface[]> {
  const descriptions = balancers.map(({ kind, id, name }) => {
    const known = at.find((one) => balancerOf(one) === name);
    if (known !== undefined) return known.description;
    return kind === 'classic' ? `ELB ${name}` : `ELB ${id.split(':loadbalancer/').at(-1) ?? name}`;
  });
  return told(await api.network.interfacesOf(distinct(descriptions), signal), []);
}

type Guards = Pick<AwsState, 'groups' | 'acls' | 'aclOf' | 'tables' | 'tableOf' | 'mainTables'> & {
  readonly prefixListIds: readonly string[];
};

async function readGuards(
  api: AwsApi,
  interfaces: readonly Interface[],
  told: Told,
  signal: AbortSignal,
): Promise<Guards> {
  const names = new Map(interfaces.flatMap(({ groups }) => groups.map(({ id, name }) => [id, name] as const)));
  const subnets = distinct(interfaces.map(({ subnet }) => subnet));
  const vpcs = distinct(interfaces.map(({ vpc }) => vpc));
  const ruled = names.size === 0 ? null : await api.network.groupRules([...names.keys()].sort(), signal);
  const rules = ruled === null ? [] : told(ruled, []);
  const acls = subnets.length === 0 ? [] : told(await api.network.acls(subnets, signal), []);
  const tables = vpcs.length === 0 ? [] : told(await api.network.tables(vpcs, signal), []);
  const of = (group: string, egress: boolean) =>
    rules.filter((one) => one.group === group && one.egress === egress).map(({ rule }) => ({ ...rule }));
  // One that has no rules is in no answer; one that could not be read must be in no table.
  const readGroups = ruled?.kind === 'answer' ? [...names] : [];
  const used = tables.filter(
    ({ isMain, associations }) => isMain || associations.some(({ subnet }) => subnets.includes(subnet)),
  );
  const prefixListIds = distinct([
    ...rules.flatMap(({ rule }) => (rule.peer.kind === 'prefixList' ? rule.peer.id : [])),
    ...used.flatMap(({ routes }) =>
      routes.flatMap(({ destination }) => (destination.startsWith('pl-') ? destination : [])),
    ),
  ]);
  return {
    groups: Object.fromEntries(
      readGroups.map(([id, name]) => [id, { id, name, ingress: of(id, false), egress: of(id, true) }]),
    ),
    acls: Object.fromEntries(
      acls.map(({ id, entries }) => [id, { id, entries: entries.map((entry) => ({ ...entry })) }]),
    ),
    aclOf: acls.flatMap(({ id: of, associations }) => associations.map((one) => ({ ...one, of }))),
    tables: Object.fromEntries(
      used.map(({ id, routes }) => [id, { id, routes: routes.map((route) => ({ ...route })) }]),
    ),
    tableOf: used.flatMap(({ id: of, associations }) => associations.map((one) => ({ ...one, of }))),
    mainTables: Object.fromEntries(used.flatMap(({ isMain, vpc, id }) => (isMain ? [[vpc, id]] : []))),
    prefixListIds,
  };
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

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
