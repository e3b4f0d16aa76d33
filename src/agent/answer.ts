import type { AnyRunner } from '../checks/runners.ts';
import type { RunCommand } from '../link/client-runs.ts';
import type { Answer } from '../link/protocol.ts';

/** How the agent answers the bot's commands: by its closed list of checks, and by nothing else. */
export function answerWith(
  runners: readonly AnyRunner[],
  clock: () => number,
): (command: RunCommand, signal: AbortSignal) => Promise<Answer> {
  return async ({ check, params }, signal) => {
    const runner = runners.find((each) => each.check === check);
    if (runner === undefined) return { kind: 'refused', message: `This agent does not run the check ${check}.` };
    const startedAt = clock();
    const answer = await runner.run(params, signal);
    if (answer.kind === 'refused') return answer;
    const gatheredAt = clock();
    return { kind: 'answered', facts: answer.facts, asOfAt: answer.asOfAt, gatheredAt, tookMs: gatheredAt - startedAt };
  };
}
