import { keepsRulesInNftables, readIptables } from './iptables/read.ts';
import type { Chain, Rule, Ruleset } from './model.ts';
import { type NftReading, readNftables } from './nft/read.ts';

/** What the readers of a host printed; null for one that printed nothing. */
export interface RulesetTexts {
  /** `nft -j list ruleset` */
  readonly nftables: string | null;
  /** `iptables-save` and `ip6tables-save`, whichever of the two kinds of iptables they are. */
  readonly iptables: string | null;
  readonly ip6tables: string | null;
  /** `iptables-legacy-save` and `ip6tables-legacy-save`. */
  readonly iptablesLegacy: string | null;
  readonly ip6tablesLegacy: string | null;
}

/**
 * All rules of a host, each once. Where iptables keeps its rules in nftables they show in both dumps, and
 * neither tells all: nft prints extensions without their arguments, and iptables-save leaves out what it
 * doesn't understand without a word. So nft's dump is taken, and iptables' line for rules with extensions.
 */
export function readRuleset(texts: RulesetTexts): Ruleset {
  const gaps: string[] = [];
  const chains: Chain[] = [];
  const nft = texts.nftables === null ? null : readNftSafely(texts.nftables, gaps);
  const spelledOut = new Map<string, Chain>();
  for (const [family, current, legacy] of [
    [4, texts.iptables, texts.iptablesLegacy],
    [6, texts.ip6tables, texts.ip6tablesLegacy],
  ] as const) {
    const sharesNft = current !== null && keepsRulesInNftables(current);
    if (current !== null && sharesNft) {
      const reading = readIptables(current, family, nft === null ? 'iptables' : 'nftables');
      if (nft === null) chains.push(...reading.chains);
      for (const chain of reading.chains) spelledOut.set(chain.key, chain);
    }
    // Where iptables itself is the legacy kind, both texts hold the same rules.
    const old = legacy ?? (sharesNft ? null : current);
    if (old !== null) {
      const reading = readIptables(old, family, 'iptables-legacy');
      chains.push(...reading.chains);
      gaps.push(...reading.gaps);
    }
  }
  if (nft !== null) {
    gaps.push(...nft.gaps);
    chains.push(...nft.chains.map((chain) => withExtensions(chain, spelledOut.get(chain.key))));
  }
  return { chains: new Map(chains.map((chain) => [chain.key, chain])), gaps };
}

/** Both dumps list the rules of a chain in the same order; where their numbers differ, one was changed in between. */
function withExtensions(chain: Chain, spelledOut: Chain | undefined): Chain {
  if (spelledOut === undefined || spelledOut.rules.length !== chain.rules.length) return chain;
  const rules = chain.rules.map((rule, place): Rule => {
    const line = rule.hasExtensions ? spelledOut.rules[place] : undefined;
    return line === undefined ? rule : { ...line, handle: rule.handle };
  });
  return { ...chain, rules };
}

function readNftSafely(text: string, gaps: string[]): NftReading | null {
  try {
    return readNftables(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 120) : 'unknown error';
    gaps.push(`the dump of nftables can't be read (${reason})`);
    return null;
  }
}
