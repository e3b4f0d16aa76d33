import type { AnyRunner } from '../checks/runners.ts';
import type { Log } from '../ops/log.ts';
import type { Probe } from '../probe/probe.ts';
import type { LinkedConfig } from './config.ts';
import type { GrowingKnowledge } from './knowledge.ts';
import type { StandingOrder } from './order.ts';
import type { RecordSink } from './spool/spool.ts';

/** What an agent is by its role: the checks it runs, and what it does all the time. */
export interface AgentRole {
  readonly runners: readonly AnyRunner[];
  /** Resolves when it knows enough to answer well; maybe never. */
  readonly ready: Promise<void>;
  /** Runs until the signal aborts; rejects only when something broke that a new start may mend. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RoleInput {
  readonly config: LinkedConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly learned: GrowingKnowledge;
  readonly probe: Probe;
  /** What it sees goes here, and from here to the bot, however long that can't be reached. */
  readonly sink: RecordSink;
  readonly order: StandingOrder;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

/** Loads only what the role needs, which keeps the others small. */
export async function makeRole(input: RoleInput): Promise<AgentRole> {
  switch (input.config.role) {
    case 'cluster':
      return (await import('./roles/cluster.ts')).clusterRole(input);
    case 'node':
      return (await import('./roles/node.ts')).nodeRole(input);
    case 'vantage':
      return (await import('./roles/vantage.ts')).vantageRole(input);
  }
}
