import { diagnosisOf, leadingCause, leadingOnset } from '../../investigation/leading.ts';
import { answeringRun, type Investigation } from '../../investigation/state.ts';
import { steps } from '../../playbook/playbook.ts';
import type { Hit } from '../../words/diagnosis.ts';
import type { Onset } from '../../words/onset.ts';
import type { Verdict } from '../../words/verdict.ts';
import { count } from '../count.ts';
import { tameLine, tameSentence } from '../tame.ts';
import { duration, utcDayAndTime, utcTime } from '../time.ts';
import { type Axis, axisOf } from './axis.ts';
import { colours } from './colours.ts';
import { type Lane, lanesOf } from './lanes.ts';
import { linesOf } from './lines.ts';
import { drawMarks } from './marks.ts';
import { element, line, px, rect, text } from './svg.ts';

export interface TimelinePicture {
  readonly svg: string;
  /** The same in words, for those who can't see it. */
  readonly alt: string;
}

/** Sizes are read on a phone, where 1080 pixels are as wide as a hand. */
const width = 1080;
const margin = 40;
const size = { title: 40, text: 30, small: 26 } as const;
const laneHeight = 112;
const bandHeight = 52;

/** The onset's line in bold, which is mostly digits, beside running text. Measured. */
const onsetIsWider = 1.02;

const minute = 60_000;

/**
 * Onset, outage, changes by lane, windows as shades, what the steps found: an SVG of 1080 pixels' width. null when no
 * onset is known. Times are UTC, with the zone's own beside them. Pure.
 */
export function timelinePicture(
  investigation: Investigation,
  { nowAt, zone }: { readonly nowAt: number; readonly zone: string | null },
): TimelinePicture | null {
  const onset = leadingOnset(investigation);
  if (onset === null) return null;
  const diagnosis = diagnosisOf(investigation, onset.id) ?? { onset, answers: [], causes: [], notes: [] };
  const { lanes, numbered } = lanesOf(diagnosis);
  const axis = axisAround(onset, lanes, nowAt);
  const head = headOf(investigation, onset, zone);
  const top = head.height + 20;
  const bottom = top + lanes.length * laneHeight;
  const axisBottom = bottom + 84;
  const list = listOf(numbered, axisBottom + 30);
  const found = stepsOf(investigation, list.bottom + 30);
  const height = found.bottom + 40;
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height: px(height),
      viewBox: `0 0 ${width} ${px(height)}`,
      'font-family': 'DejaVu Sans',
    },
    rect(0, 0, width, height, { fill: colours.paper }),
    head.svg,
    ...lanes.map((lane, index) => laneOf(lane, onset, axis, top + index * laneHeight, nowAt)),
    axisOfTime(axis, bottom, zone),
    list.svg,
    found.svg,
  );
  return { svg, alt: altOf(investigation, onset, lanes, numbered) };
}

/** `inv-k3f9x2-timeline-2.png` */
export function pictureFile(investigation: string, number: number): string {
  return `${investigation}-timeline-${number}.png`;
}

/** From where the windows begin (or the earliest change in them) to a little after the last thing that happened. */
function axisAround(onset: Onset, lanes: readonly Lane[], nowAt: number): Axis {
  const drawn = lanes.filter(({ rule, marks }) => !rule.againstInterval || marks.length > 0);
  const reach = drawn.filter(({ rule }) => !rule.againstInterval);
  const beforeMs = Math.max(10 * minute, ...reach.map(({ window }) => window.beforeMs)) * 1.15;
  const afterMs = Math.max(
    5 * minute,
    ...reach
      .filter(({ marks }) => marks.some(({ fromAt }) => fromAt > onset.latestAt))
      .map(({ window }) => window.afterMs),
  );
  const end = onset.recovery?.latestAt ?? nowAt;
  const toAt = Math.max(onset.latestAt + afterMs, Math.min(end, onset.latestAt + 2 * beforeMs));
  return axisOf(onset.earliestAt - beforeMs, toAt, margin, width - margin);
}

function headOf(investigation: Investigation, onset: Onset, zone: string | null): { svg: string; height: number } {
  const inner = width - 2 * margin;
  const leads = leadingCause(investigation);
  const lines: { words: string; attributes: Record<string, string | number> }[] = [
    {
      words: tameLine(`${investigation.cluster}: API server`, 44),
      attributes: { 'font-size': size.title, 'font-weight': 'bold' },
    },
    ...linesOf(onsetWords(onset, zone), inner / onsetIsWider, size.text, 2).map((words) => ({
      words,
      attributes: { 'font-size': size.text, fill: colours.onset, 'font-weight': 'bold' },
    })),
  ];
  const cause =
    leads === null ? 'No cause found so far.' : `Leading cause (${leads.cause.standing}): ${leads.cause.title}`;
  for (const words of linesOf(tameSentence(cause, 400), inner, size.text, 3)) {
    lines.push({ words, attributes: { 'font-size': size.text } });
  }
  const rows = lines.map(({ words, attributes }, index) =>
    text(margin, 64 + index * 44, words, { fill: colours.ink, ...attributes }),
  );
  return { svg: rows.join(''), height: 64 + lines.length * 44 };
}

function onsetWords(onset: Onset, zone: string | null): string {
  const { earliestAt, latestAt, recovery } = onset;
  const own = zone === null || zone === 'UTC' ? '' : ` (${localTime(latestAt, zone)} ${zone})`;
  const over = recovery === null ? '' : `, over after ${duration(recovery.latestAt - latestAt)}`;
  const until = utcTime(earliestAt) === utcTime(latestAt) ? '' : `–${utcTime(latestAt)}`;
  return `${recovery === null ? 'Fails since' : 'Failed from'} ${utcTime(earliestAt)}${until} UTC${own}${over}`;
}

function localTime(at: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(at);
}

function outageShade(onset: Onset, axis: Axis, top: number, bottom: number, nowAt: number): string {
  const end = onset.recovery?.latestAt ?? nowAt;
  const from = axis.x(onset.earliestAt);
  return rect(from, top, Math.max(3, axis.x(end) - from), bottom - top, { fill: colours.outage });
}

function onsetLine({ earliestAt, latestAt }: Onset, axis: Axis, top: number, bottom: number): string {
  const from = axis.x(earliestAt);
  const breadth = Math.max(4, axis.x(latestAt) - from);
  return rect(from, top, breadth, bottom - top, { fill: colours.onset, opacity: 0.55 });
}

function laneOf({ title, says, window, marks }: Lane, onset: Onset, axis: Axis, top: number, nowAt: number): string {
  const band = top + 46;
  const from = axis.x(onset.earliestAt - window.beforeMs);
  const to = axis.x(onset.latestAt + window.afterMs);
  return [
    text(margin, top + 32, title, { 'font-size': size.text, 'font-weight': 'bold', fill: colours.ink }),
    text(width - margin, top + 32, says, { 'font-size': size.small, fill: colours.faint, 'text-anchor': 'end' }),
    rect(margin, band, width - 2 * margin, bandHeight, { fill: 'none', stroke: colours.grid, 'stroke-width': 2 }),
    rect(from, band, Math.max(2, to - from), bandHeight, { fill: colours.window, opacity: 0.75 }),
    outageShade(onset, axis, band, band + bandHeight, nowAt),
    onsetLine(onset, axis, band - 6, band + bandHeight + 6),
    drawMarks(marks, axis, band + bandHeight / 2),
  ].join('');
}

function axisOfTime(axis: Axis, bottom: number, zone: string | null): string {
  const labels = axis.ticks
    // A label at the very edge would be cut off.
    .filter((at) => axis.x(at) > margin + 30 && axis.x(at) < width - margin - 30)
    .map((at) => {
      const x = axis.x(at);
      return (
        line(x, bottom, x, bottom + 12, { stroke: colours.faint, 'stroke-width': 2 }) +
        text(x, bottom + 40, utcTime(at).slice(0, 5), {
          'font-size': size.small,
          fill: colours.ink,
          'text-anchor': 'middle',
        }) +
        (zone === null || zone === 'UTC'
          ? ''
          : text(x, bottom + 70, localTime(at, zone), {
              'font-size': 22,
              fill: colours.faint,
              'text-anchor': 'middle',
            }))
      );
    });
  return line(margin, bottom, width - margin, bottom, { stroke: colours.faint, 'stroke-width': 2 }) + labels.join('');
}

function listOf(numbered: readonly Hit[], top: number): { svg: string; bottom: number } {
  const rows: string[] = [];
  let y = top + 20;
  for (const [index, hit] of numbered.entries()) {
    const words = `${index + 1}  ${hit.standing}: ${hit.change.summary} (${nearness(hit)})`;
    for (const each of linesOf(tameSentence(words, 240), width - 2 * margin, size.small, 2)) {
      rows.push(text(margin, y, each, { 'font-size': size.small, fill: colours.ink }));
      y += 38;
    }
  }
  if (numbered.length > 0) {
    rows.push(text(margin, y + 8, legend, { 'font-size': 22, fill: colours.faint }));
    y += 44;
  }
  return { svg: rows.join(''), bottom: y };
}

const legend = '◆ explains   ■ possible   ● coincides   ○ contradicted   ▼ an effect';

function nearness({ side, distanceMs }: Hit): string {
  return side === 'during' ? 'at the first failures' : `${duration(distanceMs)} ${side} the first failures`;
}

const stepSigns: Readonly<Record<Verdict, { sign: string; colour: string }>> = {
  ok: { sign: '✓', colour: colours.ok },
  problem: { sign: '✗', colour: colours.onset },
  unknown: { sign: '?', colour: colours.possible },
  notApplicable: { sign: '–', colour: colours.coincides },
};

function stepsOf(investigation: Investigation, top: number): { svg: string; bottom: number } {
  const column = (width - 2 * margin) / 2;
  const cells = steps.map((step, index) => {
    const verdict = answeringRun(investigation.steps[step.id])?.verdict ?? 'unknown';
    const { sign, colour } = stepSigns[verdict];
    const x = margin + Math.floor(index / 3) * column;
    const y = top + (index % 3) * 46 + 20;
    return (
      text(x, y, sign, { 'font-size': size.text, 'font-weight': 'bold', fill: colour }) +
      text(x + 44, y, `${step.number} ${step.title}`, { 'font-size': size.text, fill: colours.ink })
    );
  });
  return { svg: cells.join(''), bottom: top + 3 * 46 };
}

function altOf(investigation: Investigation, onset: Onset, lanes: readonly Lane[], numbered: readonly Hit[]): string {
  const changes = numbered.map(
    (hit, index) => `${index + 1}: ${hit.change.summary}, ${nearness(hit)}, ${hit.standing}.`,
  );
  const others = lanes.reduce((sum, { marks }) => sum + marks.length, 0) - numbered.length;
  const looked = steps.map(
    (step) => `${step.title} ${stepWords[answeringRun(investigation.steps[step.id])?.verdict ?? 'unknown']}`,
  );
  const words = [
    `Timeline of ${investigation.cluster}, ${utcDayAndTime(onset.earliestAt)} UTC.`,
    `${onsetWords(onset, null)}.`,
    ...changes,
    others > 0 ? `${count(others, 'more change')} in the windows.` : '',
    ...lanes.map(({ title, says }) => `${title}: ${says}.`),
    `Steps: ${looked.join(', ')}.`,
  ];
  return tameSentence(words.filter(Boolean).join(' '), 2_000);
}

const stepWords: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  problem: 'problem',
  unknown: 'unknown',
  notApplicable: 'not applicable',
};
