const signals = ['SIGINT', 'SIGTERM'] as const;

/** Does the work, then leaves everything as it was: once, however the work ends, also when the bench is interrupted. */
export async function leavingAfter<T>(leave: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  let left: Promise<void> | null = null;
  const leaveOnce = (): Promise<void> => {
    left ??= leave();
    return left;
  };
  const interrupted = (): void => {
    leaveOnce()
      .catch((error: unknown) => process.stderr.write(`could not tidy up: ${String(error)}\n`))
      .finally(() => process.exit(130));
  };
  for (const signal of signals) process.once(signal, interrupted);
  try {
    return await work();
  } finally {
    await leaveOnce();
    for (const signal of signals) process.off(signal, interrupted);
  }
}
