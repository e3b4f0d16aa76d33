import type { z } from 'zod';
import type { CheckId } from '../words/check.ts';
import type { Finding } from '../words/evidence.ts';
import type { Vantage } from '../words/vantage.ts';

/**
 * What both sides know of a check. The bot sends params, an agent answers with facts, and `judge`
 * (pure, no I/O) turns the facts into a verdict with a reason in words.
 */
export interface CheckContract<Params, Facts> {
  readonly id: CheckId;
  readonly params: z.ZodType<Params>;
  readonly facts: z.ZodType<Facts>;
  judge(input: JudgeInput<Params, Facts>): Finding;
}

export interface JudgeInput<Params, Facts> {
  readonly params: Params;
  readonly facts: Facts;
  readonly vantage: Vantage;
  /** Epoch ms on the bot's clock. */
  readonly nowAt: number;
}

/** What a run on an agent gives back. */
export interface CheckRun<Facts> {
  readonly facts: Facts;
  /** Epoch ms of the newest state the facts rest on; now, for a live look. */
  readonly asOfAt: number;
}

/** The agent's side of a check: a read-only look, bounded by the signal. */
export interface CheckRunner<Params, Facts> {
  readonly contract: CheckContract<Params, Facts>;
  run(params: Params, signal: AbortSignal): Promise<CheckRun<Facts>>;
}
