/** Where a part learns the time; handed in, so that a test can decide what time it is. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
