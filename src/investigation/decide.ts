import { isDeepStrictEqual } from 'node:util';
import { stepAfter } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Actor } from '../words/person.ts';
import type { WalkCommand } from './commands.ts';
import type { InvestigationEvent } from './events.ts';
import { stepsInOrder } from './evolve.ts';
import { rankedCauses } from './leading.ts';
import { type HandRecord, type Investigation, runningRun, type StepState } from './state.ts';

export type Decision =
  | { readonly kind: 'events'; readonly events: readonly InvestigationEvent[] }
  | { readonly kind: 'already'; readonly by: Actor; readonly at: number }
  | { readonly kind: 'refused'; readonly message: string };

/** Steps whose answer depends on which endpoint is asked about. */
const aboutTheEndpoint: readonly StepId[] = ['endpoint', 'inside', 'listening', 'firewall', 'network-policies'];

/**
 * What a person's command does to an investigation. Pure; a command that was carried out before
 * (a double click, a redelivery, two people at once) is `already` and changes nothing.
 */
export function decide(state: Investigation, by: Actor, at: number, command: WalkCommand): Decision {
  if (command.kind === 'open-issue') return openIssue(state, by, at);
  if (state.conclusion !== null) {
    if (command.kind === 'conclude') return { kind: 'already', by: state.conclusion.by, at: state.conclusion.at };
    return {
      kind: 'refused',
      message: `${state.id} is concluded. Open a new one with /apidown investigate ${state.cluster}.`,
    };
  }
  if ('afterRun' in command && command.afterRun > state.steps[command.step].runs.length) {
    return {
      kind: 'refused',
      message: `${state.id} has no run ${command.afterRun} of this step. Use the buttons on its card.`,
    };
  }
  switch (command.kind) {
    case 'next':
      if (state.current !== command.from) return { kind: 'already', ...state.moved };
      return events({ kind: 'moved', at, by, to: stepAfter(command.from)?.id ?? null });
    case 'skip':
      return skip(state, by, at, command.step);
    case 'go':
      if (state.current === command.to) return { kind: 'already', ...state.moved };
      return events({ kind: 'moved', at, by, to: command.to });
    case 'run-again':
      return runAgain(state.steps[command.step], by, at, command.afterRun);
    case 'record':
      return record(state.steps[command.step], by, at, command);
    case 'set-endpoint':
      if (state.endpoint === command.url) return { kind: 'already', by: state.openedBy, at: state.openedAt };
      return events(
        { kind: 'endpoint-set', at, by, url: command.url },
        ...aboutTheEndpoint.map((step) => startOf(state.steps[step], by, at)),
      );
    case 'widen':
      if (command.rules.every((rule) => state.widened.includes(rule)))
        return { kind: 'already', ...lastWidened(state) };
      return events({ kind: 'widened', at, by, rules: [...command.rules] });
    case 'tell-onset':
      if (state.onsets.some((known) => isDeepStrictEqual(known, command.onset))) {
        return { kind: 'already', by, at };
      }
      return events({ kind: 'onset-found', at, by, onset: command.onset });
    case 'draw-picture':
      if (state.onsets.length === 0) {
        return { kind: 'refused', message: 'There is nothing to draw yet: when the failure began is not known.' };
      }
      return drawPicture(state, by, at, command.afterPicture);
    case 'conclude':
      return conclude(state, by, at, command);
    default:
      return command satisfies never;
  }
}

/** By then whoever was to open the issue is done, or gone: it may be asked for again. */
export const issuePatienceMs = 60_000;

function openIssue({ id, conclusion, issue }: Investigation, by: Actor, at: number): Decision {
  if (conclusion === null) return { kind: 'refused', message: `${id} is not concluded yet: conclude it first.` };
  if (issue?.kind === 'opened') return { kind: 'already', by: issue.by, at: issue.at };
  if (issue?.kind === 'asked' && at - issue.at < issuePatienceMs)
    return { kind: 'already', by: issue.by, at: issue.at };
  return events({ kind: 'issue-asked', at, by });
}

/** The event that starts the step's next run. */
export function startOf(step: StepState, by: Actor, at: number): InvestigationEvent {
  return { kind: 'run-started', at, by, step: step.id, run: step.runs.length + 1 };
}

function events(...list: InvestigationEvent[]): Decision {
  return { kind: 'events', events: list };
}

function lastWidened(state: Investigation): { by: Actor; at: number } {
  const last = state.timeline.findLast(({ text }) => text.startsWith('widened: '));
  return last ?? state.moved;
}

function skip(state: Investigation, by: Actor, at: number, id: StepId): Decision {
  const step = state.steps[id];
  if (step.skippedBy !== null || state.current !== id) return { kind: 'already', ...state.moved };
  return events({ kind: 'skipped', at, by, step: id }, { kind: 'moved', at, by, to: stepAfter(id)?.id ?? null });
}

function drawPicture(state: Investigation, by: Actor, at: number, after = state.pictures.length): Decision {
  const newest = state.pictures.at(-1);
  if (newest !== undefined && state.pictures.length > after) return { kind: 'already', by: newest.by, at: newest.at };
  return events({ kind: 'picture-asked', at, by });
}

function runAgain(step: StepState, by: Actor, at: number, afterRun: number): Decision {
  const newest = runningRun(step) ?? (step.runs.length > afterRun ? step.runs.at(-1) : undefined);
  if (newest !== undefined) return { kind: 'already', by: newest.by, at: newest.startedAt };
  return events(startOf(step, by, at));
}

function record(step: StepState, by: Actor, at: number, command: Extract<WalkCommand, { kind: 'record' }>): Decision {
  // Only the very same words by the same person are a redelivery; anything else a person wrote is kept.
  const same = step.runs.find(
    (run) => run.run > command.afterRun && sameActor(run.by, by) && sameRecord(run.record, command.record),
  );
  if (same !== undefined) return { kind: 'already', by: same.by, at: same.startedAt };
  const { verdict } = command;
  return events({
    kind: 'recorded',
    at,
    by,
    step: step.id,
    run: step.runs.length + 1,
    verdict,
    record: command.record,
  });
}

function conclude(
  state: Investigation,
  by: Actor,
  at: number,
  { summary, cause, impact, actions }: Extract<WalkCommand, { kind: 'conclude' }>,
): Decision {
  const chosen = rankedCauses(state).find(({ key }) => key === cause);
  if (cause !== undefined && chosen === undefined) {
    return { kind: 'refused', message: 'This cause is not in the list any more: press Conclude again to see it.' };
  }
  return events(...interruptions(state, by, at), {
    kind: 'concluded',
    at,
    by,
    summary,
    ...(chosen === undefined ? {} : { cause: { key: chosen.key, title: chosen.title, standing: chosen.standing } }),
    ...(impact === undefined ? {} : { impact }),
    ...(actions === undefined ? {} : { actions: [...actions] }),
  });
}

function interruptions(state: Investigation, by: Actor, at: number): InvestigationEvent[] {
  return stepsInOrder(state).flatMap((step) =>
    step.runs
      .filter((run) => run.status === 'running')
      .map((run) => ({ kind: 'run-interrupted' as const, at, by, step: step.id, run: run.run })),
  );
}

function sameActor(a: Actor, b: Actor): boolean {
  return a.kind === 'person' && b.kind === 'person' ? a.id === b.id : a.kind === b.kind;
}

function sameRecord(a: HandRecord | null, b: HandRecord): boolean {
  return a !== null && a.command === b.command && a.output === b.output && a.note === b.note;
}
