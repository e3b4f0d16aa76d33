import { z } from 'zod';
import { Change } from './change.ts';
import { Onset } from './onset.ts';
import { RuleId } from './rule.ts';

/** What a change is to the failure. Only `explains` and `possible` are called causes; `coincides` is listed. */
export const Standing = z.enum(['explains', 'possible', 'coincides', 'contradicted']);
export type Standing = z.infer<typeof Standing>;

/** A change that lies in a rule's window. */
export const Hit = z.object({
  change: Change,
  /** `certain`: inside the window for every instant of the onset and of the change; `possible`: for some. */
  placed: z.enum(['certain', 'possible']),
  side: z.enum(['before', 'during', 'after']),
  /** Milliseconds between the change and the onset at their nearest; 0 when they overlap. */
  distanceMs: z.number(),
  standing: Standing,
  /** An effect of the failure rather than its cause (an API server restart after the onset). */
  isEffect: z.boolean(),
  /** Why it stands where it stands, in a person's words, strongest first. */
  reasons: z.array(z.string()),
  /** What speaks against it. */
  against: z.array(z.string()),
  /** Found only by the widened window. */
  onlyWidened: z.boolean(),
});
export type Hit = z.infer<typeof Hit>;

export const RuleAnswer = z.object({
  rule: RuleId,
  kind: z.enum(['inTheWindow', 'nothing', 'nothingInWhatWasSeen', 'noData', 'pending', 'notApplicable']),
  widened: z.boolean(),
  /** Nearest to the best first; at most 50. */
  hits: z.array(Hit),
  /** How many more there are. */
  moreHits: z.number().int(),
  /** Sources, and stretches of them, that could not be seen, each in words; also beside hits. */
  unseen: z.array(z.string()),
  /** `pending`: when it can be answered at last. Epoch ms. */
  pendingUntilAt: z.number().nullable(),
  /** Changes in the widened window that the narrow one leaves out; 0 once widened. */
  justOutside: z.number().int(),
});
export type RuleAnswer = z.infer<typeof RuleAnswer>;

/** An explanation, ranked. It rests on a change, or on evidence alone (certificate expired, process hung, etcd dead, node gone). */
export const Cause = z.object({
  /** Stable while the same thing is meant: the change's id, or `evidence:…`. */
  key: z.string(),
  standing: Standing,
  /** One line: `nftables on cp-1: "tcp dport 6443 drop" added`. */
  title: z.string(),
  rule: RuleId.nullable(),
  /** Epoch ms; null: rests on evidence alone. */
  at: z.object({ earliestAt: z.number(), latestAt: z.number() }).nullable(),
  changeId: z.string().nullable(),
  reasons: z.array(z.string()),
  against: z.array(z.string()),
});
export type Cause = z.infer<typeof Cause>;

/** The playbook's diagnosis for one onset. */
export const Diagnosis = z.object({
  onset: Onset,
  /** Every rule and look, in the playbook's order. */
  answers: z.array(RuleAnswer),
  /** Best first; explains and possible are causes, the contradicted are told last. Those that merely coincide are not in it. */
  causes: z.array(Cause),
  /** Of the samples that were looked at: good probes of the failing path, in words; for the reader. */
  notes: z.array(z.string()),
});
export type Diagnosis = z.infer<typeof Diagnosis>;
