import { answeringRun, type Investigation, type StepRun } from '../investigation/state.ts';
import { stepById, steps } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { VantageKind } from '../words/vantage.ts';
import type { Verdict } from '../words/verdict.ts';

export interface VerdictLine {
  readonly verdict: Verdict;
  /** One to three sentences. Not escaped for any medium. */
  readonly text: string;
}

/** Problems nearer to the API server's process explain those farther out, so they are told first. */
const nearestFirst: readonly StepId[] = [
  'control-plane-pods',
  'listening',
  'firewall',
  'network-policies',
  'endpoint',
  'inside',
];

/** What the steps say together, for someone who reads only one line. Pure. */
export function verdictLine(investigation: Investigation): VerdictLine {
  const runs = new Map(steps.map((step) => [step.id, answeringRun(investigation.steps[step.id])]));
  const through = steps.filter((step) => isThrough(runs.get(step.id) ?? null)).length;
  const reach = reachability(runs.get('inside') ?? null);
  const leading = nearestFirst.find(
    (id) => runs.get(id)?.verdict === 'problem' && !(id === 'inside' && reach !== null),
  );
  const waiting = through < steps.length ? `${through} of ${steps.length} steps are through.` : '';

  const said = [
    reach?.text ?? '',
    leading === undefined ? '' : `${stepById(leading).title}: ${worst(runs.get(leading) ?? null)}`,
  ];
  if (leading !== undefined || reach?.verdict === 'problem') {
    const unexplained = leading === undefined && waiting === '' ? 'The steps found nothing that explains it.' : '';
    return { verdict: 'problem', text: join([...said, unexplained, waiting]) };
  }
  const open = steps.filter((step) => {
    const verdict = runs.get(step.id)?.verdict;
    return verdict !== 'ok' && verdict !== 'notApplicable';
  });
  if (waiting !== '') return { verdict: 'unknown', text: join([...said, waiting]) };
  if (open.length > 0) {
    const names = open.map((step) => `${step.number} ${step.title}`).join(', ');
    return {
      verdict: 'unknown',
      text: join([...said, `No problem found, but it could not be told everywhere: ${names}.`]),
    };
  }
  return { verdict: reach?.verdict ?? 'ok', text: join([...said, 'No problem found in any step.']) };
}

/** What the vantage said that saw the problem: what others saw stands in the step itself. */
function worst(run: StepRun | null): string {
  return run?.evidence.find(({ verdict }) => verdict === 'problem')?.reason ?? run?.reason ?? '';
}

/** From where the API server answers, by the evidence of step 2. */
function reachability(run: StepRun | null): VerdictLine | null {
  const outside = sight(run, 'outside');
  const inside = sight(run, 'pod');
  if (outside === null && inside === null) return null;
  if (outside === 'ok') {
    return inside === 'problem'
      ? { verdict: 'problem', text: 'Reachable from outside, but not from inside the cluster.' }
      : {
          verdict: 'ok',
          text: inside === 'ok' ? 'Reachable from outside and from inside.' : 'Reachable from outside.',
        };
  }
  if (outside === 'problem') {
    const text = {
      ok: 'Not reachable from outside, while it is from inside the cluster.',
      problem: 'Not reachable, neither from outside nor from inside the cluster.',
      unknown: 'Not reachable from outside; from inside it could not be told.',
    };
    return { verdict: 'problem', text: text[inside ?? 'unknown'] };
  }
  const unseen = outside === null ? 'nobody looked from outside' : 'from outside it could not be told';
  if (inside === 'problem') return { verdict: 'problem', text: `Not reachable from inside the cluster; ${unseen}.` };
  // A success inside proves nothing for clients outside, who are the ones that fail.
  if (inside === 'ok') return { verdict: 'unknown', text: `Reachable from inside the cluster; ${unseen}.` };
  return null;
}

/** `ok` when it answers to any vantage of this kind; null when none was heard. */
function sight(run: StepRun | null, kind: VantageKind): 'ok' | 'problem' | 'unknown' | null {
  const verdicts = (run?.evidence ?? []).filter(({ vantage }) => vantage.kind === kind).map(({ verdict }) => verdict);
  if (verdicts.length === 0) return null;
  if (verdicts.includes('problem')) return 'problem';
  return verdicts.includes('ok') ? 'ok' : 'unknown';
}

function isThrough(run: StepRun | null): boolean {
  return run !== null && run.status !== 'running';
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
