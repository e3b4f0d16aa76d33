import { parseRange } from '../../../src/packet/filter/address.ts';
import { ask, type Passage } from '../../../src/packet/filter/ask.ts';
import type { Host } from '../../../src/packet/filter/host.ts';
import { type RulesetTexts, readRuleset } from '../../../src/packet/filter/ruleset.ts';

/** A control-plane node with one network card and a pod bridge. */
export const node: Host = {
  interfaces: [
    { name: 'lo', addresses: ['127.0.0.1/8', '::1/128'] },
    { name: 'eth0', addresses: ['10.99.0.10/24', 'fd00:99::10/64'] },
    { name: 'cni0', addresses: ['10.244.0.1/24'] },
  ],
  routes: [
    { to: '0.0.0.0/0', device: 'eth0' },
    { to: '10.99.0.0/24', device: 'eth0' },
    { to: '10.244.0.0/24', device: 'cni0' },
    { to: 'fd00:99::/64', device: 'eth0' },
    { to: '::/0', device: 'eth0' },
  ],
};

export interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly port?: number;
  readonly host?: Host;
}

export function askAll(texts: Partial<RulesetTexts>, asked: Asked = {}): readonly Passage[] {
  const { from = '203.0.113.7', to = '10.99.0.10', port = 6443, host = node } = asked;
  const [source, address] = [parseRange(from), parseRange(to)];
  if (source === null || address === null) throw new TypeError(`${from} or ${to} is no address`);
  const none = { nftables: null, iptables: null, ip6tables: null, iptablesLegacy: null, ip6tablesLegacy: null };
  return ask({ source, address, port }, readRuleset({ ...none, ...texts }), host);
}

export function askOne(texts: Partial<RulesetTexts>, asked: Asked = {}): Passage {
  const [passage, ...others] = askAll(texts, asked);
  if (passage === undefined || others.length > 0) throw new Error(`${others.length + 1} parts instead of one`);
  return passage;
}

/** `allow`, or what is not: `deny in`, `unknown replies`. */
export function verdictOf(passage: Passage): string {
  for (const verdict of ['deny', 'unknown'] as const) {
    if (passage.in.verdict === verdict) return `${verdict} in`;
    if (passage.replies.verdict === verdict) return `${verdict} replies`;
  }
  return 'allow';
}
