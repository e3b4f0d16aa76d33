export interface Changes {
  /** Something about the workspace is different now. */
  happened(): void;
  /** Called once for all changes of one turn of the event loop; returns what ends that. */
  onChange(listener: () => void): () => void;
  /**
   * Resolves with the first truthy answer of `predicate`, asked now and after every change.
   * Rejects after `timeoutMs` (10 s), or when the workspace closes.
   */
  waitFor<T>(predicate: () => T, options?: WaitOptions): Promise<Truthy<T>>;
  close(): void;
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What is waited for, in words, for the error. */
  readonly what?: string;
}

export type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  // One round of asking for many changes of one turn of the event loop.
  let scheduled = false;

  return {
    happened() {
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        for (const listener of [...listeners]) listener();
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    waitFor(predicate, { timeoutMs = 10_000, signal, what } = {}) {
      return new Promise((resolve, reject) => {
        const ended = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]);
        const name = what ?? predicate.toString();
        const timer = setTimeout(() => stop(() => reject(waited(`${timeoutMs} ms`, name))), timeoutMs);
        const aborted = () => stop(() => reject(waited('until the workspace closed or the wait was given up', name)));
        const ask = () => {
          try {
            const answer = predicate();
            if (isTruthy(answer)) stop(() => resolve(answer));
          } catch (error) {
            stop(() => reject(error));
          }
        };
        const stop = (then: () => void) => {
          clearTimeout(timer);
          listeners.delete(ask);
          ended.removeEventListener('abort', aborted);
          then();
        };
        if (ended.aborted) return aborted();
        ended.addEventListener('abort', aborted);
        listeners.add(ask);
        ask();
      });
    },
    close: () => closing.abort(),
  };
}

function isTruthy<T>(answer: T): answer is Truthy<T> {
  return Boolean(answer);
}

function waited(howLong: string, what: string): Error {
  return new Error(`The workspace was waited on ${howLong}, in vain, for: ${what}`);
}
