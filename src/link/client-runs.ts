import type { Log } from '../ops/log.ts';
import { orAborted } from '../ops/or-aborted.ts';
import type { CheckId } from '../words/check.ts';
import { deadline } from './deadline.ts';
import { type Answer, PAYLOAD_BYTES } from './protocol.ts';
import { makeTurns } from './turns.ts';

/** A command as the agent runs it. */
export interface RunCommand {
  readonly id: string;
  readonly check: CheckId;
  /** As the bot sent them; the check's contract validates them. */
  readonly params: unknown;
  /** Epoch ms on the agent's own clock. The signal aborts then. */
  readonly deadlineAt: number;
}

export interface RunOptions {
  readonly checks: readonly CheckId[];
  run(command: RunCommand, signal: AbortSignal): Promise<Answer>;
  /** Checks at once; the others wait their turn within their own deadline. */
  readonly atOnce: number;
  readonly clock: () => number;
  readonly log: Log;
}

export interface Runs {
  /** The same id is the same run: while it runs and after it was answered, its one answer is given again. Never rejects. */
  take(command: Omit<RunCommand, 'check'> & { check: string }): Promise<Answer>;
  /** Aborts what runs. */
  close(): void;
}

/** After its deadline nobody asks for an answer again; this much longer covers clocks that disagree. */
const REMEMBER_MS = 60_000;

export function makeRuns({ checks, run, atOnce, clock, log }: RunOptions): Runs {
  const turns = makeTurns(atOnce);
  const closing = new AbortController();
  const known = new Map<string, { readonly answer: Promise<Answer>; readonly forgetAt: number }>();

  async function start(command: RunCommand): Promise<Answer> {
    const budgetMs = command.deadlineAt - clock();
    const late: Answer = { kind: 'timedOut', afterMs: Math.max(0, Math.round(budgetMs)) };
    if (budgetMs <= 0) return late;
    const until = deadline(budgetMs, closing.signal);
    try {
      const giveBack = await turns.take(until.signal);
      try {
        // A check that does not heed its signal must not hold its turn for ever.
        return sendable(await orAborted(run(command, until.signal), until.signal), command.check);
      } finally {
        giveBack();
      }
    } catch (error) {
      if (until.passed()) return late;
      if (closing.signal.aborted) return { kind: 'failed', message: 'The agent was stopped while the check ran.' };
      log.error({ error, check: command.check, id: command.id }, 'A check broke');
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', message: `The check ${command.check} broke: ${why}`.slice(0, 4_000) };
    } finally {
      until.clear();
    }
  }

  return {
    take(command) {
      const now = clock();
      for (const [id, { forgetAt }] of known) {
        if (forgetAt < now) known.delete(id);
      }
      const before = known.get(command.id);
      if (before !== undefined) return before.answer;
      const check = checks.find((one) => one === command.check);
      if (check === undefined) {
        return Promise.resolve({ kind: 'refused', message: `This agent does not run the check ${command.check}.` });
      }
      const answer = start({ ...command, check });
      known.set(command.id, { answer, forgetAt: command.deadlineAt + REMEMBER_MS });
      return answer;
    },
    close: () => closing.abort(new Error('The agent stops.')),
  };
}

/** Through JSON once: what can't be sent, or is too large to be, must not break the link. */
function sendable(answer: Answer, check: CheckId): Answer {
  const text = JSON.stringify(answer);
  const bytes = Buffer.byteLength(text);
  if (bytes > PAYLOAD_BYTES) {
    return {
      kind: 'failed',
      message: `The answer of the check ${check} is too large to be sent: ${bytes} bytes, at most ${PAYLOAD_BYTES}.`,
    };
  }
  return JSON.parse(text);
}
