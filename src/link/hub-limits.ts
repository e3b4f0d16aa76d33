/** What the hub allows, so that no agent and no stranger can exhaust it or starve another agent. */
export interface HubLimits {
  /** Connections at once, proven or not. */
  readonly connections: number;
  /** A connection that has not proven its key by then is closed. */
  readonly proveWithinMs: number;
  /** Checks at once on one agent; the others wait their turn within their own deadline. */
  readonly checksPerAgent: number;
  /** How long a check waits for an agent that was lost while it ran; it is then delivered again. */
  readonly returnWithinMs: number;
  /** Pause between two beats: how soon a revoked key, a changed address or a drifting clock is noticed. */
  readonly beatEveryMs: number;
  /** A dead connection is noticed after at most `pingEveryMs + pingTimeoutMs`. */
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
}

export const HUB_LIMITS: HubLimits = {
  connections: 1_000,
  proveWithinMs: 5_000,
  checksPerAgent: 8,
  returnWithinMs: 5_000,
  beatEveryMs: 10_000,
  pingEveryMs: 5_000,
  pingTimeoutMs: 10_000,
};
