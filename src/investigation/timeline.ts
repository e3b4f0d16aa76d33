import { besideOf } from '../playbook/asked.ts';
import { stepById } from '../playbook/playbook.ts';
import { ruleById } from '../playbook/rules.ts';
import type { StepId } from '../playbook/step.ts';
import type { Diagnosis } from '../words/diagnosis.ts';
import { vantageName } from '../words/vantage.ts';
import type { InvestigationEvent } from './events.ts';
import type { TimelineEntry } from './state.ts';

/** One event in words. Pure. */
export function timelineEntry(event: InvestigationEvent): TimelineEntry {
  return { at: event.at, by: event.by, text: words(event) };
}

function words(event: InvestigationEvent): string {
  switch (event.kind) {
    case 'opened':
      return `opened for ${event.cluster}${event.endpoint === null ? '' : `, endpoint ${event.endpoint}`}`;
    case 'run-started':
      return `${stepName(event.step)}: ${event.run === 1 ? 'started' : `run ${event.run} started`}`;
    case 'vantage-asked':
      return `${stepName(event.step)}: asked ${askedWords(event)}`;
    case 'evidence-gathered':
      return `${stepName(event.step)}: ${speakerWords(event)}: ${event.evidence.reason}`;
    case 'run-finished':
      return `${stepName(event.step)}: ${event.verdict}: ${event.reason}`;
    case 'run-interrupted':
      return `${stepName(event.step)}: run ${event.run} interrupted`;
    case 'moved':
      return event.to === null ? 'went past the last step' : `went to ${stepName(event.to)}`;
    case 'skipped':
      return `${stepName(event.step)}: skipped`;
    case 'recorded':
      return `${stepName(event.step)}: recorded by hand as ${event.verdict}`;
    case 'endpoint-set':
      return `endpoint set to ${event.url}`;
    case 'brought':
      return 'asked for it';
    case 'onset-found':
      return `onset: ${event.onset.words}`;
    case 'widened':
      return `widened: ${event.rules.map((rule) => ruleById(rule).title).join(', ')}`;
    case 'diagnosed':
      return diagnosedWords(event.diagnosis);
    case 'picture-asked':
      return 'asked for the picture';
    case 'concluded':
      return ['concluded', event.cause?.title ?? '', event.summary].filter((part) => part !== '').join(': ');
    case 'issue-asked':
      return 'asked for an issue with the postmortem';
    case 'issue-opened':
      return `issue ${event.name} opened`;
    case 'issue-failed':
      return `the issue could not be opened: ${event.why}`;
    default:
      return event satisfies never;
  }
}

function diagnosedWords({ causes }: Diagnosis): string {
  const found = causes.find(({ standing }) => standing === 'explains' || standing === 'possible');
  return found === undefined ? 'judged: no cause found' : `judged: ${found.title} (${found.standing})`;
}

type Of<Kind extends InvestigationEvent['kind']> = Extract<InvestigationEvent, { kind: Kind }>;

function askedWords({ step, check, vantage }: Of<'vantage-asked'>): string {
  const beside = check === undefined ? null : besideOf(stepById(step), check);
  return beside === null ? vantageName(vantage) : `${vantageName(vantage)} for the ${beside.words}`;
}

function speakerWords({ step, evidence: { check, vantage } }: Of<'evidence-gathered'>): string {
  return besideOf(stepById(step), check)?.words ?? vantageName(vantage);
}

function stepName(id: StepId): string {
  const step = stepById(id);
  return `step ${step.number} ${step.title}`;
}
