import type { Rules } from '../../../src/agent/firewall/without-counters.ts';

const notNeeded = { kind: 'notNeeded', why: 'the kernel holds no table of legacy iptables' } as const;
const empty = { kind: 'read', text: '' } as const;

/** A dump with nothing but what is given. */
export function dumpOf(readings: Partial<Rules['readings']> = {}, readAt = 1): Rules {
  return {
    kind: 'dump',
    readings: {
      nftables: { kind: 'read', text: '{"nftables": []}' },
      iptables: empty,
      ip6tables: empty,
      iptablesLegacy: notNeeded,
      ip6tablesLegacy: notNeeded,
      ...readings,
    },
    readAt,
  };
}

/** As `nft -j list ruleset` prints it. */
export function nftDump(...items: readonly object[]): Rules {
  return dumpOf({ nftables: { kind: 'read', text: JSON.stringify({ nftables: items }) } });
}
