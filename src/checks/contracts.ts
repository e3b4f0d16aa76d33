import type { CheckId } from '../words/check.ts';
import type { Finding } from '../words/evidence.ts';
import type { Vantage } from '../words/vantage.ts';
import { cloudFirewall } from './cloud-firewall/contract.ts';
import type { CheckContract } from './contract.ts';
import { controlPlanePods } from './control-plane-pods/contract.ts';
import { endpoint } from './endpoint/contract.ts';
import { endpointPath } from './endpoint-path/contract.ts';
import { hostFirewall } from './host-firewall/contract.ts';
import { listening } from './listening/contract.ts';
import { networkPolicies } from './network-policies/contract.ts';
import { reachability } from './reachability/contract.ts';

/** A finding, or why there can be none: what came is not what the check's contract says. */
export type Judged = Finding | { readonly kind: 'malformed'; readonly message: string };

/** A contract with its types behind it. */
export interface AnyContract {
  readonly id: CheckId;
  judge(params: unknown, facts: unknown, vantage: Vantage, nowAt: number): Judged;
}

/** The bot's side of the registry of checks. */
export const contracts: Readonly<Record<CheckId, AnyContract>> = {
  endpoint: anyContract(endpoint),
  'endpoint-path': anyContract(endpointPath),
  reachability: anyContract(reachability),
  listening: anyContract(listening),
  'host-firewall': anyContract(hostFirewall),
  'cloud-firewall': anyContract(cloudFirewall),
  'network-policies': anyContract(networkPolicies),
  'control-plane-pods': anyContract(controlPlanePods),
};

/** Validates the facts by the check's contract, then judges them. Pure. `nowAt`: epoch ms on the bot's clock. */
export function judgeFacts(check: CheckId, params: unknown, facts: unknown, vantage: Vantage, nowAt: number): Judged {
  return contracts[check].judge(params, facts, vantage, nowAt);
}

function anyContract<Params, Facts>(contract: CheckContract<Params, Facts>): AnyContract {
  return {
    id: contract.id,
    judge(params, facts, vantage, nowAt) {
      const asked = contract.params.safeParse(params);
      if (!asked.success) return malformed(`The params of the check ${contract.id}`, asked.error.issues);
      const answered = contract.facts.safeParse(facts);
      if (!answered.success) return malformed(`The facts of the check ${contract.id}`, answered.error.issues);
      return contract.judge({ params: asked.data, facts: answered.data, vantage, nowAt });
    },
  };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function malformed(what: string, issues: readonly Issue[]): Judged {
  const where = issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'as a whole'}: ${message}`);
  const more = issues.length > 3 ? ` and ${issues.length - 3} more` : '';
  return {
    kind: 'malformed',
    message: `${what} have an unexpected form (${where.join('; ')}${more}). Are bot and agent of one version?`,
  };
}
