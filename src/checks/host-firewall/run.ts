import { type AddressRange, isLoopback, parseAddress, parseRange } from '../../packet/filter/address.ts';
import { ask, type Passage } from '../../packet/filter/ask.ts';
import type { Ruleset } from '../../packet/filter/model.ts';
import { readRuleset } from '../../packet/filter/ruleset.ts';
import type { CheckRunner } from '../contract.ts';
import { type FirewallJudged, type HostFirewallFacts, type HostFirewallParams, hostFirewall } from './contract.ts';
import { type FirewallDump, type FirewallPort, type NodeNetwork, RulesReader, type RulesReading } from './port.ts';

export interface HostFirewallNeeds {
  readonly firewall: FirewallPort;
  /** Interfaces, addresses and routes of the node. */
  readonly addresses: () => Promise<NodeNetwork>;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Rule sets are large, so they are judged where they are read; only the answers travel. */
export function hostFirewallRunner(needs: HostFirewallNeeds): CheckRunner<HostFirewallParams, HostFirewallFacts> {
  return {
    contract: hostFirewall,
    async run(params, signal) {
      const [dump, network] = await Promise.all([needs.firewall.read(signal), needs.addresses()]);
      return { facts: factsOf(params, dump, network), asOfAt: needs.clock() };
    },
  };
}

/** Who is judged when nobody said where clients come from. */
const anyone = ['0.0.0.0/0', '::/0'];

/** Parts of a source that are told one by one. */
const toldParts = 12;

type Dump = Extract<FirewallDump, { kind: 'dump' }>;

function factsOf(params: HostFirewallParams, dump: FirewallDump, network: NodeNetwork): HostFirewallFacts {
  if (dump.kind === 'noReader') return { kind: 'unreadable', why: dump.why };
  const readers = RulesReader.options.map((reader) => ({ reader, ...stateOf(dump.readings[reader]) }));
  if (readers.every(({ state }) => state !== 'read')) {
    const why = readers.flatMap((reader) => (reader.state === 'failed' ? [reader.why] : []));
    return { kind: 'unreadable', why: why.join('; ') };
  }
  const ruleset = rulesetOf(dump);
  const leftOut: { what: string; why: string }[] = [];
  const addresses = addressesOf(params.addresses, network, leftOut);
  const sources =
    params.sources.length > 0
      ? rangesOf(params.sources, 'is neither an address nor a CIDR', leftOut)
      : rangesOf(anyone, '', leftOut).filter(({ range }) => addresses.some((one) => one.range.family === range.family));
  const judged: FirewallJudged[] = [];
  for (const source of sources) {
    const fitting = addresses.filter(({ range }) => range.family === source.range.family);
    if (fitting.length === 0) {
      leftOut.push({ what: source.text, why: `the node has no IPv${source.range.family} address that was asked for` });
    }
    for (const address of fitting) {
      const passages = ask({ source: source.range, address: address.range, port: params.port }, ruleset, network);
      judged.push({
        source: source.text,
        address: address.text,
        passages: passages.toSorted(worstFirst).slice(0, toldParts),
        parts: passages.length,
      });
    }
  }
  const rules = [...ruleset.chains.values()].reduce((sum, chain) => sum + chain.rules.length, 0);
  return {
    kind: 'judged',
    judged,
    leftOut,
    readers,
    rules,
    chains: ruleset.chains.size,
    unseen: unseenBy(network),
    readAt: dump.readAt,
  };
}

/** A reader that failed leaves a gap: what it would have shown may forbid what the others allow. */
function rulesetOf({ readings }: Dump): Ruleset {
  const textOf = (reading: RulesReading): string | null => (reading.kind === 'read' ? reading.text : null);
  const ruleset = readRuleset({
    nftables: textOf(readings.nftables),
    iptables: textOf(readings.iptables),
    ip6tables: textOf(readings.ip6tables),
    iptablesLegacy: textOf(readings.iptablesLegacy),
    ip6tablesLegacy: textOf(readings.ip6tablesLegacy),
  });
  const failed = Object.values(readings).flatMap((reading) => (reading.kind === 'failed' ? [reading.why] : []));
  return { ...ruleset, gaps: [...ruleset.gaps, ...failed] };
}

interface Asked {
  readonly text: string;
  readonly range: AddressRange;
}

function rangesOf(texts: readonly string[], why: string, leftOut: { what: string; why: string }[]): Asked[] {
  return [...new Set(texts)].flatMap((text) => {
    const range = parseRange(text);
    if (range === null) leftOut.push({ what: text, why });
    return range === null ? [] : [{ text, range }];
  });
}

/**
 * The asked addresses that this node has. None of them is there when clients come through a balancer or a
 * cloud's address translation: then they end at one of the node's own.
 */
function addressesOf(
  asked: readonly string[],
  network: NodeNetwork,
  leftOut: { what: string; why: string }[],
): readonly Asked[] {
  const own = network.interfaces.flatMap(({ addresses }) =>
    addresses.flatMap((cidr): Asked[] => {
      const text = cidr.split('/')[0] ?? '';
      const range = parseAddress(text);
      return range === null || isLoopback(range) || text.startsWith('fe80:') ? [] : [{ text, range }];
    }),
  );
  const wanted = rangesOf(asked, 'is not an address', leftOut);
  const here = wanted.filter(({ range }) =>
    own.some((one) => one.range.family === range.family && one.range.lo === range.lo),
  );
  return here.length > 0 ? here : own;
}

function stateOf(reading: RulesReading): { state: 'read' | 'notNeeded' | 'failed'; why: string | null } {
  return { state: reading.kind, why: reading.kind === 'read' ? null : reading.why };
}

function worstFirst(a: Passage, b: Passage): number {
  return rankOf(a) - rankOf(b);
}

const ranks = { deny: 0, unknown: 1, allow: 2 } as const;

function rankOf(passage: Passage): number {
  return Math.min(ranks[passage.in.verdict], ranks[passage.replies.verdict]);
}

/** Data planes in eBPF show themselves by the interfaces that they make. */
function unseenBy(network: NodeNetwork): string | null {
  const hint = network.devices.find((device) => /^(cilium_|lxc|bpfin\.cali|bpfout\.cali)/.test(device));
  if (hint === undefined) return null;
  const who = hint.startsWith('bpf') ? 'Calico' : hint.startsWith('cilium_') ? 'Cilium' : 'something';
  return `the interface ${hint} shows that ${who} handles packets in eBPF here, whose drops stand in no rule`;
}
