import type { Cluster } from '../../../checks/network-policies/cluster.ts';
import { podPeer } from '../../../checks/network-policies/cluster.ts';
import { clientFlows, clientsOf } from '../../../checks/network-policies/flows.ts';
import type { Gateway } from '../../../checks/network-policies/gateways.ts';
import type { Ruling } from '../../../checks/network-policies/ruling.ts';
import { formatAddress } from '../../../packet/filter/address.ts';
import { overlap, type Range, readRange } from '../../../packet/network-policy/ranges.ts';
import type { RangePassage } from '../../../words/change.ts';

/** A range of client addresses, and what becomes of them at a gateway. */
interface Passage {
  readonly range: Range;
  readonly told: RangePassage;
}

/**
 * What the policies of a cluster make of clients at a gateway, for every address there is, in ranges that are treated
 * alike. `alike`: whose policies may make a difference; both sides of a comparison are cut into the same ranges by it.
 */
export function passagesOf(
  cluster: Cluster,
  gateway: Gateway,
  clients: readonly string[],
  alike: readonly Cluster[],
): RangePassage[] {
  const passages = pieces(gateway, clients, alike).map((range): Passage => {
    const first = formatAddress(range.family, range.first);
    const [flow] = clientFlows(cluster, gateway, [first]);
    const told = {
      first,
      last: formatAddress(range.family, range.last),
      to: gateway.example.addresses[0] ?? gateway.example.name,
      verdict: flow === undefined ? 'unknown' : verdictOf(flow.ruling),
      rule: flow === undefined ? null : ruleOf(flow.ruling),
    } as const;
    return { range, told };
  });
  return joined(passages).map(({ told }) => told);
}

/** Both tell the same of every address, by whichever rules. */
export function sameAnswer(before: readonly RangePassage[], after: readonly RangePassage[]): boolean {
  const turns = (passages: readonly RangePassage[]) =>
    passages
      .filter(({ to, verdict }, place) => to !== passages[place - 1]?.to || verdict !== passages[place - 1]?.verdict)
      .map(({ first, to, verdict }) => `${to} ${first} ${verdict}`);
  return turns(before).join() === turns(after).join();
}

/** `breaks`: each of these clients was let through, and none is now; `mends`: the other way round. */
export function turned(
  before: readonly RangePassage[],
  after: readonly RangePassage[],
  clients: readonly Range[],
): 'breaks' | 'mends' | null {
  const all = (passages: readonly RangePassage[], verdict: RangePassage['verdict']) => {
    const met = passages.filter((one) => clients.some((client) => overlap(client, rangeOf(one))));
    return met.length > 0 && met.every((one) => one.verdict === verdict);
  };
  if (all(before, 'allow') && all(after, 'deny')) return 'breaks';
  return all(before, 'deny') && all(after, 'allow') ? 'mends' : null;
}

/** The clients that are configured, or else everybody who speaks an address family of the gateway. */
export function everyClient(clients: readonly string[], gateway: Gateway): Range[] {
  return clientsOf(podPeer(gateway.example), [...clients]).flatMap((client) => readRange(client) ?? []);
}

/** The address space of the gateway's families, cut wherever any policy or the configuration draws a line. */
function pieces(gateway: Gateway, clients: readonly string[], clusters: readonly Cluster[]): Range[] {
  const lines = [
    ...clients.flatMap((client) => readRange(client) ?? []),
    ...clusters.flatMap(({ policies }) =>
      policies
        .isolation(gateway.example, 'ingress')
        .policies.flatMap(({ ingress }) =>
          (ingress ?? []).flatMap(({ peers }) =>
            (peers ?? []).flatMap((peer) => (peer.kind === 'block' ? peer.ranges : [])),
          ),
        ),
    ),
  ];
  return everyClient([], gateway).flatMap((whole) => {
    const starts = new Set([whole.first]);
    for (const { family, first, last } of lines) {
      if (family !== whole.family) continue;
      starts.add(first);
      if (last < whole.last) starts.add(last + 1n);
    }
    const sorted = [...starts].sort((a, b) => (a < b ? -1 : 1));
    return sorted.map((first, place) => ({
      family: whole.family,
      first,
      last: (sorted[place + 1] ?? whole.last + 1n) - 1n,
    }));
  });
}

/** Neighbours that are treated alike, by the same policies, are one range. */
function joined(passages: readonly Passage[]): Passage[] {
  const wider: Passage[] = [];
  for (const one of passages) {
    const before = wider.at(-1);
    if (
      before !== undefined &&
      before.range.family === one.range.family &&
      before.told.verdict === one.told.verdict &&
      before.told.rule === one.told.rule
    ) {
      wider[wider.length - 1] = {
        range: { ...before.range, last: one.range.last },
        told: { ...before.told, last: one.told.last },
      };
    } else wider.push(one);
  }
  return wider;
}

function verdictOf({ passage }: Ruling): RangePassage['verdict'] {
  if (passage === 'allowed') return 'allow';
  return passage === 'denied' ? 'deny' : 'unknown';
}

const MOST_NAMED = 5;

function ruleOf({ policies, passage }: Ruling): string | null {
  if (policies.length === 0) return null;
  const names = policies.slice(0, MOST_NAMED).map(({ namespace, name }) => `${namespace}/${name}`);
  const more = policies.length > MOST_NAMED ? ' and others' : '';
  return `${passage === 'denied' ? 'no rule allows it: ' : ''}NetworkPolicy ${names.join(', ')}${more}`.slice(0, 500);
}

function rangeOf({ first, last }: RangePassage): Range {
  const [from, to] = [readRange(first), readRange(last)];
  if (from === null || to === null) throw new TypeError(`"${first}" to "${last}" is no range of addresses`);
  return { family: from.family, first: from.first, last: to.last };
}
