/** Milliseconds since the call, monotonic, to a tenth. */
export function startStopwatch(): () => number {
  const began = performance.now();
  return () => Math.round((performance.now() - began) * 10) / 10;
}

/** What became of something that had a deadline. */
export type Bounded<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timedOut' };

/**
 * Runs `work` for at most `ms`; the signal it gets is aborted then, and when `signal` is. Work that does not heed it
 * is left behind.
 * @throws the reason of `signal` when that is aborted
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<Bounded<T>> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const { promise: stopped, resolve: onStopped } = Promise.withResolvers<Bounded<T>>();
  stop.signal.addEventListener('abort', () => onStopped({ kind: 'timedOut' }), { once: true });
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.abort(new Error(`deadline of ${ms} ms passed`)), ms);
  const done = work(stop.signal).then(
    (value): Bounded<T> => ({ kind: 'done', value }),
    (error: unknown): Bounded<T> => (stop.signal.aborted ? { kind: 'timedOut' } : { kind: 'failed', error }),
  );
  try {
    const outcome = await Promise.race([done, stopped]);
    signal.throwIfAborted();
    return outcome;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
