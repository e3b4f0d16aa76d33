import { z } from 'zod';
import { StepId } from '../playbook/step.ts';
import { CheckId } from '../words/check.ts';
import { Diagnosis, Standing } from '../words/diagnosis.ts';
import { Evidence } from '../words/evidence.ts';
import { Onset } from '../words/onset.ts';
import { Actor } from '../words/person.ts';
import { RuleId } from '../words/rule.ts';
import { Vantage } from '../words/vantage.ts';
import { Verdict } from '../words/verdict.ts';

const base = { at: z.number(), by: Actor };
const Room = z.object({ channel: z.string(), thread: z.string().nullable() });

/** Everything that can happen to an investigation. State is what these add up to; the store keeps nothing else. */
export const InvestigationEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    ...base,
    id: z.string(),
    cluster: z.string(),
    endpoint: z.string().nullable(),
    room: Room.nullable(),
    /** The incident it stands for, when it was opened at the onset and waits to be asked for. */
    incident: z.string().optional(),
  }),
  z.object({ kind: z.literal('run-started'), ...base, step: StepId, run: z.number().int() }),
  z.object({
    kind: z.literal('vantage-asked'),
    ...base,
    step: StepId,
    run: z.number().int(),
    vantage: Vantage,
    /** Left out: the step's own. */
    check: CheckId.optional(),
  }),
  z.object({ kind: z.literal('evidence-gathered'), ...base, step: StepId, run: z.number().int(), evidence: Evidence }),
  z.object({
    kind: z.literal('run-finished'),
    ...base,
    step: StepId,
    run: z.number().int(),
    outcome: z.enum(['done', 'failed']),
    verdict: Verdict,
    reason: z.string(),
    missing: z.array(z.string()),
  }),
  z.object({ kind: z.literal('run-interrupted'), ...base, step: StepId, run: z.number().int() }),
  z.object({ kind: z.literal('moved'), ...base, to: StepId.nullable() }),
  z.object({ kind: z.literal('skipped'), ...base, step: StepId }),
  z.object({
    kind: z.literal('recorded'),
    ...base,
    step: StepId,
    run: z.number().int(),
    verdict: Verdict,
    record: z.object({ command: z.string(), output: z.string(), note: z.string() }),
  }),
  z.object({ kind: z.literal('endpoint-set'), ...base, url: z.string() }),
  /** One that stood by since the onset was asked for: from here on it lives in this room. */
  z.object({ kind: z.literal('brought'), ...base, room: Room }),
  /** An onset, or a better telling of one that was known (same id). */
  z.object({ kind: z.literal('onset-found'), ...base, onset: Onset }),
  z.object({ kind: z.literal('widened'), ...base, rules: z.array(RuleId) }),
  /** The newest diagnosis for its onset. */
  z.object({ kind: z.literal('diagnosed'), ...base, diagnosis: Diagnosis }),
  z.object({ kind: z.literal('picture-asked'), ...base }),
  z.object({
    kind: z.literal('concluded'),
    ...base,
    summary: z.string(),
    /** The cause of the ranked list that was chosen, as it stood there. Older conclusions have a summary alone. */
    cause: z.object({ key: z.string(), title: z.string(), standing: Standing }).optional(),
    impact: z.string().optional(),
    actions: z.array(z.string()).optional(),
  }),
  /** Somebody wants the postmortem as an issue; `by` of the two that follow is the same person. */
  z.object({ kind: z.literal('issue-asked'), ...base }),
  z.object({ kind: z.literal('issue-opened'), ...base, name: z.string(), url: z.string() }),
  z.object({ kind: z.literal('issue-failed'), ...base, why: z.string() }),
]);
export type InvestigationEvent = z.infer<typeof InvestigationEvent>;
