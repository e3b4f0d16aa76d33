import type { AnyRunner } from '../checks/runners.ts';
import type { CheckAnswer } from '../investigation/ports.ts';
import type { CheckId } from '../words/check.ts';

/** Runs a check in this process, as an agent would. Rejects only with the signal's reason. */
export async function runHere(
  runners: readonly AnyRunner[],
  { check, params, deadlineAt }: { readonly check: CheckId; readonly params: unknown; readonly deadlineAt: number },
  clock: () => number,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const runner = runners.find((one) => one.check === check);
  if (runner === undefined) return { kind: 'failed', message: `the check ${check} is not run from here` };
  const startedAt = clock();
  const deadline = AbortSignal.timeout(Math.max(1, deadlineAt - startedAt));
  try {
    const answer = await runner.run(params, AbortSignal.any([signal, deadline]));
    if (answer.kind === 'refused') return { kind: 'failed', message: answer.message };
    const gatheredAt = clock();
    return {
      kind: 'answered',
      facts: answer.facts,
      asOfAt: answer.asOfAt,
      gatheredAt,
      tookMs: gatheredAt - startedAt,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { kind: 'timedOut', afterMs: deadlineAt - startedAt };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
