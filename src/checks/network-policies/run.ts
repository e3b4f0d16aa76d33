import type { CheckRunner } from '../contract.ts';
import type { KubeState } from '../ports.ts';
import { type NetworkPoliciesFacts, type NetworkPoliciesParams, networkPolicies } from './contract.ts';
import { gatherFacts } from './gather.ts';

export interface NetworkPoliciesNeeds {
  readonly state: KubeState;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Evaluates the newest state that the agent keeps, so that it answers with the API server down. */
export function networkPoliciesRunner({
  state,
  clock,
}: NetworkPoliciesNeeds): CheckRunner<NetworkPoliciesParams, NetworkPoliciesFacts> {
  return {
    contract: networkPolicies,
    async run(params, signal) {
      signal.throwIfAborted();
      const snapshot = state.snapshot();
      const now = clock();
      const facts = gatherFacts(snapshot, params, now);
      // While every watch stands, what is held is what there is now, however long nothing has changed.
      return { facts, asOfAt: snapshot?.live === true ? now : facts.asOfAt };
    },
  };
}
