import type { PathWay } from './way.ts';

/** Something beside the clouds that knows what stands before an API server, such as a load balancer that is asked itself. */
export interface PathPort {
  /** Clusters that it stands before. */
  readonly clusters: readonly string[];
  /** What it knows now. Never rejects but for the signal's reason: what failed stands in the reading. */
  describe(cluster: string, signal: AbortSignal): Promise<PathReading>;
}

export interface PathReading {
  readonly ways: readonly PathWay[];
  /** What can't be told now, each a clause that says what happened and what to do. */
  readonly troubles: readonly string[];
}
