import { stepById, steps } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Onset } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import type { InvestigationEvent } from './events.ts';
import { leadingCause } from './leading.ts';
import type { Conclusion, Investigation, Picture, StepRun, StepState, StepStatus } from './state.ts';
import { timelineEntry } from './timeline.ts';

type Of<Kind extends InvestigationEvent['kind']> = Extract<InvestigationEvent, { kind: Kind }>;
type Opened = Of<'opened'>;

/** What the events add up to; null before `opened`. Pure. */
export function replay(events: readonly InvestigationEvent[]): Investigation | null {
  return events.reduce<Investigation | null>(evolve, null);
}

/** @throws if an event other than `opened` comes first: the record is broken, and guessing would hide it. */
export function evolve(investigation: Investigation | null, event: InvestigationEvent): Investigation {
  if (event.kind === 'opened') return open(event);
  if (investigation === null) throw new Error(`an investigation can't begin with the event "${event.kind}"`);
  return {
    ...apply(investigation, event),
    seq: investigation.seq + 1,
    timeline: [...investigation.timeline, timelineEntry(event)],
  };
}

function open(event: Opened): Investigation {
  const waiting = (id: StepId, reached: boolean): StepState => ({
    id,
    status: 'waiting',
    runs: [],
    reached,
    skippedBy: null,
  });
  return {
    id: event.id,
    cluster: event.cluster,
    room: event.room,
    openedBy: event.by,
    openedAt: event.at,
    seq: 1,
    current: 'endpoint',
    moved: { by: event.by, at: event.at },
    steps: {
      endpoint: waiting('endpoint', true),
      inside: waiting('inside', false),
      listening: waiting('listening', false),
      firewall: waiting('firewall', false),
      'network-policies': waiting('network-policies', false),
      'control-plane-pods': waiting('control-plane-pods', false),
    },
    endpoint: event.endpoint,
    incident: event.incident ?? null,
    onsets: [],
    diagnoses: [],
    widened: [],
    causesFound: [],
    pictures: [],
    conclusion: null,
    issue: null,
    timeline: [timelineEntry(event)],
  };
}

function apply(state: Investigation, event: Exclude<InvestigationEvent, Opened>): Investigation {
  switch (event.kind) {
    case 'run-started':
      return withStep(state, event.step, (step) => ({
        ...step,
        skippedBy: null,
        runs: [...step.runs, startedRun(event)],
      }));
    case 'vantage-asked':
      return withRun(state, event, (run) => {
        const { vantage, check = stepById(event.step).check } = event;
        return { ...run, asked: [...run.asked, { vantage, check }] };
      });
    case 'evidence-gathered':
      return withRun(state, event, (run) => ({ ...run, evidence: [...run.evidence, event.evidence] }));
    case 'run-finished':
      return withRun(state, event, (run) => ({
        ...run,
        status: event.outcome,
        finishedAt: event.at,
        verdict: event.verdict,
        reason: event.reason,
        missing: event.missing,
      }));
    case 'run-interrupted':
      return withRun(state, event, (run) => ({
        ...run,
        status: 'interrupted',
        finishedAt: event.at,
        verdict: 'unknown',
        reason: 'Interrupted before it was through.',
      }));
    case 'moved':
      return {
        ...(event.to === null ? state : withStep(state, event.to, (step) => ({ ...step, reached: true }))),
        current: event.to,
        moved: { by: event.by, at: event.at },
      };
    case 'skipped':
      return withStep(state, event.step, (step) => ({ ...step, reached: true, skippedBy: event.by }));
    case 'recorded':
      return withStep(state, event.step, (step) => ({
        ...step,
        reached: true,
        skippedBy: null,
        runs: [...step.runs, recordedRun(event)],
      }));
    case 'endpoint-set':
      return { ...state, endpoint: event.url };
    case 'brought':
      return { ...state, room: event.room, openedBy: event.by };
    case 'onset-found':
      return withOnset(state, event.onset);
    case 'widened':
      return { ...state, widened: [...new Set([...state.widened, ...event.rules])] };
    case 'diagnosed':
      return diagnosed(state, event);
    case 'picture-asked':
      return withPicture(state, event.at, 'asked', event.by);
    case 'concluded':
      return withPicture({ ...state, current: null, conclusion: conclusionOf(event) }, event.at, 'concluded', event.by);
    case 'issue-asked':
      return { ...state, issue: { kind: 'asked', by: event.by, at: event.at, attempt: attemptsOf(state) + 1 } };
    case 'issue-opened':
      return { ...state, issue: { kind: 'opened', by: event.by, at: event.at, name: event.name, url: event.url } };
    case 'issue-failed':
      return {
        ...state,
        issue: { kind: 'failed', by: event.by, at: event.at, attempt: attemptsOf(state), why: event.why },
      };
    default:
      return event satisfies never;
  }
}

function attemptsOf({ issue }: Investigation): number {
  return issue === null || issue.kind === 'opened' ? 0 : issue.attempt;
}

function conclusionOf({ at, by, summary, cause, impact, actions }: Of<'concluded'>): Conclusion {
  return { at, by, cause: cause ?? null, summary, impact: impact ?? '', actions: actions ?? [] };
}

function withOnset(state: Investigation, onset: Onset): Investigation {
  const known = state.onsets.some(({ id }) => id === onset.id);
  const onsets = known ? state.onsets.map((one) => (one.id === onset.id ? onset : one)) : [...state.onsets, onset];
  return { ...state, onsets };
}

function diagnosed(before: Investigation, { at, by, diagnosis }: Of<'diagnosed'>): Investigation {
  const others = before.diagnoses.filter(({ onset }) => onset.id !== diagnosis.onset.id);
  const first = before.diagnoses.length === 0;
  const state = { ...before, diagnoses: [...others, diagnosis] };
  const leads = leadingCause(state);
  const last = state.causesFound.at(-1);
  const news = leads !== null && (leads.cause.key !== last?.cause.key || leads.cause.standing !== last.cause.standing);
  const told = news ? { ...state, causesFound: [...state.causesFound, { at, ...leads }] } : state;
  return first ? withPicture(told, at, 'first diagnosis', by) : told;
}

function withPicture(state: Investigation, at: number, why: Picture['why'], by: Actor): Investigation {
  // Without an onset there is nothing to draw around.
  if (state.onsets.length === 0) return state;
  return { ...state, pictures: [...state.pictures, { number: state.pictures.length + 1, at, why, by }] };
}

function withStep(state: Investigation, id: StepId, change: (step: StepState) => StepState): Investigation {
  const changed = change(state.steps[id]);
  return { ...state, steps: { ...state.steps, [id]: { ...changed, status: statusOf(changed) } } };
}

function withRun(
  state: Investigation,
  at: { step: StepId; run: number },
  change: (run: StepRun) => StepRun,
): Investigation {
  return withStep(state, at.step, (step) => ({
    ...step,
    runs: step.runs.map((run) => (run.run === at.run ? change(run) : run)),
  }));
}

function statusOf(step: StepState): StepStatus {
  if (step.skippedBy !== null) return 'skipped';
  const newest = step.runs.at(-1);
  if (newest === undefined) return 'waiting';
  return newest.status === 'interrupted' ? 'failed' : newest.status;
}

function startedRun(event: Extract<InvestigationEvent, { kind: 'run-started' }>): StepRun {
  return {
    run: event.run,
    status: 'running',
    by: event.by,
    startedAt: event.at,
    finishedAt: null,
    asked: [],
    evidence: [],
    missing: [],
    verdict: null,
    reason: null,
    record: null,
  };
}

/** What a reason begins with that a person gave. */
export const byHand = 'Recorded by hand: ';

function recordedRun(event: Extract<InvestigationEvent, { kind: 'recorded' }>): StepRun {
  const { note, output } = event.record;
  const said = note.trim() || output.trim().split('\n', 1)[0] || 'no note';
  return {
    run: event.run,
    status: 'recorded',
    by: event.by,
    startedAt: event.at,
    finishedAt: event.at,
    asked: [],
    evidence: [],
    missing: [],
    verdict: event.verdict,
    reason: byHand + said,
    record: event.record,
  };
}

/** In the playbook's order. */
export function stepsInOrder(investigation: Investigation): readonly StepState[] {
  return steps.map((step) => investigation.steps[step.id]);
}
