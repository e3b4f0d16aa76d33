import { stepsInOrder } from '../investigation/evolve.ts';
import { diagnosisOf, leadingOnset, rankedCauses } from '../investigation/leading.ts';
import { answeringRun, type Conclusion, type Investigation, type StepRun } from '../investigation/state.ts';
import { stepById } from '../playbook/playbook.ts';
import { ruleById } from '../playbook/rules.ts';
import type { Cause, Diagnosis, Hit, RuleAnswer } from '../words/diagnosis.ts';
import type { Onset } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import { standingMarks } from './cause-words.ts';
import { briefDiagnosis, type RuleBrief } from './diagnosis.ts';
import { type Mark, stepMark } from './marks.ts';
import { foundWords, scopeWords } from './onset-words.ts';
import { pictureFile } from './picture/timeline-picture.ts';
import { firstSentence } from './step-row.ts';
import { duration } from './time.ts';
import { verdictLine } from './verdict-line.ts';
import { windowWords } from './window-words.ts';

/** All that a postmortem tells, in words that are not escaped for any medium. Times are epoch ms. */
export interface Postmortem {
  readonly id: string;
  readonly cluster: string;
  readonly endpoint: string | null;
  readonly openedAt: number;
  readonly openedBy: Actor;
  /** null: it is still looked into. */
  readonly conclusion: Conclusion | null;
  /** The one that leads; null: nobody knows when it began. */
  readonly onset: Onset | null;
  /** From the first failure to the first success; null while it lasts, or where it is not known. */
  readonly lastedMs: number | null;
  /** What the steps say together. */
  readonly verdict: string;
  /** From where it failed, as far as that was seen; may be empty. */
  readonly scope: string;
  /** Best first. */
  readonly causes: readonly Cause[];
  /** Which of them was chosen, from 0; null: none. */
  readonly chosen: number | null;
  readonly moments: readonly Moment[];
  /** Changes in the windows that merely coincide, and are not among the moments. */
  readonly moreChanges: number;
  /** The file of the newest picture; null: none was drawn. */
  readonly picture: string | null;
  readonly steps: readonly StepTold[];
  /** Every comparison, with the window that was used. */
  readonly compared: readonly RuleBrief[];
  readonly ruledOut: readonly Told[];
  readonly withoutData: readonly Told[];
  /** What people did, in order. */
  readonly did: readonly { readonly at: number; readonly by: Actor; readonly what: string }[];
}

/** Something that happened, at a moment or between two. */
export interface Moment {
  readonly fromAt: number;
  readonly toAt: number;
  readonly mark: string;
  readonly what: string;
  /** A person, this product, or who made a change as its source names them; null: nobody is named. */
  readonly who: Actor | string | null;
  readonly link: string | null;
}

/** Something, and why it is so; none where it speaks for itself. */
export interface Told {
  readonly what: string;
  readonly why: readonly string[];
}

export interface StepTold {
  readonly number: number;
  readonly title: string;
  readonly asks: string;
  readonly mark: Mark;
  /** Those that gave an answer, in order: a later one stands beside an earlier. */
  readonly runs: readonly StepRun[];
}

/** Pure: the same state gives the same postmortem. */
export function postmortemOf(investigation: Investigation): Postmortem {
  const { id, cluster, endpoint, openedAt, conclusion, timeline, pictures } = investigation;
  const openedBy = openerOf(investigation);
  const onset = leadingOnset(investigation);
  const diagnosis = onset === null ? null : diagnosisOf(investigation, onset.id);
  const brief = diagnosis === null ? null : briefDiagnosis(diagnosis);
  const causes = rankedCauses(investigation);
  const chosen = causes.findIndex(({ key }) => key === conclusion?.cause?.key);
  const hits = hitsOf(diagnosis);
  const told = hits.filter((hit, index) => matters(hit) || index < mostCoinciding);
  const picture = pictures.at(-1);
  return {
    id,
    cluster,
    endpoint,
    openedAt,
    openedBy,
    conclusion,
    onset,
    lastedMs: onset?.recovery == null ? null : onset.recovery.latestAt - onset.latestAt,
    verdict: verdictLine(investigation).text,
    scope: onset === null ? '' : scopeWords(onset),
    causes,
    chosen: chosen === -1 ? null : chosen,
    moments: [...told.map(changeMoment), ...happenings(investigation, onset)].toSorted((a, b) => a.fromAt - b.fromAt),
    moreChanges:
      hits.length - told.length + (diagnosis?.answers ?? []).reduce((sum, { moreHits }) => sum + moreHits, 0),
    picture: picture === undefined ? null : pictureFile(id, picture.number),
    steps: stepsInOrder(investigation).map((step) => {
      const { number, title, asks } = stepById(step.id);
      const runs = step.runs.filter(({ status }) => status !== 'running');
      return { number, title, asks, mark: stepMark(step), runs };
    }),
    compared: brief === null ? [] : [...brief.rules, ...brief.folded],
    ruledOut: ruledOut(investigation, causes, diagnosis?.answers ?? []),
    withoutData: withoutData(investigation, diagnosis?.answers ?? []),
    did: timeline.flatMap(({ at, by, text }) => (by.kind === 'person' ? [{ at, by, what: text }] : [])),
  };
}

const itself: Actor = { kind: 'itself' };

/** One that was opened at the onset is known by who asked for it later. */
function openerOf({ incident, openedBy }: Investigation): Actor {
  return incident === null ? openedBy : itself;
}

/** Of changes that have nothing to do with it, the nearest few show what was weighed. */
const mostCoinciding = 10;

/** Each change once, the nearest first. */
function hitsOf(diagnosis: Diagnosis | null): readonly Hit[] {
  const all = (diagnosis?.answers ?? []).flatMap(({ hits }) => hits).toSorted((a, b) => a.distanceMs - b.distanceMs);
  return all.filter(({ change }, index) => all.findIndex((other) => other.change.id === change.id) === index);
}

function matters({ standing, isEffect }: Hit): boolean {
  return standing !== 'coincides' || isEffect;
}

function changeMoment({ change, standing, isEffect }: Hit): Moment {
  const { earliestAt, latestAt, summary, actor, source, link } = change;
  const { symbol, words } = standingMarks[standing];
  const mark = isEffect ? '↩️ an effect' : `${symbol} ${words}`;
  return { fromAt: earliestAt, toAt: latestAt, mark, what: summary, who: actor?.trim() || source, link };
}

/** What is no change of anything: failures, answers, and the investigation itself. */
function happenings(investigation: Investigation, leading: Onset | null): readonly Moment[] {
  const { id, onsets, causesFound, openedAt, conclusion } = investigation;
  const at = (fromAt: number, mark: string, what: string, who: Actor = itself, toAt = fromAt): Moment => ({
    fromAt,
    toAt,
    mark,
    what,
    who,
    link: null,
  });
  return [
    ...onsets.flatMap((onset) => {
      const { earliestAt, latestAt, recovery } = onset;
      const leads = onset.id === leading?.id;
      const began = leads ? '❌ began to fail' : '❔ also said to have begun';
      return [
        at(earliestAt, began, foundWords(onset), itself, latestAt),
        ...(recovery === null
          ? []
          : [at(recovery.earliestAt, leads ? '✅ over' : '❔ that was over', '', itself, recovery.latestAt)]),
      ];
    }),
    at(openedAt, '▫️ opened', `investigation ${id}`, openerOf(investigation)),
    ...causesFound.map((found) => {
      const { symbol, words } = standingMarks[found.cause.standing];
      return at(found.at, `${symbol} led from here on`, `${found.cause.title} (${words})`);
    }),
    ...stepsInOrder(investigation).flatMap(({ id: step, runs }) =>
      runs.flatMap((run) => {
        if (run.finishedAt === null || run.status === 'interrupted') return [];
        const { number, title } = stepById(step);
        const who = run.status === 'recorded' ? run.by : itself;
        const answer = `${run.verdict ?? 'unknown'}. ${firstSentence(run.reason ?? '')}`;
        return [at(run.finishedAt, `▫️ step ${number}`, `${title}: ${answer}`, who)];
      }),
    ),
    ...(conclusion === null ? [] : [at(conclusion.at, '🏁 concluded', '', conclusion.by)]),
  ];
}

function ruledOut(
  investigation: Investigation,
  causes: readonly Cause[],
  answers: readonly RuleAnswer[],
): readonly Told[] {
  const against = causes
    .filter(({ standing }) => standing === 'contradicted')
    .map((cause) => ({ what: cause.title, why: cause.against }));
  const nothing = answers
    .filter(({ kind }) => kind === 'nothing')
    .map(({ rule, widened }) => {
      const compared = ruleById(rule);
      return { what: compared.title, why: [`nothing changed ${windowWords(compared, widened)}`] };
    });
  const fine = stepsInOrder(investigation).flatMap((step) => {
    const run = answeringRun(step);
    if (run?.verdict !== 'ok') return [];
    const { number, title } = stepById(step.id);
    return [{ what: `Step ${number}, ${title}`, why: [`ok: ${firstSentence(run.reason ?? '')}`] }];
  });
  return [...against, ...nothing, ...fine];
}

function withoutData(investigation: Investigation, answers: readonly RuleAnswer[]): readonly Told[] {
  const unseen = answers
    .filter((answer) => answer.kind === 'noData' || answer.kind === 'pending' || answer.unseen.length > 0)
    .filter(({ kind }) => kind !== 'notApplicable')
    .map((answer) => ({ what: ruleById(answer.rule).title, why: [blindWords(answer), ...answer.unseen] }));
  const steps = stepsInOrder(investigation).flatMap((step) => {
    const { number, title } = stepById(step.id);
    const run = answeringRun(step);
    const what = `Step ${number}, ${title}`;
    if (step.status === 'skipped') return [{ what, why: ['skipped'] }];
    if (run === null) return [{ what, why: ['not run'] }];
    const unknown = run.verdict === 'unknown' ? [run.reason ?? 'it could not be told'] : [];
    const why = [...unknown, ...run.missing];
    return why.length === 0 ? [] : [{ what, why }];
  });
  return [...unseen, ...steps];
}

function blindWords({ kind, pendingUntilAt }: RuleAnswer): string {
  switch (kind) {
    case 'noData':
      return 'no data';
    case 'pending':
      return `sources that report late were still asked again${pendingUntilAt === null ? '' : ` (up to ${new Date(pendingUntilAt).toISOString()})`}`;
    case 'nothingInWhatWasSeen':
      return 'nothing in what was seen';
    case 'inTheWindow':
    case 'nothing':
    case 'notApplicable':
      return 'not all of it was seen';
    default:
      return kind satisfies never;
  }
}

/** `12 min (to within 5 s)`; what is known of it where its end is not. */
export function lastedWords({ onset, lastedMs }: Pick<Postmortem, 'onset' | 'lastedMs'>): string {
  if (onset === null) return 'not known: nobody saw it begin';
  if (lastedMs === null || onset.recovery === null) return 'not known: nobody saw it end';
  const unsure = onset.latestAt - onset.earliestAt + (onset.recovery.latestAt - onset.recovery.earliestAt);
  return duration(lastedMs) + (unsure < 1_000 ? '' : ` (to within ${duration(unsure)})`);
}
