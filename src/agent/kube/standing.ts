import type { KubeAnswer } from './client.ts';

/** How far what is held can be trusted. */
export interface Standing {
  /** Was there ever a complete list? */
  readonly listed: boolean;
  /** Is the stream open now, or between two in order? */
  readonly connected: boolean;
  /** Is it known that the stream which is open took up where the one before it ended? */
  readonly settled: boolean;
  /** Epoch ms of the last list, event or bookmark; 0 before the first. */
  readonly provenAt: number;
  /** Epoch ms of the last sign of life that the server gave while the stream was settled; 0 before the first. */
  readonly confirmedAt: number;
  /** Since when nothing that happened can have been missed: the last list; 0 before the first. */
  readonly completeFromAt: number;
  /** Why there is no stream; null when there is one. */
  readonly trouble: Exclude<KubeAnswer, { kind: 'ok' }> | null;
}

export const NEVER_LISTED: Standing = {
  listed: false,
  connected: false,
  settled: false,
  provenAt: 0,
  confirmedAt: 0,
  completeFromAt: 0,
  trouble: null,
};

/** A stream whose other end has vanished is noticed by the kernel within this; until then it looks open. */
const UNNOTICED_MS = 20_000;

/** Not there (404), or not allowed (403): no failure of the API server, and nothing that soon passes. */
export function isRefused(standing: Standing): boolean {
  return standing.trouble?.kind === 'refused' && [403, 404].includes(standing.trouble.status);
}

/** Up to when what is held is known to be what the server held. */
export function asOf({ provenAt, confirmedAt }: Standing): number {
  return Math.max(provenAt, confirmedAt);
}

/** The same for a stream that was found broken: until its end is noticed it looks open, and says nothing. */
export function lastSureAt({ provenAt, confirmedAt }: Standing): number {
  return Math.max(provenAt, confirmedAt - UNNOTICED_MS);
}
