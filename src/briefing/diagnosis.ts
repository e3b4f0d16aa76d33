import { type Rule, ruleById } from '../playbook/rules.ts';
import type { Cause, Diagnosis, Hit, RuleAnswer, Standing } from '../words/diagnosis.ts';
import { causeWords, momentWords, standingMarks } from './cause-words.ts';
import { count } from './count.ts';
import type { Mark } from './marks.ts';
import type { Phrase } from './phrase.ts';
import { distance } from './time.ts';
import { windowWords } from './window-words.ts';

/** A diagnosis in words, for Slack, terminal and postmortem alike. Not escaped for any medium. */
export interface DiagnosisBrief {
  /** Best first; those that are contradicted last. */
  readonly causes: readonly CauseBrief[];
  /** The rules, and the looks that hit something or were widened. */
  readonly rules: readonly RuleBrief[];
  /** Looks that found nothing in their narrow window. */
  readonly folded: readonly RuleBrief[];
  readonly notes: readonly string[];
}

export interface CauseBrief {
  /** From 1. */
  readonly number: number;
  readonly standing: Standing;
  readonly mark: Mark;
  readonly said: Phrase;
  readonly reasons: readonly string[];
  readonly against: readonly string[];
}

export interface RuleBrief {
  readonly rule: Rule;
  readonly mark: Mark;
  /** `10 min before`. */
  readonly window: string;
  /** `2 changes, 1 new`; `no data`; what could not be seen stands in `unseen`. */
  readonly said: Phrase;
  /** How `unseen` follows what is said: it is why there is no data, or what is missing beside it. */
  readonly unseenLabel: string;
  /** What could not be seen, and why. */
  readonly unseen: readonly string[];
  readonly hits: readonly HitBrief[];
  /** How many there are besides `hits`. */
  readonly moreHits: number;
  readonly widened: boolean;
  readonly justOutside: number;
}

export interface HitBrief {
  readonly mark: Mark;
  /** Only the widened window has it. */
  readonly isNew: boolean;
  readonly said: Phrase;
  /** What it is to the failure, and for one that is no cause, why. */
  readonly standing: string;
}

export function briefDiagnosis(diagnosis: Diagnosis): DiagnosisBrief {
  const { answers, causes, notes } = diagnosis;
  const all = answers.map((answer) => briefRule(answer, causes));
  const isFolded = ({ rule, hits, moreHits, widened }: RuleBrief) =>
    rule.kind === 'look' && hits.length + moreHits === 0 && !widened;
  return {
    causes: causes.map((cause, index) => ({
      number: index + 1,
      standing: cause.standing,
      mark: standingMarks[cause.standing],
      said: causeWords(cause, diagnosis.onset),
      reasons: cause.reasons,
      against: cause.against,
    })),
    rules: all.filter((brief) => !isFolded(brief)),
    folded: all.filter(isFolded),
    notes,
  };
}

function briefRule(answer: RuleAnswer, causes: readonly Cause[]): RuleBrief {
  const rule = ruleById(answer.rule);
  const hits = answer.hits.map((hit) => briefHit(hit, causes));
  return {
    rule,
    mark: bestMark(hits) ?? answerMark(answer.kind),
    window: windowWords(rule, answer.widened),
    said: answerWords(answer),
    unseenLabel: answer.kind === 'noData' || answer.kind === 'notApplicable' ? ': ' : '; not seen: ',
    unseen: answer.unseen,
    hits,
    moreHits: answer.moreHits,
    widened: answer.widened,
    justOutside: answer.justOutside,
  };
}

function answerMark(kind: RuleAnswer['kind']): Mark {
  switch (kind) {
    case 'inTheWindow':
    case 'nothing':
      return { symbol: '▫️', words: 'nothing' };
    case 'nothingInWhatWasSeen':
    case 'noData':
      return { symbol: '❔', words: 'unknown' };
    case 'pending':
      return { symbol: '⏳', words: 'not yet known' };
    case 'notApplicable':
      return { symbol: '➖', words: 'not applicable' };
    default:
      return kind satisfies never;
  }
}

const effectMark: Mark = { symbol: '↩️', words: 'an effect' };
/** It would explain the failure, and is told as a part of what does. */
const partMark: Mark = { symbol: '🔗', words: 'goes with another' };

const strongestFirst = [
  standingMarks.explains,
  standingMarks.possible,
  partMark,
  standingMarks.contradicted,
  standingMarks.coincides,
  effectMark,
];

/** What was found goes first: an answer that still waits, or saw only a part, may have hits already. */
function bestMark(hits: readonly HitBrief[]): Mark | undefined {
  return strongestFirst.find((mark) => hits.some((hit) => hit.mark === mark));
}

function answerWords({ kind, hits, moreHits, widened, pendingUntilAt }: RuleAnswer): Phrase {
  const found = hits.length + moreHits;
  const isNew = hits.filter(({ onlyWidened }) => onlyWidened).length;
  const news = widened ? `, ${isNew === 0 ? 'nothing new' : `${isNew} new`}` : '';
  const changes = `${count(found, 'change')}${news}`;
  switch (kind) {
    case 'inTheWindow':
      return [changes];
    case 'nothing':
      return [widened ? 'nothing here either' : 'nothing'];
    case 'nothingInWhatWasSeen':
      return ['nothing in what was seen'];
    case 'noData':
      return ['no data'];
    case 'pending': {
      const until: Phrase = pendingUntilAt === null ? [] : [' until ', { at: pendingUntilAt }];
      return [
        ...(found > 0 ? [`${changes} so far, `] : []),
        'not yet known: some sources report late and are asked again',
        ...until,
      ];
    }
    case 'notApplicable':
      return ['does not apply here'];
    default:
      return kind satisfies never;
  }
}

function briefHit(hit: Hit, causes: readonly Cause[]): HitBrief {
  const { change, isEffect, standing, onlyWidened } = hit;
  const asCause = isEffect ? -1 : causes.findIndex(({ changeId }) => changeId === change.id);
  const isPart = asCause === -1 && (standing === 'explains' || standing === 'possible');
  const mark = isEffect ? effectMark : isPart ? partMark : standingMarks[standing];
  const [why] = standing === 'contradicted' ? [...hit.against, ...hit.reasons] : hit.reasons;
  return {
    mark,
    isNew: onlyWidened,
    said: [...momentWords(change), `, ${sideWords(hit)}: ${change.summary}`, ...by(change.actor), ...unsure(hit)],
    // The causes tell their reasons themselves.
    standing: asCause >= 0 ? `${mark.words}, cause ${asCause + 1}` : [mark.words, why].filter(Boolean).join(': '),
  };
}

function sideWords({ side, distanceMs, change }: Hit): string {
  if (distanceMs === 0 && side !== 'during') return lasts(change) ? 'under way' : 'at that moment';
  switch (side) {
    case 'before':
      return `${distance(distanceMs)} before`;
    case 'during':
      return 'as it began';
    case 'after':
      return `${distance(distanceMs)} after`;
    default:
      return side satisfies never;
  }
}

/** A maintenance goes on from its start, until a time that may not be told. */
function lasts({ action, untilAt }: Hit['change']): boolean {
  return action === 'start' || untilAt !== null;
}

function by(actor: string | null): string[] {
  return actor === null || actor.trim() === '' ? [] : [` (by ${actor})`];
}

function unsure({ placed, change }: Hit): string[] {
  const notes = [
    ...(placed === 'possible' ? ['may lie just outside the window'] : []),
    ...(change.certainty === 'latestKnown' ? ['the latest change that is known'] : []),
  ];
  return notes.length === 0 ? [] : [` (${notes.join('; ')})`];
}
