import { z } from 'zod';
import { CheckId } from './check.ts';
import { Vantage } from './vantage.ts';
import { Verdict } from './verdict.ts';

/** One line of the folded part of an evidence: plain text, not yet escaped for any medium. */
export const Detail = z.object({ label: z.string(), value: z.string() });
export type Detail = z.infer<typeof Detail>;

/** What a judge makes of a check's facts. */
export const Finding = z.object({
  verdict: Verdict,
  /** One or two sentences in plain words; names what, where and why. Not escaped. */
  reason: z.string(),
  details: z.array(Detail),
  /**
   * Of a look that follows the clients' way: its way in one line, with which the reason begins, so that what was found
   * farther along can be told on: `203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed`.
   */
  way: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What one check found from one vantage, judged. */
export const Evidence = z.object({
  check: CheckId,
  vantage: Vantage,
  verdict: Verdict,
  reason: z.string(),
  details: z.array(Detail),
  way: Finding.shape.way,
  /** The check's typed facts (`checks/<id>/contract.ts`), kept as they came; null when the check could not run. */
  facts: z.unknown(),
  /** Epoch ms on the bot's clock: when the facts were gathered. */
  gatheredAt: z.number(),
  tookMs: z.number(),
  /** Epoch ms: how old the newest state is that the facts rest on; equals `gatheredAt` for a live look. */
  asOfAt: z.number(),
});
export type Evidence = z.infer<typeof Evidence>;
