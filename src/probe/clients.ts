import ipaddr from 'ipaddr.js';

/**
 * The addresses under which a server at `to` sees what leaves by `leavesBy`: those of them that can get there as they
 * are. A private address that goes to a public one is replaced on the way by one that is not known here.
 */
export function seenAs(leavesBy: readonly string[], to: readonly string[]): string[] {
  const goesFar = to.some((address) => isPublic(address));
  return leavesBy.filter((address) => ipaddr.isValid(address) && (!goesFar || isPublic(address)));
}

function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && !OWN_NETWORKS.has(ipaddr.process(address).range());
}

const OWN_NETWORKS: ReadonlySet<string> = new Set([
  'private',
  'uniqueLocal',
  'loopback',
  'linkLocal',
  'carrierGradeNat',
]);
