/** So many at a time, the others in the order they came. */
export interface Turns {
  /** Resolves with the function that gives the turn back (call it once). Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function makeTurns(atATime: number): Turns {
  let free = atATime;
  const waiting = new Set<() => void>();

  function giveBack(): void {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  }

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        if (free > 0) {
          free -= 1;
          resolve(giveBack);
          return;
        }
        const leave = (): void => {
          waiting.delete(turn);
          reject(signal.reason);
        };
        const turn = (): void => {
          waiting.delete(turn);
          signal.removeEventListener('abort', leave);
          resolve(giveBack);
        };
        waiting.add(turn);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
