import { besideOf, decides } from '../playbook/asked.ts';
import type { Step } from '../playbook/step.ts';
import type { CheckId } from '../words/check.ts';
import { type ClusterKnowledge, isManaged } from '../words/endpoint.ts';
import type { Evidence } from '../words/evidence.ts';
import { type Vantage, type VantageKind, vantageName } from '../words/vantage.ts';
import type { Verdict } from '../words/verdict.ts';

/** A vantage that was asked, or should have been, and gave no evidence. */
export interface Silence {
  readonly kind: VantageKind;
  readonly vantage: Vantage | null;
  readonly check: CheckId;
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
  // Of a provider's control plane no node is missed.
  const nodeless = isManaged(provider) && step.runsOn.every((kind) => kind === 'node');
  const missed = nodeless ? silences.filter(({ check }) => besideOf(step, check) !== null) : silences;
  const gaps = missed.filter(({ check, kind }) => decides(step, check, kind));
  const answering = evidence.filter(({ check, vantage }) => decides(step, check, vantage.kind));
  const context = evidence.filter((one) => !answering.includes(one));
  const untold = missed.filter(({ check }) => besideOf(step, check)?.counts === false).map(({ why }) => why);
  const missing = missed.map(({ why }) => why).filter((why) => !untold.includes(why));
  const noNode = `The control plane is run by the provider (${provider.toUpperCase()}): there is no node to look at.`;

  // That a further check has nothing to say of this cluster is no answer to the step.
  if (answering.every(({ check, verdict }) => verdict === 'notApplicable' && besideOf(step, check) !== null)) {
    if (nodeless && gaps.length === 0) {
      const told = answering.map(({ reason }) => reason);
      return {
        outcome: 'done',
        verdict: 'notApplicable',
        reason: sentences([noNode, ...told, step.whenItCannotRun]),
        missing: [],
      };
    }
    return { outcome: 'failed', verdict: 'unknown', reason: sentences([...missing, step.whenItCannotRun]), missing };
  }

  const counted = countedOf(step, answering);
  const incomplete = step.needs === 'every' && gaps.length > 0;
  const verdict = verdictOf(counted, step.needs, incomplete);
  const everyone = evidence.filter(({ check }) => besideOf(step, check) === null);
  const spoken = [
    ...alongTheWay(step, counted, everyone),
    ...(incomplete ? gaps.map((gap) => gap.why) : []),
    ...whoSaysWhat(step, context.filter(hasSomethingToTell(step)), everyone),
    ...untold,
  ];
  return { outcome: 'done', verdict, reason: sentences(spoken), missing };
}

/** What was only asked beside the step, and knows nothing of this cluster, is no matter of its reason. */
function hasSomethingToTell(step: Step): (one: Evidence) => boolean {
  return ({ check, verdict }) => verdict !== 'notApplicable' || besideOf(step, check) === null;
}

/** Of each check fresh evidence where there is any; old state stands in otherwise, as what it was: a memory. */
function countedOf(step: Step, answering: readonly Evidence[]): readonly Evidence[] {
  if (step.oldState === 'holds') return answering;
  return [...Map.groupBy(answering, ({ check }) => check).values()].flatMap((alike) => {
    const fresh = alike.filter((one) => one.gatheredAt - one.asOfAt <= freshMs);
    if (fresh.length > 0) return fresh;
    return alike.map((one) => (one.verdict === 'ok' ? { ...one, verdict: 'unknown' as const } : one));
  });
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

/**
 * Who followed the clients' way speaks first, and what was found farther along goes on from there: one line from the
 * clients to the API server. What lies behind a denial is told for itself.
 */
function alongTheWay(step: Step, counted: readonly Evidence[], everyone: readonly Evidence[]): string[] {
  const first = counted.find(({ way }) => way !== undefined);
  if (first?.way === undefined) return whoSaysWhat(step, counted, everyone);
  const rest = whoSaysWhat(
    step,
    counted.filter((one) => one !== first),
    everyone,
  );
  const said = saidOf(first);
  if (first.verdict === 'problem' || rest.length === 0) return [said, ...rest];
  const end = said.indexOf(first.way) + first.way.length;
  return [`${said.slice(0, end)} → ${uncapital(sentences(rest))}`, said.slice(end).replace(/^\.\s*/, '')];
}

/** Those that say the same speak together. Nobody is named where all agree, or where the words name them already. */
function whoSaysWhat(step: Step, some: readonly Evidence[], everyone: readonly Evidence[]): string[] {
  const groups = Map.groupBy(bySeverity(some), saidOf);
  return Array.from(groups, ([words, group]) => {
    const agreed = everyone.every(({ reason }) => reason === group[0]?.reason);
    if (agreed || group.every((one) => besideOf(step, one.check) !== null || namesItself(one))) return words;
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

function uncapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
