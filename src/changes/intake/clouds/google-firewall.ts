import { z } from 'zod';
import type { ChangeEffect } from '../../../words/change.ts';

interface FirewallRule {
  readonly ports: readonly number[];
  readonly diff: readonly string[];
  readonly effect: ChangeEffect | null;
}

const Part = z.object({ IPProtocol: z.string(), ports: z.array(z.string()).nullish() });

/**
 * A rule as audit logs tell it, all that `insert` asked for, or what `patch` did.
 * Source: https://cloud.google.com/compute/docs/reference/rest/v1/firewalls (logs write `alloweds`, `denieds`)
 */
const Rule = z.object({
  direction: z.string().catch('INGRESS'),
  priority: z.union([z.string(), z.number()]).catch('1000'),
  disabled: z.boolean().catch(false),
  sourceRanges: z.array(z.string()).catch([]),
  alloweds: z.array(Part).catch([]),
  denieds: z.array(Part).catch([]),
});

/** Ports are told one by one; of wider ranges nothing is told, which counts as any. */
const mostPorts = 64;

/**
 * What can be said of a rule from its record alone. Which clients it shuts out can't: other rules may stand before it,
 * and which machines it is for is not in it. That a new rule shuts nobody out can be.
 */
export function readFirewallRule(request: Record<string, unknown>, isNew: boolean): FirewallRule {
  const rule = Rule.parse(request);
  const parts = [...rule.denieds, ...rule.alloweds];
  if (parts.length === 0) return { ports: [], diff: [], effect: null };
  const verb = rule.denieds.length > 0 ? 'deny' : 'allow';
  const what = parts.map(({ IPProtocol, ports }) => [IPProtocol, ...(ports ?? [])].join(' ')).join(', ');
  const from = rule.sourceRanges.length === 0 ? '' : ` from ${rule.sourceRanges.join(', ')}`;
  return {
    ports: portsOf(parts),
    diff: [`${rule.direction} ${verb} ${what}${from}, priority ${rule.priority}${rule.disabled ? ', disabled' : ''}`],
    effect: isNew ? ofNewRule(rule) : null,
  };
}

function ofNewRule({ disabled, denieds }: z.infer<typeof Rule>): ChangeEffect | null {
  const none = (words: string): ChangeEffect => ({ kind: 'judged', verdict: 'none', words });
  if (disabled) return none('The new rule is disabled, so it shuts nobody out.');
  return denieds.length === 0 ? none('The new rule only allows, so it shuts nobody out.') : null;
}

/** Of TCP, by which API servers are reached, where the rule is about TCP among others. */
function portsOf(parts: readonly z.infer<typeof Part>[]): readonly number[] {
  const tcp = parts.filter(({ IPProtocol }) => /^(tcp|6|all)$/i.test(IPProtocol));
  const about = tcp.length > 0 ? tcp : parts;
  const ports = new Set<number>();
  for (const { ports: ranges } of about) {
    if (ranges === null || ranges === undefined || ranges.length === 0) return [];
    for (const range of ranges) {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      if (!(first >= 1 && last >= first && last <= 65_535 && last - first < mostPorts)) return [];
      for (let port = first; port <= last; port++) ports.add(port);
    }
  }
  return ports.size <= mostPorts ? [...ports] : [];
}
