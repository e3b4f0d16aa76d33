/** At most so many at once; whoever comes later waits its turn. */
export interface Slots {
  /** Resolves to what gives the slot back. Rejects when the signal aborts before. */
  take(signal: AbortSignal): Promise<() => void>;
  taken(): number;
}

export function slots(most: number): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;

  function free(): void {
    const next = waiting.shift();
    // Handed on, not given back: nobody can come between.
    if (next === undefined) taken -= 1;
    else next();
  }

  return {
    taken: () => taken,
    async take(signal) {
      signal.throwIfAborted();
      if (taken < most) taken += 1;
      else await turn(signal);
      return free;
    },
  };

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push(admit);
      signal.addEventListener('abort', leave, { once: true });
      function admit(): void {
        signal.removeEventListener('abort', leave);
        resolve();
      }
      function leave(): void {
        waiting.splice(waiting.indexOf(admit), 1);
        reject(signal.reason);
      }
    });
  }
}
