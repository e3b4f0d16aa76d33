import { runMark, verdictMarks } from '../../briefing/marks.ts';
import { phaseWords, probesIn } from '../../briefing/phases.ts';
import { progressWords } from '../../briefing/step-row.ts';
import { duration } from '../../briefing/time.ts';
import { speakerOf } from '../../briefing/vantage-words.ts';
import type { Investigation, StepRun } from '../../investigation/state.ts';
import { besideOf, decides } from '../../playbook/asked.ts';
import { stepById } from '../../playbook/playbook.ts';
import type { StepId } from '../../playbook/step.ts';
import type { Evidence } from '../../words/evidence.ts';
import type { ProbeResult } from '../../words/probe.ts';
import type { Verdict } from '../../words/verdict.ts';
import { code, codeBlock, prose, proseLines } from '../escape.ts';
import { actions, type Block, type Button, button, context, section } from './blocks.ts';
import type { Content } from './content.ts';
import { actionIds, packRef } from './refs.ts';
import { personOf, timeNear, timeOf, whereFrom } from './words.ts';

/** Evidence whose state is older than this, measured from when it was gathered, shows its age. */
const staleMs = 15_000;
const mostVantages = 12;
const mostReasons = 4;
const mostComparisons = 2;
const mostProbes = 3;

/** One run of a step, as a reply below the card: verdict, reason, then from where and how long it took. Pure. */
export function renderStep(investigation: Investigation, step: StepId, run: StepRun): Content {
  const { number, title } = stepById(step);
  const mark = runMark(run);
  const nth = run.run > 1 ? `, run ${run.run}` : '';
  const headline = `Step ${number}, ${title}${nth}: ${mark.words}`;
  const reason = run.reason ?? '';
  return {
    text: `${mark.symbol} ${prose(headline, 150)}${reason === '' ? '' : `. ${prose(reason, 600)}`}`,
    blocks: [
      section([`${mark.symbol} *${prose(headline, 150)}*`, ...reasonLines(step, run)].join('\n')),
      ...recordBlocks(run),
      ...vantageBlocks(step, run),
      ...missingBlocks(step, run),
      context(provenance(run)),
      ...buttons(investigation, step, run),
    ],
  };
}

/**
 * One vantage speaks for itself, and so does a way that is told as one. Of several, those that found the same speak
 * together, the worst first; what was only asked beside it or for comparison comes after what answers the step.
 */
function reasonLines(step: StepId, run: StepRun): string[] {
  // What a person noted stands below in full.
  if (run.record !== null && run.record.note.trim() !== '') return [];
  const isOneWay = run.reason !== null && run.evidence.some(({ way }) => way !== undefined);
  if (run.evidence.length < 2 || isOneWay) return run.reason === null ? [] : [prose(run.reason, 1800)];
  const asked = stepById(step);
  const answers = run.evidence.filter(({ check, vantage }) => decides(asked, check, vantage.kind));
  const beside = run.evidence.filter((one) => !answers.includes(one) && besideOf(asked, one.check) !== null);
  const others = run.evidence.filter((one) => !answers.includes(one) && !beside.includes(one));
  const answering = groupLines(step, answers);
  const telling = [...groupLines(step, beside), ...groupLines(step, others).map((line) => `For comparison: ${line}`)];
  const shown = [...answering.slice(0, mostReasons), ...telling.slice(0, mostComparisons)];
  const more = answering.length + telling.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more, under Details`] : [])];
}

function groupLines(step: StepId, evidence: readonly Evidence[]): string[] {
  const groups = Map.groupBy(evidence, ({ verdict, reason }) => `${verdict} ${reason}`);
  const ordered = [...groups.values()].toSorted((a, b) => severityOf(a) - severityOf(b));
  return ordered.flatMap((group) => group.slice(0, 1).map((one) => groupLine(step, one, group)));
}

function groupLine(step: StepId, { verdict, reason }: Evidence, group: readonly Evidence[]): string {
  const names = group.slice(0, 4).map((one) => prose(speakerOf(step, one), 80));
  const more = group.length > names.length ? ` and ${group.length - names.length} more` : '';
  return `${verdictMarks[verdict].symbol} *${names.join(', ')}${more}*: ${prose(reason, 500)}`;
}

const severity: readonly Verdict[] = ['problem', 'unknown', 'ok', 'notApplicable'];

function severityOf([first]: readonly Evidence[]): number {
  return first === undefined ? severity.length : severity.indexOf(first.verdict);
}

/** Reads "unknown" or lacks a vantage: the commands for a person come first then. */
function needsHands(run: StepRun): boolean {
  return run.missing.length > 0 || run.verdict === 'unknown' || run.status === 'failed' || run.status === 'interrupted';
}

function recordBlocks({ record }: StepRun): Block[] {
  if (record === null) return [];
  const note = record.note.trim();
  const output = record.output.trim();
  return [
    ...(note === '' ? [] : [section(proseLines(note, 1000))]),
    ...(output === '' ? [] : [section(`${code(record.command, 200)} printed:\n${codeBlock(output, 700)}`)]),
  ];
}

function vantageBlocks(step: StepId, run: StepRun): Block[] {
  if (run.evidence.length === 0) return [];
  const shown = run.evidence.slice(0, mostVantages).map((one) => vantageLine(step, one));
  const more = run.evidence.length - shown.length;
  return [context(...shown, ...(more > 0 ? [`and ${more} more, under Details`] : []))];
}

function vantageLine(step: StepId, one: Evidence): string {
  // Those that failed tell more than those that worked.
  const probes = probesIn(one.facts)
    .toSorted((a, b) => Number(a.failure === null) - Number(b.failure === null))
    .slice(0, mostProbes);
  const phases = probes.map((probe) => {
    return `${code(placeOf(probe), 80)} ${prose(phaseWords(probe), 120)}`;
  });
  return [
    `${whereFrom(step, one)} in ${duration(one.tookMs)}`,
    ...phases,
    ...(one.gatheredAt - one.asOfAt > staleMs ? [ageOf(one)] : []),
  ].join(' · ');
}

/** The address, and the name that it was found by. */
function placeOf({ address, target: { host } }: ProbeResult): string {
  return address === null || address === host ? host : `${host} (${address})`;
}

function ageOf({ asOfAt, gatheredAt }: Evidence): string {
  return `as of ${timeNear(asOfAt, gatheredAt)}, ${duration(gatheredAt - asOfAt)} old`;
}

/** What the reason tells already is not told twice. */
function missingBlocks(step: StepId, run: StepRun): Block[] {
  if (!needsHands(run)) return [];
  const told = run.evidence.length < 2 ? (run.reason ?? '') : '';
  const untold = run.missing.filter((why) => !told.includes(why));
  const hint = stepById(step).whenItCannotRun;
  const lines = [
    ...untold.slice(0, 8).map((why) => `❔ ${prose(why, 200)}`),
    ...(untold.length > 8 ? [`and ${untold.length - 8} more`] : []),
    ...(told.includes(hint) ? [] : [`By hand: ${prose(hint, 300)}`]),
  ];
  return lines.length === 0 ? [] : [context(...lines)];
}

function provenance(run: StepRun): string {
  if (run.status === 'recorded') return `Recorded by ${personOf(run.by)} ${timeOf(run.startedAt)}`;
  const who = run.by.kind === 'itself' ? 'Ran by itself' : `Run by ${personOf(run.by)}`;
  if (run.status === 'running') return `${who} since ${timeOf(run.startedAt)} · ${prose(progressWords(run), 200)}`;
  const took = run.finishedAt === null ? '' : ` · took ${duration(run.finishedAt - run.startedAt)}`;
  return `${who} ${timeOf(run.startedAt)}${took}`;
}

function buttons(investigation: Investigation, step: StepId, run: StepRun): Block[] {
  const value = packRef({ investigation: investigation.id, step, run: run.run });
  const first = needsHands(run);
  const commands = button(actionIds.commands, 'Commands to run by hand', value, first ? 'primary' : undefined);
  const details = button(actionIds.details, 'Details', value);
  const hasDetails = run.evidence.length > 0 || run.record !== null;
  const correct =
    step === 'endpoint' && investigation.conclusion === null
      ? [button(actionIds.giveEndpoint, 'Correct the endpoint', value)]
      : [];
  const reading: Button[] = hasDetails ? (first ? [commands, details] : [details, commands]) : [commands];
  return [actions(...reading, ...correct)];
}
