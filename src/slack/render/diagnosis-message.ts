import {
  briefDiagnosis,
  type CauseBrief,
  type DiagnosisBrief,
  type HitBrief,
  type RuleBrief,
} from '../../briefing/diagnosis.ts';
import { foundWords, scopeWords, sinceWords } from '../../briefing/onset-words.ts';
import { wideningWords } from '../../briefing/window-words.ts';
import { outsideWords } from '../../briefing/windows.ts';
import type { Investigation } from '../../investigation/state.ts';
import { rules } from '../../playbook/rules.ts';
import type { Diagnosis } from '../../words/diagnosis.ts';
import type { Onset } from '../../words/onset.ts';
import { prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { actions, type Block, button, context, section, select } from './blocks.ts';
import { canWiden } from './card-diagnosis.ts';
import type { Content } from './content.ts';
import { actionIds, packWidenRef } from './refs.ts';
import { personOf, phraseOf, timeNear } from './words.ts';

/** How much of a diagnosis is shown; the rest is counted. */
interface Detail {
  readonly causes: number;
  readonly reasons: number;
  readonly hits: number;
  readonly unseen: number;
  /** Characters of one reason or summary. */
  readonly words: number;
}

/** From all that one reads to the least that still says everything there is; the first that fits into a message is taken. */
const details: readonly Detail[] = [
  { causes: 5, reasons: 4, hits: 6, unseen: 4, words: 240 },
  { causes: 4, reasons: 3, hits: 3, unseen: 3, words: 200 },
  { causes: 3, reasons: 2, hits: 2, unseen: 2, words: 140 },
  { causes: 3, reasons: 1, hits: 1, unseen: 1, words: 100 },
  { causes: 1, reasons: 1, hits: 0, unseen: 0, words: 60 },
];

/** Below what Slack takes, since every block gets an id on its way. */
const room = limits.message.blocksTogether - 50 * 40;

/** The diagnosis for one onset, as a reply below the card, edited in place while answers come in. Pure. */
export function renderDiagnosis(investigation: Investigation, diagnosis: Diagnosis): Content {
  const brief = briefDiagnosis(diagnosis);
  const fitting = details
    .map((detail) => blocksOf(investigation, diagnosis, brief, detail))
    .find((blocks) => JSON.stringify(blocks).length <= room);
  const title = titleLine(diagnosis.onset, investigation.openedAt);
  const [first] = brief.causes;
  const leads = first === undefined ? '' : ` ${phraseOf(first.said, investigation.openedAt, 200)}`;
  return { text: `${title}.${leads}`, blocks: fitting ?? [section(title)] };
}

function blocksOf(
  investigation: Investigation,
  { onset, answers }: Diagnosis,
  brief: DiagnosisBrief,
  detail: Detail,
): Block[] {
  const near = onset.earliestAt;
  return [
    section([`*${titleLine(onset, investigation.openedAt)}*`, onsetLine(onset)].join('\n')),
    section(causeLines(brief.causes, near, detail).join('\n')),
    ...ruleBlocks(brief.rules, near, detail),
    ...foldedBlocks(brief.folded, near, detail),
    ...(brief.notes.length === 0 ? [] : [context(...brief.notes.slice(0, 3).map((note) => prose(note, detail.words)))]),
    ...(investigation.conclusion === null ? wideningBlocks(investigation, answers) : []),
    ...widenedBlocks(investigation),
  ];
}

function titleLine(onset: Onset, openedAt: number): string {
  return `🔎 Diagnosis · ${phraseOf(sinceWords(onset), openedAt)}`;
}

function onsetLine(onset: Onset): string {
  const scope = scopeWords(onset);
  return [...(scope === '' ? [] : [prose(scope, 200)]), prose(foundWords(onset), 300)].join(' · ');
}

function causeLines(causes: readonly CauseBrief[], near: number, detail: Detail): string[] {
  if (causes.length === 0) return ['*No cause found*'];
  const shown = causes.slice(0, detail.causes);
  const found = causes.some(({ standing }) => standing !== 'contradicted');
  return [
    found ? '*Causes, the likeliest first*' : '*No cause found*, and what was seen speaks against these',
    ...shown.flatMap((cause) => oneCause(cause, near, detail)),
    ...moreLine(causes.length - shown.length, 'cause'),
  ];
}

function oneCause(cause: CauseBrief, near: number, { reasons, words }: Detail): string[] {
  const { number, standing, mark, said } = cause;
  const list = (sign: string, all: readonly string[]) => [
    ...all.slice(0, reasons).map((why) => `      ${sign} ${prose(why, words)}`),
    ...(all.length > reasons ? [`      ${sign} and ${all.length - reasons} more`] : []),
  ];
  const speaking = list('+', cause.reasons);
  const against = list('− against it:', cause.against);
  return [
    `${number}. ${mark.symbol} *${mark.words}:* ${phraseOf(said, near, words)}`,
    ...(standing === 'contradicted' ? [...against, ...speaking] : [...speaking, ...against]),
  ];
}

/** Rules without a hit share a section: they take one line each. */
function ruleBlocks(briefs: readonly RuleBrief[], near: number, detail: Detail): Block[] {
  const texts: string[] = [];
  let joins = false;
  for (const brief of briefs) {
    const text = ruleLines(brief, near, detail).join('\n');
    const bare = brief.hits.length + brief.moreHits === 0;
    const last = texts.at(-1);
    const fits = last !== undefined && last.length + text.length + 1 <= limits.sectionText;
    if (joins && bare && fits) texts[texts.length - 1] = `${last}\n${text}`;
    else texts.push(text);
    joins = bare;
  }
  return texts.map(section);
}

function ruleLines(brief: RuleBrief, near: number, detail: Detail): string[] {
  const { rule, mark, window, said, hits, moreHits } = brief;
  const shown = hits.slice(0, detail.hits);
  const hidden = hits.length - shown.length + moreHits;
  const title = rule.kind === 'rule' ? `${rule.number} ${rule.title}` : rule.title;
  return [
    `${mark.symbol} *${title}* (${window}): ${phraseOf(said, near)}${unseenWords(brief, detail)}`,
    ...shown.map((hit) => `   • ${hitLine(hit, near, detail)}`),
    ...moreLine(hidden, 'change').map((line) => `   • ${line}`),
  ];
}

function hitLine({ mark, isNew, said, standing }: HitBrief, near: number, { words }: Detail): string {
  return `${isNew ? '🆕 *new* ' : ''}${phraseOf(said, near, words)} · ${mark.symbol} ${prose(standing, words)}`;
}

function unseenWords({ unseen, unseenLabel }: RuleBrief, { unseen: most, words }: Detail): string {
  if (unseen.length === 0) return '';
  const shown = unseen.slice(0, most).map((one) => prose(one, words));
  const more = unseen.length - shown.length;
  return unseenLabel + [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

/** Looks without a hit, in small letters; those that say the same say it together. */
function foldedBlocks(folded: readonly RuleBrief[], near: number, detail: Detail): Block[] {
  if (folded.length === 0) return [];
  const least = { ...detail, unseen: Math.min(1, detail.unseen) };
  const saying = Map.groupBy(folded, (look) => `${phraseOf(look.said, near)}${unseenWords(look, least)}`);
  const lines = [...saying].map(([said, looks]) => {
    return `${looks[0]?.mark.symbol ?? ''} ${looks.map(({ rule }) => rule.title).join(', ')}: ${said}`;
  });
  return [context(...lines)];
}

function moreLine(amount: number, what: string): string[] {
  return amount > 0 ? [`and ${amount} more ${what}${amount === 1 ? '' : 's'}`] : [];
}

function wideningBlocks(investigation: Investigation, answers: Diagnosis['answers']): Block[] {
  if (!canWiden(investigation)) return [];
  const { id, widened } = investigation;
  const narrow = rules.filter((rule) => !widened.includes(rule.id));
  const choices = narrow.map((rule) => {
    const outside = answers.find((answer) => answer.rule === rule.id)?.justOutside ?? 0;
    const lie = outside === 0 ? '' : ` · ${outside} more`;
    return { plainText: `${rule.title}: ${wideningWords(rule)}${lie}`, value: packWidenRef(id, rule.id) };
  });
  const outside = outsideWords(answers);
  return [
    ...(outside === null ? [] : [context(`👉 ${outside}`)]),
    actions(
      select(actionIds.widenOne, 'Widen one window…', choices),
      button(actionIds.widen, 'Widen all windows', packWidenRef(id, 'all')),
    ),
  ];
}

/** Stands where the used buttons were: who widened what, and when. */
function widenedBlocks({ timeline, openedAt }: Investigation): Block[] {
  const entries = timeline.filter(({ text }) => text.startsWith('widened: '));
  const lines = entries
    .slice(-4)
    .map(({ by, at, text }) => `${personOf(by)} ${prose(text, 200)} · ${timeNear(at, openedAt)}`);
  return lines.length === 0 ? [] : [context(...lines)];
}
