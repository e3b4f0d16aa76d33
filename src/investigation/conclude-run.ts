import type { Step } from '../playbook/step.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { Evidence } from '../words/evidence.ts';
import { type Vantage, type VantageKind, vantageName } from '../words/vantage.ts';
import type { Verdict } from '../words/verdict.ts';

/** A vantage that was asked, or should have been, and gave no evidence. */
export interface Silence {
  readonly kind: VantageKind;
  readonly vantage: Vantage | null;
  /** Plain words: what is missing, why, and what to do. */
  readonly why: string;
}

export interface RunConclusion {
  readonly outcome: 'done' | 'failed';
  readonly verdict: Verdict;
  readonly reason: string;
  readonly missing: readonly string[];
}

/** A live look is as old as its gathering. State that is older is a memory, and can't prove that something runs now. */
const freshMs = 1_000;

/**
 * The step's verdict from all its evidence: a problem anywhere is a problem; then what could not be told;
 * `ok` only when everything that should have answered did, or, where any vantage will do, when one says so. Pure.
 */
export function concludeRun(
  step: Step,
  evidence: readonly Evidence[],
  silences: readonly Silence[],
  provider: ClusterKnowledge['provider'],
): RunConclusion {
  const answering = evidence.filter((one) => step.runsOn.includes(one.vantage.kind));
  const context = evidence.filter((one) => !step.runsOn.includes(one.vantage.kind));
  const gaps = silences.filter((silence) => step.runsOn.includes(silence.kind));
  const missing = silences.map((silence) => silence.why);

  if (answering.length === 0) {
    const managed = provider !== 'self' && provider !== 'unknown';
    if (managed && step.runsOn.every((kind) => kind === 'node')) {
      return {
        outcome: 'done',
        verdict: 'notApplicable',
        reason: `The control plane is run by the provider (${provider.toUpperCase()}): there is no node to look at. ${step.whenItCannotRun}`,
        missing: [],
      };
    }
    return { outcome: 'failed', verdict: 'unknown', reason: sentences([...missing, step.whenItCannotRun]), missing };
  }

  const counted = countedOf(step, answering);
  const incomplete = step.needs === 'every' && gaps.length > 0;
  const verdict = verdictOf(counted, step.needs, incomplete);
  const spoken = [
    ...whoSaysWhat(counted, evidence),
    ...(incomplete ? gaps.map((gap) => gap.why) : []),
    ...whoSaysWhat(context, evidence),
  ];
  return { outcome: 'done', verdict, reason: sentences(spoken), missing };
}

/** Fresh evidence where there is any; old state stands in otherwise, as what it was: a memory. */
function countedOf(step: Step, answering: readonly Evidence[]): readonly Evidence[] {
  if (step.oldState === 'holds') return answering;
  const fresh = answering.filter((one) => one.gatheredAt - one.asOfAt <= freshMs);
  if (fresh.length > 0) return fresh;
  return answering.map((one) => (one.verdict === 'ok' ? { ...one, verdict: 'unknown' as const } : one));
}

function verdictOf(counted: readonly Evidence[], needs: Step['needs'], incomplete: boolean): Verdict {
  const verdicts = new Set(counted.map((one) => one.verdict));
  if (verdicts.has('problem')) return 'problem';
  if (needs === 'any' && verdicts.has('ok')) return 'ok';
  if (verdicts.has('unknown') || incomplete) return 'unknown';
  return verdicts.has('ok') ? 'ok' : 'notApplicable';
}

const severity: readonly Verdict[] = ['problem', 'unknown', 'ok', 'notApplicable'];

function bySeverity(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.toSorted((a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict));
}

/** Those that say the same speak together. Nobody is named where all agree, or where the words name them already. */
function whoSaysWhat(some: readonly Evidence[], everyone: readonly Evidence[]): string[] {
  const groups = Map.groupBy(bySeverity(some), saidOf);
  return Array.from(groups, ([words, group]) => {
    const agreed = everyone.every(({ reason }) => reason === group[0]?.reason);
    if (agreed || group.every((one) => namesItself(one))) return words;
    return `${capital(group.map(({ vantage }) => vantageName(vantage)).join(' and '))}: ${words}`;
  });
}

/** What is a memory says of when it is. */
function saidOf({ reason, gatheredAt, asOfAt }: Evidence): string {
  if (gatheredAt - asOfAt <= freshMs || reason.startsWith('As of ')) return reason;
  return `As of ${new Date(asOfAt).toISOString().slice(11, 19)} UTC: ${reason}`;
}

function namesItself({ reason, vantage }: Evidence): boolean {
  const words = reason.split(/[^A-Za-z0-9._-]+/).map((word) => word.replace(/\.$/, ''));
  return vantage.kind !== 'outside' && words.includes(vantage.instance);
}

function sentences(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
