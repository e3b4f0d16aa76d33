import { z } from 'zod';
import { speakerOf } from '../briefing/vantage-words.ts';
import { verdictLine } from '../briefing/verdict-line.ts';
import { stepsInOrder } from '../investigation/evolve.ts';
import { diagnosisOf, leadingOnset } from '../investigation/leading.ts';
import { answeringRun, type Investigation, runningRun, type StepState } from '../investigation/state.ts';
import { stepById } from '../playbook/playbook.ts';
import { ruleById } from '../playbook/rules.ts';
import { StepId } from '../playbook/step.ts';
import { CheckId } from '../words/check.ts';
import { Cause, type Diagnosis, type Hit, RuleAnswer, Standing } from '../words/diagnosis.ts';
import { type Onset, OnsetMethod, OutageScope } from '../words/onset.ts';
import { RuleId } from '../words/rule.ts';
import { Verdict } from '../words/verdict.ts';

/** ISO 8601 in UTC. */
const Time = z.string();
const Interval = z.object({ earliest: Time, latest: Time });

const OnsetSummary = z.object({
  id: z.string(),
  method: OnsetMethod,
  ...Interval.shape,
  words: z.string(),
  /** Clients that fail; empty: everyone's, or not told. */
  sources: z.array(z.string()),
  scope: OutageScope,
  /** null: it lasts, or it is not known. */
  recovery: Interval.nullable(),
});

const StepSummary = z.object({
  id: StepId,
  number: z.number().int(),
  title: z.string(),
  asks: z.string(),
  /** Is it being looked at right now? */
  running: z.boolean(),
  /** null: not answered yet. */
  verdict: Verdict.nullable(),
  reason: z.string().nullable(),
  evidence: z.array(
    z.object({
      /** The check: a step may have several. */
      check: CheckId,
      /** Where it was found; of a further check what it looked at. */
      vantage: z.string(),
      verdict: Verdict,
      reason: z.string(),
      gatheredAt: Time,
      /** How old the newest state is that it rests on. */
      asOf: Time,
    }),
  ),
  /** Who was needed and gave no answer, and why. */
  missing: z.array(z.string()),
});

const HitSummary = z.object({
  summary: z.string(),
  at: Interval,
  actor: z.string().nullable(),
  standing: Standing,
  isEffect: z.boolean(),
  side: z.enum(['before', 'during', 'after']),
  distanceSeconds: z.number(),
  onlyWidened: z.boolean(),
  reasons: z.array(z.string()),
  against: z.array(z.string()),
  link: z.string().nullable(),
});

const RuleSummary = z.object({
  id: RuleId,
  kind: z.enum(['rule', 'look']),
  title: z.string(),
  compares: z.string(),
  window: z.object({ beforeSeconds: z.number(), afterSeconds: z.number(), widened: z.boolean() }),
  answer: RuleAnswer.shape.kind,
  hits: z.array(HitSummary),
  moreHits: z.number().int(),
  unseen: z.array(z.string()),
  pendingUntil: Time.nullable(),
  justOutside: z.number().int(),
});

const CauseSummary = z.object({
  rank: z.number().int(),
  standing: Cause.shape.standing,
  title: z.string(),
  rule: RuleId.nullable(),
  at: Interval.nullable(),
  reasons: z.array(z.string()),
  against: z.array(z.string()),
});

/** What `apidown investigate --json` prints. Documented in docs/terminal.md; fields are added, never renamed. */
export const Summary = z.object({
  schema: z.literal('apidown.investigation/1'),
  id: z.string(),
  cluster: z.string(),
  endpoint: z.string().nullable(),
  openedAt: Time,
  asOf: Time,
  /** Is everything that was asked answered? Pending rules may still change. */
  complete: z.boolean(),
  verdict: z.object({ verdict: Verdict, words: z.string() }),
  /** The leading one first. */
  onsets: z.array(OnsetSummary),
  steps: z.array(StepSummary),
  /** For the leading onset; empty while none is known. */
  rules: z.array(RuleSummary),
  /** For the leading onset, best first. */
  causes: z.array(CauseSummary),
  /** For each other onset, what explains it. */
  otherCauses: z.array(z.object({ onset: z.string(), causes: z.array(CauseSummary) })),
});
export type Summary = z.infer<typeof Summary>;

/** An investigation as a terminal, or a program, is told of it. Pure. */
export function summaryOf(investigation: Investigation, nowAt: number): Summary {
  const { id, cluster, endpoint, openedAt, onsets } = investigation;
  const leads = leadingOnset(investigation);
  const diagnosis = leads === null ? null : diagnosisOf(investigation, leads.id);
  const verdict = verdictLine(investigation);
  const others = onsets.filter((onset) => onset.id !== leads?.id);
  const steps = stepsInOrder(investigation).map(stepSummary);
  return {
    schema: 'apidown.investigation/1',
    id,
    cluster,
    endpoint,
    openedAt: iso(openedAt),
    asOf: iso(nowAt),
    complete:
      steps.every(({ running, verdict: found }) => !running && found !== null) &&
      (leads === null || diagnosis !== null),
    verdict: { verdict: verdict.verdict, words: verdict.text },
    onsets: [...(leads === null ? [] : [leads]), ...others].map(onsetSummary),
    steps,
    rules: diagnosis?.answers.map(ruleSummary) ?? [],
    causes: causesOf(diagnosis),
    otherCauses: others.map((onset) => ({ onset: onset.id, causes: causesOf(diagnosisOf(investigation, onset.id)) })),
  };
}

function onsetSummary({ id, method, earliestAt, latestAt, words, sources, scope, recovery }: Onset) {
  return {
    id,
    method,
    ...interval({ earliestAt, latestAt }),
    words,
    sources,
    scope,
    recovery: recovery === null ? null : interval(recovery),
  };
}

function stepSummary(step: StepState): Summary['steps'][number] {
  const { number, title, asks } = stepById(step.id);
  const run = answeringRun(step);
  return {
    id: step.id,
    number,
    title,
    asks,
    running: runningRun(step) !== null,
    verdict: run?.verdict ?? null,
    reason: run?.reason ?? null,
    evidence: (run?.evidence ?? []).map(({ check, vantage, verdict, reason, gatheredAt, asOfAt }) => ({
      check,
      vantage: speakerOf(step.id, { check, vantage }),
      verdict,
      reason,
      gatheredAt: iso(gatheredAt),
      asOf: iso(asOfAt),
    })),
    missing: [...(run?.missing ?? [])],
  };
}

function ruleSummary(answer: RuleAnswer): Summary['rules'][number] {
  const { id, kind, title, compares, narrow, widened } = ruleById(answer.rule);
  const window = answer.widened ? widened : narrow;
  return {
    id,
    kind,
    title,
    compares,
    window: { beforeSeconds: window.beforeMs / 1000, afterSeconds: window.afterMs / 1000, widened: answer.widened },
    answer: answer.kind,
    hits: answer.hits.map(hitSummary),
    moreHits: answer.moreHits,
    unseen: answer.unseen,
    pendingUntil: answer.pendingUntilAt === null ? null : iso(answer.pendingUntilAt),
    justOutside: answer.justOutside,
  };
}

function hitSummary({ change, standing, isEffect, side, distanceMs, onlyWidened, reasons, against }: Hit) {
  const { summary, actor, link } = change;
  const distanceSeconds = distanceMs / 1000;
  return {
    summary,
    at: interval(change),
    actor,
    standing,
    isEffect,
    side,
    distanceSeconds,
    onlyWidened,
    reasons,
    against,
    link,
  };
}

function causesOf(diagnosis: Diagnosis | null): Summary['causes'] {
  return (diagnosis?.causes ?? []).map(({ standing, title, rule, at, reasons, against }, index) => ({
    rank: index + 1,
    standing,
    title,
    rule,
    at: at === null ? null : interval(at),
    reasons,
    against,
  }));
}

function interval({ earliestAt, latestAt }: { readonly earliestAt: number; readonly latestAt: number }) {
  return { earliest: iso(earliestAt), latest: iso(latestAt) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
