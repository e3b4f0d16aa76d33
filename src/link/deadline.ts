/** Aborts when `signal` does or when `ms` have passed, whichever is first; `clear` when the wait is over. */
export function deadline(ms: number, signal: AbortSignal): { signal: AbortSignal; passed(): boolean; clear(): void } {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(
    () => {
      passed = true;
      controller.abort(new Error(`The deadline of ${Math.round(ms)} ms has passed.`));
    },
    Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
  );
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}

/** A longer `setTimeout` fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
