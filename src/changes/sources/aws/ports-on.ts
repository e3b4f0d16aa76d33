import type { PortRange } from '../../../packet/cloud/model.ts';
import type { AwsState } from './state.ts';

/** Those that are on the way, where it is about one of them; else what it is about. Empty: about every port, or none. */
export function portsOn(ranges: readonly (PortRange | null)[] | null, state: AwsState | null): number[] {
  if (ranges === null || ranges.length === 0 || ranges.includes(null)) return [];
  const told = ranges.filter((range) => range !== null);
  const ours = state === null ? [] : [...new Set([state.endpoint.port, ...targetPorts(state)])];
  const onTheWay = ours.filter((port) => told.some(({ from, to }) => from <= port && port <= to));
  // By the API's own port it is found: whatever is about a target's port is about that.
  if (onTheWay.length > 0) return [...new Set([...ours.slice(0, 1), ...onTheWay])].slice(0, 64);
  const edges = told.flatMap(({ from, to }) => [from, to]);
  // A wide range that nothing is known of may hold the API's port.
  if (state === null && told.some(({ from, to }) => to > from)) return [];
  return [...new Set(edges)].slice(0, 64);
}

function targetPorts({ targetGroups }: AwsState): readonly number[] {
  return targetGroups.flatMap(({ targets }) => targets.flatMap(({ port }) => port ?? []));
}
