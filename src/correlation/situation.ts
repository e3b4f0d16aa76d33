import type { StepId } from '../playbook/step.ts';
import type { Change, ChangeCategory, CoverageSpan } from '../words/change.ts';
import type { Evidence } from '../words/evidence.ts';
import type { Onset, SampleSeries } from '../words/onset.ts';
import type { RuleId } from '../words/rule.ts';
import type { Verdict } from '../words/verdict.ts';

/** All that a diagnosis rests on. Times are epoch ms on the bot's clock. */
export interface Situation {
  readonly onset: Onset;
  /** Around the onset, as far as the widened windows reach. */
  readonly changes: readonly Change[];
  /** Who should have seen what, and what they did see. */
  readonly expected: readonly ExpectedSource[];
  readonly coverage: readonly CoverageSpan[];
  /** What the steps found, as far as they got; the outage's own runs first. */
  readonly steps: readonly StepFinding[];
  /** Stretches of probes without a bad one between them, near the onset. */
  readonly good: readonly GoodStretch[];
  /** Links to agents that broke near the onset: `vantageName` of each, and when its last word came. */
  readonly linksLost: readonly { readonly vantage: string; readonly at: number }[];
  /** Rules that look through their widened window. */
  readonly widened: ReadonlySet<RuleId>;
  /** What the API server is reached at: decides which changes are in scope. */
  readonly endpoint: { readonly addresses: readonly string[]; readonly port: number };
  /** Rules that this cluster can't have, with why: a managed control plane has no host firewall of ours. */
  readonly notApplicable: Readonly<Partial<Record<RuleId, string>>>;
  /** How far an agent's clock may be off from the bot's after its offset is taken away. */
  readonly clockToleranceMs: number;
  readonly nowAt: number;
}

/** A source that has to answer before a rule may say "nothing". */
export interface ExpectedSource {
  readonly source: string;
  /** The instance; null: any one of the source does. */
  readonly instance: string | null;
  readonly categories: readonly ChangeCategory[];
  /** Named for a person: `host firewall of cp-1`. */
  readonly words: string;
  /** It reports up to this much later than things happen. */
  readonly lateMs: number;
  /** Not there at all, and why: `no cloud account is configured`. null: it should answer. */
  readonly absent: string | null;
  /** Why it can't answer at present, after what is not seen of it: `the credentials have expired; renew them`. null: it does. */
  readonly trouble: string | null;
}

export interface StepFinding {
  readonly step: StepId;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
}

/** Probes that were good one after the other, from the start of the first to the start of the last. */
export interface GoodStretch {
  readonly series: SampleSeries;
  /** Addresses the probes leave by. */
  readonly leavesBy: readonly string[];
  readonly fromAt: number;
  readonly toAt: number;
}
