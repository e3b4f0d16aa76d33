import { tameLine, tameSentence } from '../briefing/tame.ts';
import { duration } from '../briefing/time.ts';
import type { Verdict } from '../words/verdict.ts';
import type { Summary } from './summary.ts';

const signs: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  problem: 'PROBLEM',
  unknown: 'unknown',
  notApplicable: 'not applicable',
};

const answers: Readonly<Record<Summary['rules'][number]['answer'], string>> = {
  inTheWindow: 'in the window',
  nothing: 'nothing in the window',
  nothingInWhatWasSeen: 'nothing in what was seen',
  noData: 'no data',
  pending: 'still asking',
  notApplicable: 'not applicable',
};

/** A summary as a person reads it in a terminal: what is known first, then why. Times are UTC. Pure. */
export function textOf(summary: Summary): string {
  return [
    ...head(summary),
    '',
    'Causes',
    ...causeLines(summary),
    '',
    'Steps',
    ...summary.steps.flatMap(stepLines),
    '',
    'Compared with what changed',
    ...summary.rules.flatMap(ruleLines),
    ...(summary.rules.length === 0 ? ['  Nothing is compared: when it began is not known. Say it with --since.'] : []),
    '',
  ].join('\n');
}

function head({ id, cluster, endpoint, verdict, onsets, complete }: Summary): string[] {
  const [leads, ...others] = onsets;
  return [
    `${cluster}: ${signs[verdict.verdict]}. ${line(verdict.words)}`,
    `Endpoint ${endpoint ?? 'not known'} · ${id}${complete ? '' : ' · still looking'}`,
    ...(leads === undefined
      ? ['When it began is not known: no failure was seen. If clients fail, say since when with --since.']
      : [`Began ${between(leads)} UTC: ${line(leads.words)}${over(leads)}`]),
    ...others.map((onset) => `  also ${between(onset)} UTC: ${line(onset.words)}${over(onset)}`),
  ];
}

function causeLines({ causes, otherCauses, rules }: Summary): string[] {
  const found = causes.flatMap(({ rank, standing, title, reasons, against }) => [
    `  ${rank}. ${standing}: ${line(title)}`,
    ...reasons.map((reason) => `     + ${line(reason)}`),
    ...against.map((reason) => `     - ${line(reason)}`),
  ]);
  const outside = rules.reduce((sum, { justOutside }) => sum + justOutside, 0);
  const wider = outside === 0 ? '' : ` ${outside} changes lie just outside the windows: look at them with --widen.`;
  return [
    ...(found.length > 0 ? found : [`  No cause found.${wider}`]),
    ...otherCauses.flatMap(({ onset, causes: others }) =>
      others.slice(0, 1).map(({ standing, title }) => `  for ${onset}: ${standing}: ${line(title)}`),
    ),
  ];
}

function stepLines({ number, title, verdict, running, reason, evidence, missing }: Summary['steps'][number]): string[] {
  const state = running ? 'looking' : verdict === null ? 'waiting' : signs[verdict];
  return [
    `  ${number} ${title}: ${state}${reason === null ? '' : `. ${line(reason)}`}`,
    ...evidence.map((one) => `      ${one.vantage}: ${signs[one.verdict]}. ${line(one.reason)}`),
    ...missing.map((one) => `      no answer: ${line(one)}`),
  ];
}

function ruleLines({
  kind,
  title,
  window,
  answer,
  hits,
  moreHits,
  unseen,
  pendingUntil,
}: Summary['rules'][number]): string[] {
  // Extended looks stay folded away unless they hit or somebody widened.
  if (kind === 'look' && hits.length === 0 && !window.widened) return [];
  const before = duration(window.beforeSeconds * 1000);
  const looked = window.afterSeconds === 0 ? `${before} before` : `${before} before or after`;
  const until = pendingUntil === null ? '' : ` until ${pendingUntil.slice(11, 19)} UTC`;
  return [
    `  ${title} (${looked}): ${answers[answer]}${until}`,
    ...hits.flatMap((hit) => [
      `      ${hit.standing}${hit.isEffect ? ' (an effect)' : ''}: ${between(hit.at)} ${line(hit.summary)}${hit.actor === null ? '' : ` by ${line(hit.actor)}`}`,
      ...hit.reasons.map((reason) => `        + ${line(reason)}`),
      ...hit.against.map((reason) => `        - ${line(reason)}`),
    ]),
    ...(moreHits > 0 ? [`      and ${moreHits} more`] : []),
    ...unseen.map((one) => `      unseen: ${line(one)}`),
  ];
}

function between({ earliest, latest }: { readonly earliest: string; readonly latest: string }): string {
  const [from, to] = [clock(earliest), clock(latest)];
  return from === to ? from : `${from}–${to}`;
}

function over({ latest, recovery }: Summary['onsets'][number]): string {
  return recovery === null ? '' : `; over after ${duration(Date.parse(recovery.latest) - Date.parse(latest))}`;
}

function clock(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** What a cluster or a person named must not play with the terminal. */
function line(words: string): string {
  return words.length > 300 ? tameSentence(words, 1_000) : tameLine(words, 1_000);
}
