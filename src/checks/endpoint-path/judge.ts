import type { Detail, Finding } from '../../words/evidence.ts';
import type { JudgeInput } from '../contract.ts';
import type { HostResolution } from '../endpoint/contract.ts';
import type { EndpointPathFacts, EndpointPathParams } from './contract.ts';
import type { PathHop, PathWay } from './way.ts';

/** A path that is known is told; it says nothing of whether clients get along it. */
export function judgeEndpointPath({ params, facts }: JudgeInput<EndpointPathParams, EndpointPathFacts>): Finding {
  const { ways, troubles } = facts;
  const start = startWords(params, facts.resolution);
  const lines = linesOf(ways).map((hops) => `${start} → ${hops}`);
  const details: Detail[] = [
    ...(lines.length === 0 ? [] : [{ label: 'Path', value: lines.join('\n') }]),
    ...ways.flatMap((way) => way.unread.map((words) => ({ label: `${way.by}, not read`, value: words }))),
    ...eachOnce(ways.flatMap(({ hops }) => hops.flatMap(hopDetails))),
    ...troubles.map((value) => ({ label: 'Not read', value })),
  ];
  const untold = troubles.length === 0 ? '' : ` Not all of it could be read: ${troubles[0]}.`;
  const [first, ...others] = lines;
  if (first !== undefined) {
    const more = others.length + facts.moreWays;
    const beside = more === 0 ? '' : `, and ${more} other ${more === 1 ? 'way' : 'ways'} under Details`;
    return { verdict: 'ok', reason: `The way in: ${first}${beside}.${untold}`, details };
  }
  if (troubles.length > 0) {
    return {
      verdict: 'unknown',
      reason: `What stands before the API server could not be read: ${troubles[0]}.`,
      details,
    };
  }
  const elsewhere =
    facts.elsewhere === 0
      ? ''
      : ` ${facts.elsewhere === 1 ? 'One way is' : `${facts.elsewhere} ways are`} known, by other addresses.`;
  return {
    verdict: 'notApplicable',
    reason: `Of what stands before ${start} nothing is known to a cloud or a load balancer that is read.${elsewhere}`,
    details,
  };
}

/** From the name over its aliases to its addresses: `api.example.com → lb.example.net → 203.0.113.10`. */
function startWords({ entry }: EndpointPathParams, resolution: HostResolution | null): string {
  if (entry === null) return 'the endpoint (not known)';
  const aliases = (resolution?.dns?.records ?? []).filter(({ type }) => type === 'CNAME').map(({ value }) => value);
  const addresses = resolution?.addresses ?? entry.addresses;
  if (addresses.length === 1 && addresses[0] === entry.host) return entry.host;
  const found = addresses.length === 0 ? 'no address' : listed(addresses);
  return [entry.host, ...aliases, found].join(' → ');
}

/** Nodes at the end of a way are the targets of what stands before them; ways that differ in these alone are one line. */
function linesOf(ways: readonly PathWay[]): readonly string[] {
  const split = ways.map(({ by, hops }) => {
    const end = hops.findLastIndex(({ kind }) => kind !== 'node') + 1;
    return { by, before: hops.slice(0, end).map(hopWords), targets: hops.slice(end).map(hopWords) };
  });
  const groups = Map.groupBy(split, ({ by, before }) => JSON.stringify([by, before]));
  return [...groups.values()].map((alike) => {
    const targets = [...new Set(alike.flatMap((one) => one.targets))];
    return [...(alike[0]?.before ?? []), ...(targets.length === 0 ? [] : [listed(targets)])].join(' → ');
  });
}

function hopWords({ name, port, health }: PathHop): string {
  return `${name}:${port}${health === null ? '' : ` (${health})`}`;
}

function hopDetails(hop: PathHop): Detail[] {
  return hop.parts.map(({ label, value }) => ({ label: `${hop.name}, ${label}`, value }));
}

function eachOnce(details: readonly Detail[]): readonly Detail[] {
  return [...new Map(details.map((detail) => [JSON.stringify(detail), detail])).values()];
}

const mostListed = 5;

function listed(words: readonly string[]): string {
  const more = words.length - mostListed;
  return `${words.slice(0, mostListed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
