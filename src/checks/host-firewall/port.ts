import { z } from 'zod';
import type { Host } from '../../packet/filter/host.ts';

/** What came of one reader of the host's rules. */
export const RulesReading = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('read'), text: z.string() }),
  /** There is nothing for it to read, or another reader reads the same; `why` says which. */
  z.object({ kind: z.literal('notNeeded'), why: z.string() }),
  /** It could not read rules that may be there; `why` says what happened and what to do. */
  z.object({ kind: z.literal('failed'), why: z.string() }),
]);
export type RulesReading = z.infer<typeof RulesReading>;

/** Names of the readers: `nft -j list ruleset`, and `iptables-save` with its three relatives. */
export const RulesReader = z.enum(['nftables', 'iptables', 'ip6tables', 'iptablesLegacy', 'ip6tablesLegacy']);
export type RulesReader = z.infer<typeof RulesReader>;

/** The rules of the host as its own programs print them. */
export const FirewallDump = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('dump'),
    readings: z.object({
      nftables: RulesReading,
      iptables: RulesReading,
      ip6tables: RulesReading,
      iptablesLegacy: RulesReading,
      ip6tablesLegacy: RulesReading,
    }),
    /** Epoch ms on the node's clock. */
    readAt: z.number(),
  }),
  /** Nobody there who may read the rules; `why` says what to do. */
  z.object({ kind: z.literal('noReader'), why: z.string() }),
]);
export type FirewallDump = z.infer<typeof FirewallDump>;

/** Reads the host's rules. Needs `NET_ADMIN` as uid 0, so it may live in a container of its own. */
export interface FirewallPort {
  /** Never rejects for a reader that failed: that stands in the dump. */
  read(signal: AbortSignal): Promise<FirewallDump>;
}

/** What the rules may ask of the node's network, read without any privilege. */
export interface NodeNetwork extends Host {
  /** Names of all interfaces, those without addresses too. */
  readonly devices: readonly string[];
}
