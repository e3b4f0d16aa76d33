import { balancerName, listenersOf, modelOf, targetGroupsOf } from './model-of.ts';
import { type AwsState, mayServe } from './state.ts';

/** The way from a client to the API server, a line for each address and target, that a person can follow from left to right. */
export function pathOf(state: AwsState): readonly string[] {
  const { host, port } = state.endpoint;
  const lines = modelOf(state).ways.flatMap(({ hops }) => {
    const [first, ...nodes] = hops;
    if (first === undefined) return [];
    const before = [hostWords(state), hopWords(state, first), ...behindWords(state, first)];
    if (nodes.length === 0) return [before.join(' → ')];
    return nodes.map((node) => [...before, hopWords(state, node)].join(' → '));
  });
  const unread = [...state.unread, ...state.notes].map((words) => `not sure: ${words}`);
  if (lines.length > 0) return [...new Set(lines), ...unread];
  const balancers = state.balancers.map(balancerName).join(', ');
  const nothing =
    balancers === '' ? 'nothing of AWS was found on the way' : `${balancers}, with nothing behind port ${port}`;
  return [`${host} → ${nothing}`, ...unread];
}

type Hop = ReturnType<typeof modelOf>['ways'][number]['hops'][number];

function hostWords({ endpoint: { host, addresses }, records }: AwsState): string {
  const alias = records?.find(({ ttl }) => ttl === null)?.values[0];
  const by = addresses.filter((address) => address !== host);
  const told = [...(alias === undefined ? [] : [`Route 53: ${alias}`]), ...(by.length === 0 ? [] : [by.join(', ')])];
  return told.length === 0 ? host : `${host} (${told.join('; ')})`;
}

function hopWords(state: AwsState, { kind, name, port, interfaces, access, health }: Hop): string {
  switch (kind) {
    case 'load-balancer': {
      const guards = guardWords(state, interfaces);
      const subnets = distinct(interfaces.map(({ subnet }) => subnet));
      return `${name}${subnets.length === 0 ? '' : ` (${subnets.join(', ')})`}:${port}${guards}`;
    }
    case 'node': {
      const [address] = interfaces.flatMap(({ addresses }) => addresses);
      return `${name}${address === undefined || name === address ? '' : ` ${address}`}:${port}${healthWords(health)}${guardWords(state, interfaces)}`;
    }
    case 'managed-endpoint': {
      const open = access?.publicAccess ? `public for ${access.publicCidrs.join(', ') || 'nobody'}` : 'not public';
      return `${name}:${port}, ${open}, ${access?.privateAccess ? 'private too' : 'not private'}`;
    }
    default:
      return kind satisfies never;
  }
}

function healthWords(health: string | null): string {
  return health === null || health === 'healthy' ? '' : ` (${health})`;
}

/** Target groups stand between a balancer and its nodes. */
function behindWords(state: AwsState, { kind }: Hop): readonly string[] {
  if (kind !== 'load-balancer') return [];
  return listenersOf(state).flatMap(({ listener }) =>
    targetGroupsOf(state, listener).map(
      ({ name, targets }) => `target group ${name} (${targets.filter(mayServe).length} of ${targets.length} healthy)`,
    ),
  );
}

function guardWords({ groups }: AwsState, interfaces: Hop['interfaces']): string {
  const ids = distinct(interfaces.flatMap((one) => one.groups ?? []));
  const named = ids.map((id) => (groups[id] === undefined ? id : `${id} (${groups[id].name})`));
  const acls = distinct(interfaces.flatMap(({ acl }) => acl ?? []));
  return [
    named.length === 0 ? '' : `, security groups ${named.join(', ')}`,
    acls.length === 0 ? '' : `, network ACL ${acls.join(', ')}`,
  ].join('');
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
