import { judgeWay, type WayVerdict } from '../../../src/packet/cloud/judge-way.ts';
import type {
  AccessList,
  AclEntry,
  CloudHop,
  CloudInterface,
  CloudModel,
  CloudRoute,
  CloudWay,
  GroupPeer,
  GroupRule,
  NetworkAcl,
  RouteTable,
  SecurityGroup,
} from '../../../src/packet/cloud/model.ts';

/** A client on the internet. */
export const client = '203.0.113.7';

export function peer(text: string): GroupPeer {
  if (text.startsWith('sg-')) return { kind: 'group', id: text };
  return text.startsWith('pl-') ? { kind: 'prefixList', id: text } : { kind: 'cidr', cidr: text };
}

/** `rule('203.0.113.0/24', 6443)`; without a port: all of them. */
export function rule(
  from: string,
  port: number | [number, number] | null = null,
  given: Partial<GroupRule> = {},
): GroupRule {
  const [first, last] = Array.isArray(port) ? port : [port, port];
  return {
    id: null,
    protocol: 'tcp',
    ports: first === null || last === null ? null : { from: first, to: last },
    peer: peer(from),
    ...given,
  };
}

const everything = [rule('0.0.0.0/0', null, { protocol: '-1' }), rule('::/0', null, { protocol: '-1' })];

export function group(
  id: string,
  ingress: readonly GroupRule[],
  egress: readonly GroupRule[] = everything,
): SecurityGroup {
  return { id, name: id.replace('sg-', ''), ingress, egress };
}

export function entry(
  number: number,
  action: 'allow' | 'deny',
  cidr: string,
  given: Partial<Omit<AclEntry, 'number' | 'action' | 'cidr'>> = {},
): AclEntry {
  return { number, action, cidr, egress: false, protocol: '6', ports: null, ...given };
}

export const out = { egress: true } as const;

/** What a cloud makes: everything in and out. */
export function openAcl(id: string, ...more: readonly AclEntry[]): NetworkAcl {
  const all = ['0.0.0.0/0', '::/0'].flatMap((cidr, place) =>
    [false, true].flatMap((egress) => [
      entry(100 + place, 'allow', cidr, { egress, protocol: '-1' }),
      entry(32767 + place, 'deny', cidr, { egress, protocol: '-1' }),
    ]),
  );
  return { id, entries: [...more, ...all] };
}

export function route(destination: string, target: string, state: CloudRoute['state'] = 'active'): CloudRoute {
  return { destination, target, state };
}

const local = [route('10.0.0.0/16', 'local'), route('2001:db8:0:100::/56', 'local')];

export function table(id: string, ...routes: readonly CloudRoute[]): RouteTable {
  return { id, routes: [...local, ...routes] };
}

export function face(id: string, given: Partial<CloudInterface> = {}): CloudInterface {
  return {
    id,
    addresses: ['10.0.1.5'],
    subnet: 'subnet-lb',
    groups: ['sg-lb'],
    acl: 'acl-lb',
    table: 'rtb-lb',
    ...given,
  };
}

export function balancer(given: Partial<CloudHop> = {}): CloudHop {
  return {
    kind: 'load-balancer',
    name: 'nlb api-prod',
    port: 443,
    interfaces: [face('eni-lb')],
    sees: 'client',
    access: null,
    health: null,
    ...given,
  };
}

export function nodeFace(given: Partial<CloudInterface> = {}): CloudInterface {
  return face('eni-node', {
    addresses: ['10.0.2.5'],
    subnet: 'subnet-node',
    groups: ['sg-node'],
    acl: 'acl-node',
    table: 'rtb-node',
    ...given,
  });
}

export function node(given: Partial<CloudHop> = {}): CloudHop {
  return {
    kind: 'node',
    name: 'cp-1 (i-0abc)',
    port: 6443,
    interfaces: [nodeFace()],
    sees: 'hop before',
    access: null,
    health: 'healthy',
    ...given,
  };
}

export function endpoint(given: Partial<AccessList> | null = {}, hop: Partial<CloudHop> = {}): CloudHop {
  return {
    kind: 'managed-endpoint',
    name: 'EKS prod',
    port: 443,
    interfaces: [],
    sees: 'client',
    access:
      given === null
        ? null
        : {
            publicAccess: true,
            privateAccess: false,
            publicCidrs: ['0.0.0.0/0'],
            networkCidrs: ['10.0.0.0/16'],
            ...given,
          },
    health: null,
    ...hop,
  };
}

export function way(hops: readonly CloudHop[] = [balancer(), node()], given: Partial<CloudWay> = {}): CloudWay {
  return { addresses: ['198.51.100.10'], port: hops[0]?.port ?? 443, hops, unread: [], ...given };
}

interface Tables {
  readonly groups: readonly SecurityGroup[];
  readonly acls: readonly NetworkAcl[];
  readonly tables: readonly RouteTable[];
  readonly prefixLists: Readonly<Record<string, readonly string[]>>;
}

/** Everything is let through, unless something else is given in its place. */
export function model(given: Partial<Tables> = {}): CloudModel {
  const groups = [group('sg-lb', [rule('0.0.0.0/0', 443), rule('::/0', 443)]), group('sg-node', [rule('sg-lb', 6443)])];
  const acls = [openAcl('acl-lb'), openAcl('acl-node')];
  const tables = [
    table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('::/0', 'igw-1')),
    table('rtb-node', route('0.0.0.0/0', 'nat-1')),
  ];
  return {
    ways: [],
    groups: byId([...groups, ...(given.groups ?? [])]),
    acls: byId([...acls, ...(given.acls ?? [])]),
    tables: byId([...tables, ...(given.tables ?? [])]),
    prefixLists: given.prefixLists ?? {},
    readAt: 0,
  };
}

export function without(whole: CloudModel, ...ids: readonly string[]): CloudModel {
  const kept = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => !ids.includes(id)));
  const { groups, acls, tables, prefixLists } = whole;
  return { ...whole, groups: kept(groups), acls: kept(acls), tables: kept(tables), prefixLists: kept(prefixLists) };
}

export function judged(
  given: CloudModel,
  hops?: readonly CloudHop[],
  from = client,
  more: Partial<CloudWay> = {},
): WayVerdict {
  return judgeWay(given, way(hops, more), from);
}

/** `deny: group in at cp-1 (i-0abc):6443` */
export function outcome({ verdict, decides }: WayVerdict): string {
  return decides === null ? verdict : `${verdict}: ${decides.what} at ${decides.at}`;
}

function byId<T extends { readonly id: string }>(all: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(all.map((one) => [one.id, one]));
}
