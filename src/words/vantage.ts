import { z } from 'zod';

/** What an agent is deployed as. */
export const Role = z.enum(['cluster', 'node', 'vantage']);
export type Role = z.infer<typeof Role>;

/** Where a probe or check runs: `outside` is the bot or a vantage agent, `pod` the cluster agent, `node` a control-plane node agent. */
export const VantageKind = z.enum(['outside', 'pod', 'node']);
export type VantageKind = z.infer<typeof VantageKind>;

/** One place that checks run from. */
export const Vantage = z.object({
  kind: VantageKind,
  /** Node name, pod name or host name; `bot` for the bot's own vantage. */
  instance: z.string().min(1).max(253),
  /** Source addresses its packets leave by, as far as it can tell. */
  leavesBy: z.array(z.string()),
});
export type Vantage = z.infer<typeof Vantage>;

export const VANTAGE_OF_ROLE = { cluster: 'pod', node: 'node', vantage: 'outside' } as const satisfies Record<
  Role,
  VantageKind
>;

/** `pod apidown-abc`, `node cp-1`, `the bot`. */
export function vantageName(vantage: Vantage): string {
  if (vantage.kind === 'outside') return vantage.instance === 'bot' ? 'the bot' : `vantage ${vantage.instance}`;
  return `${vantage.kind} ${vantage.instance}`;
}

export function sameVantage(a: Vantage, b: Vantage): boolean {
  return a.kind === b.kind && a.instance === b.instance;
}
