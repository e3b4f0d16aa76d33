import type { Probe } from '../../probe/probe.ts';
import type { ProbeTarget } from '../../words/probe.ts';
import type { VantageKind } from '../../words/vantage.ts';
import type { CheckRunner } from '../contract.ts';
import type { Learned } from '../ports.ts';
import { type ReachabilityFacts, type ReachabilityParams, reachability } from './contract.ts';
import { learnedTargets, serverNameFor, withoutRepeats } from './targets.ts';

export interface ReachabilityNeeds {
  readonly learned: Learned;
  readonly probe: Probe;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Where it runs, which decides which learned addresses mean anything; `pod` unless told. */
  readonly from?: VantageKind;
  /** What only this agent knows, such as the Service's address from its environment. */
  readonly extraTargets?: () => ProbeTarget[];
}

/** Probes everything at the same time, so that it takes as long as the slowest address. */
export function reachabilityRunner(needs: ReachabilityNeeds): CheckRunner<ReachabilityParams, ReachabilityFacts> {
  const { learned, probe, clock, from = 'pod', extraTargets = () => [] } = needs;
  return {
    contract: reachability,
    async run(params, signal) {
      const knowledge = learned.knowledge();
      const targets = withoutRepeats([...params.targets, ...learnedTargets(knowledge, from), ...extraTargets()]);
      const caPem = params.caPem === '' ? knowledge.caPem : params.caPem;
      const options = { caPem, deadlineMs: params.deadlineMs, clock };
      const results = await Promise.all(
        targets.map((target) => probe(target, { ...options, ...serverNameFor(target) }, signal)),
      );
      return { facts: { results: results.flat() }, asOfAt: clock() };
    },
  };
}
