import type {
  CloudHop,
  CloudInterface,
  CloudModel,
  CloudWay,
  GroupRule,
  PortRange,
} from '../../../src/packet/cloud/model.ts';

/**
 * Sends single IPv4 packets through a model, the simplest way that can be: everything that can't be known is tried in
 * every possible way, and what came of it is collected. Knows nothing of ranges, doubts or parts.
 */
export function outcomes(model: CloudModel, way: CloudWay, client: string, to: string): ReadonlySet<boolean> {
  const found = new Set<boolean>();
  explore((choose) => {
    found.add(connects(model, way, client, to, choose));
  });
  return found;
}

/** One of so many, the same each time that the same is asked. */
type Choose = (what: string, ...options: readonly number[]) => number;

function connects(model: CloudModel, way: CloudWay, client: string, to: string, choose: Choose): boolean {
  const [first, ...rest] = way.hops;
  if (first === undefined) throw new RangeError('no hops');
  const entry = pick(first, to, choose);
  const clientPort = choose('port of the client', ...ports(model));
  const isPublic = isOnTheInternet(client);
  const isOver = isPublic && isOnTheInternet(to);
  const routed = routeOf(model, entry.face, client);
  const leads = routed === null || routed.state === 'blackhole' ? 'nowhere' : (routed.target.split('-')[0] ?? '');
  const isInside = leads === 'local' && !isOver;
  const person = {
    address: client,
    isNear: isInside && choose('the client is in the subnet', 0, 1) === 1,
    carries: (group: string) =>
      (isInside || (!isOver && ['tgw', 'pcx', 'vpce'].includes(leads))) &&
      choose(`the client carries ${group}`, 0, 1) === 1,
  };
  if (!arrives(model, entry, person, person.isNear)) return false;
  if (!person.isNear && !aclPasses(model, entry.face, true, client, clientPort)) return false;
  if (leads === 'nowhere') return false;
  if (isOver && leads === 'nat') return false;
  if (isOver && ['tgw', 'pcx', 'vgw'].includes(leads) && choose('replies by another gateway', 0, 1) === 0) return false;
  if (leads === 'vpce' && choose('the device lets it pass', 0, 1) === 0) return false;
  if (!isOver && (leads === 'nat' || (leads === 'igw' && !isPublic)) && choose('it comes as it is', 0, 1) === 0)
    return false;

  if (rest.length === 0) return true;
  const healthy = rest.filter(({ health }) => health === 'healthy');
  const target = pick(oneOf(healthy, choose), null, choose);
  const sees =
    target.hop.sees === 'unknown'
      ? choose('what the target sees', 0, 1) === 1
        ? 'client'
        : 'hop before'
      : target.hop.sees;
  const isSame = entry.face.subnet === target.face.subnet;
  const isKept = sees === 'client';
  const isAclAsked = isSame ? isKept && choose('an ACL within a subnet', 0, 1) === 1 : true;
  const [own, theirs] = [entry.face.addresses[0] ?? '', target.face.addresses[0] ?? ''];
  const port = isKept ? clientPort : choose('port of the balancer', ...ports(model));

  const sender = { address: theirs, carries: (group: string) => (target.face.groups ?? []).includes(group) };
  if (!groupsPass(model, entry.face.groups, 'egress', sender, target.hop.port)) return false;
  if (isAclAsked && !aclPasses(model, entry.face, true, theirs, target.hop.port)) return false;
  if (!isSame && !isRouted(model, entry.face, theirs)) return false;

  const source = {
    address: isKept ? client : own,
    carries: (group: string) => (entry.face.groups ?? []).includes(group) || (isKept && person.carries(group)),
  };
  const isExempt =
    !isAclAsked || (isKept && isInside && choose('the client is in the subnet of the target', 0, 1) === 1);
  if (!arrives(model, target, source, isExempt)) return false;
  if (!isExempt && !aclPasses(model, target.face, true, source.address, port)) return false;
  if (!isKept && !isSame && !isRouted(model, target.face, own)) return false;
  return !isAclAsked || aclPasses(model, entry.face, false, theirs, port);
}

interface Place {
  readonly hop: CloudHop;
  readonly face: CloudInterface;
}

interface Other {
  readonly address: string;
  readonly carries: (group: string) => boolean;
}

function pick(hop: CloudHop, to: string | null, choose: Choose): Place {
  const meant = hop.interfaces.filter(({ addresses }) => to !== null && addresses.includes(to));
  const among = meant.length > 0 ? meant : hop.interfaces;
  const face = among[choose(`interface of ${hop.name}`, ...among.keys())];
  if (face === undefined) throw new RangeError('no interface');
  return { hop, face };
}

function oneOf(hops: readonly CloudHop[], choose: Choose): CloudHop {
  const hop = hops[choose('target', ...hops.keys())];
  if (hop === undefined) throw new RangeError('no healthy target');
  return hop;
}

function arrives(model: CloudModel, { hop, face }: Place, source: Other, isExempt: boolean): boolean {
  if (!isExempt && !aclPasses(model, face, false, source.address, hop.port)) return false;
  return groupsPass(model, face.groups, 'ingress', source, hop.port);
}

function groupsPass(
  model: CloudModel,
  groups: readonly string[] | null,
  direction: 'ingress' | 'egress',
  other: Other,
  port: number,
): boolean {
  if (groups === null) return true;
  return groups.some((id) => model.groups[id]?.[direction].some((rule) => ruleFits(model, rule, other, port)) ?? false);
}

function ruleFits(model: CloudModel, { protocol, ports, peer }: GroupRule, other: Other, port: number): boolean {
  if (!fits(protocol, ports, port)) return false;
  if (peer.kind === 'cidr') return holds(peer.cidr, other.address);
  if (peer.kind === 'group') return other.carries(peer.id);
  return (model.prefixLists[peer.id] ?? []).some((cidr) => holds(cidr, other.address));
}

function aclPasses(
  model: CloudModel,
  { acl }: CloudInterface,
  egress: boolean,
  address: string,
  port: number,
): boolean {
  const entries = [...(model.acls[acl ?? '']?.entries ?? [])].sort((a, b) => a.number - b.number);
  const first = entries.find(
    (entry) => entry.egress === egress && fits(entry.protocol, entry.ports, port) && holds(entry.cidr, address),
  );
  return first?.action === 'allow';
}

function routeOf(model: CloudModel, { table }: CloudInterface, address: string) {
  const fitting = (model.tables[table ?? '']?.routes ?? []).flatMap((route) => {
    const isList = route.destination.startsWith('pl-');
    const cidrs = isList ? (model.prefixLists[route.destination] ?? []) : [route.destination];
    return cidrs
      .filter((cidr) => holds(cidr, address))
      .map((cidr) => ({ route, isList, length: Number(cidr.split('/')[1]) }));
  });
  const isLocal = fitting.some(({ route }) => route.target === 'local');
  const eligible = fitting.filter(({ isList }) => !(isLocal && isList));
  eligible.sort((a, b) => b.length - a.length || Number(a.isList) - Number(b.isList));
  return eligible[0]?.route ?? null;
}

function isRouted(model: CloudModel, face: CloudInterface, address: string): boolean {
  return routeOf(model, face, address)?.target === 'local';
}

function fits(protocol: string, range: PortRange | null, port: number): boolean {
  if (protocol === '-1') return true;
  if (protocol !== '6' && protocol !== 'tcp') return false;
  return range === null || (port >= range.from && port <= range.to);
}

/** Of the addresses that tests ask for. */
function isOnTheInternet(address: string): boolean {
  return /^(192\.0\.2|198\.51\.100|203\.0\.113)\./.test(address);
}

export function holds(cidr: string, address: string): boolean {
  if (cidr.includes(':')) return false;
  const [base = '', length = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

export function number(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** A port between any two that an entry tells apart. */
function ports({ acls }: CloudModel): readonly number[] {
  const edges = Object.values(acls).flatMap(({ entries }) =>
    entries.flatMap(({ ports }) => (ports === null ? [] : [ports.from - 1, ports.from, ports.to, ports.to + 1])),
  );
  return [...new Set([1024, ...edges, 65535])].filter((port) => port >= 1024 && port <= 65535);
}

/** Runs it once for every combination of choices. */
function explore(run: (choose: Choose) => void): void {
  const path: { at: number; of: number }[] = [];
  do {
    const made = new Map<string, number>();
    let depth = 0;
    run((what, ...options) => {
      const known = made.get(what);
      if (known !== undefined) return known;
      const step = path[depth] ?? { at: 0, of: options.length };
      path[depth] = step;
      depth += 1;
      const option = options[step.at];
      if (option === undefined) throw new RangeError(`nothing to choose from for ${what}`);
      made.set(what, option);
      return option;
    });
    while (path.length > 0) {
      const last = path[path.length - 1];
      if (last !== undefined && last.at + 1 < last.of) {
        last.at += 1;
        break;
      }
      path.pop();
    }
  } while (path.length > 0);
}
