import type { CheckId } from '../words/check.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { Vantage } from '../words/vantage.ts';
import type { InvestigationEvent } from './events.ts';

/** What an investigation needs from outside; `bin` hands it in. */
export interface InvestigationStore {
  /** Appends iff the investigation has exactly `expectedSeq` events; false when somebody was faster. */
  append(id: string, expectedSeq: number, events: readonly InvestigationEvent[]): Promise<boolean>;
  /** In order, without the first `after` ones; empty when there is no such investigation. */
  events(id: string, after?: number): Promise<readonly InvestigationEvent[]>;
  /** Ids of investigations that are not concluded, newest first. */
  open(filter?: { cluster?: string; channel?: string }): Promise<readonly string[]>;
  /** Ids of those concluded at `at` (epoch ms) or later, newest first. */
  concludedSince(at: number): Promise<readonly string[]>;
}

/** What came of asking one vantage to run one check. */
export type CheckAnswer =
  | {
      readonly kind: 'answered';
      readonly facts: unknown;
      readonly asOfAt: number;
      readonly gatheredAt: number;
      readonly tookMs: number;
    }
  /** The check ran and broke, or the agent refused it; `message` says what happened and what to do. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'timedOut'; readonly afterMs: number }
  | { readonly kind: 'offline' };

/** The vantages of a cluster and the way to run checks there. */
export interface Vantages {
  /** Those connected now, the bot's own first. */
  connected(cluster: string): readonly ConnectedVantage[];
  /** Those seen before and gone now, with when they were last seen. */
  absent(cluster: string): readonly { vantage: Vantage; lastSeenAt: number }[];
  /** Resolves when this vantage is connected, false when the signal aborts first. */
  awaitConnected(cluster: string, vantage: Vantage, signal: AbortSignal): Promise<boolean>;
  run(
    cluster: string,
    vantage: Vantage,
    command: { id: string; check: CheckId; params: unknown; deadlineAt: number },
    signal: AbortSignal,
  ): Promise<CheckAnswer>;
}

export interface ConnectedVantage {
  readonly vantage: Vantage;
  readonly checks: readonly CheckId[];
}

/** What is known of a cluster, from its configuration and from what its agents learned while it was healthy. */
export interface ClusterBook {
  profile(cluster: string): Promise<ClusterProfile | null>;
}

export interface ClusterProfile {
  readonly name: string;
  readonly knowledge: ClusterKnowledge;
  /** Addresses or CIDRs that clients come from, by configuration. */
  readonly sources: readonly string[];
  /** Gateways that front the API server, by configuration. */
  readonly gateways: readonly GatewaySelector[];
}

export interface GatewaySelector {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}
