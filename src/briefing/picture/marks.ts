import type { Standing } from '../../words/diagnosis.ts';
import { utcTime } from '../time.ts';
import type { Axis } from './axis.ts';
import { colours } from './colours.ts';
import type { LaneMark } from './lanes.ts';
import { element, px, rect, text } from './svg.ts';

/** Pixels between two marks below which they, or the numbers beside them, would cover one another. */
const tooNear = 58;
const noteSize = 26;

/** The marks of one lane, at this height. */
export function drawMarks(marks: readonly LaneMark[], axis: Axis, y: number): string {
  const groups = grouped(marks, axis);
  // Words last: no shape may cover them.
  const stretches = groups.map(({ lead }) => drawStretch(lead, axis, y));
  const shapes = groups.map(({ lead }) => shapeOf(lead, axis.x(lead.fromAt), y));
  const words = groups.map((group) => drawWords(group, axis, y, groups.length === 1));
  return [...stretches, ...shapes, ...words].join('');
}

/** Marks that would cover one another, drawn as the gravest of them. */
interface Group {
  readonly lead: LaneMark;
  readonly size: number;
}

function grouped(marks: readonly LaneMark[], axis: Axis): readonly Group[] {
  const groups: Group[] = [];
  for (const mark of marks.toSorted((a, b) => a.fromAt - b.fromAt)) {
    let group: Group = { lead: mark, size: 1 };
    // One that takes the lead is drawn further on, or further back, where it may come too near to the next.
    for (let last = groups.at(-1); last !== undefined; last = groups.at(-1)) {
      if (Math.abs(axis.x(group.lead.fromAt) - axis.x(last.lead.fromAt)) >= tooNear) break;
      groups.pop();
      group = { lead: graver(last.lead, group.lead), size: last.size + group.size };
    }
    groups.push(group);
  }
  return groups;
}

const gravest: readonly Standing[] = ['explains', 'possible', 'coincides', 'contradicted'];

function graver(a: LaneMark, b: LaneMark): LaneMark {
  const order =
    Number(a.isEffect) - Number(b.isEffect) ||
    gravest.indexOf(a.standing) - gravest.indexOf(b.standing) ||
    (a.number ?? 99) - (b.number ?? 99);
  return order <= 0 ? a : b;
}

function drawStretch({ fromAt, toAt, standing }: LaneMark, axis: Axis, y: number): string {
  const x = axis.x(fromAt);
  const width = axis.x(toAt) - x;
  return width > 20 ? rect(x, y - 10, width, 20, { fill: colours[standing], opacity: 0.35 }) : '';
}

/** How many more there are, and when the only one was, if that is off the picture. */
function drawWords({ lead, size }: Group, axis: Axis, y: number, alone: boolean): string {
  const x = axis.x(lead.fromAt);
  const when = `‹ ${utcTime(lead.fromAt).slice(0, 5)}`;
  const outside =
    axis.isInside(lead.fromAt) || !alone
      ? ''
      : text(x + 30, y + 9, when, { 'font-size': noteSize, fill: colours.faint });
  const more = size > 1 ? text(x + 18, y - 7, `+${size - 1}`, { 'font-size': 19, fill: colours.ink }) : '';
  return outside + more;
}

/** A shape for each standing, since colours alone are not told apart by everybody. */
function shapeOf({ standing, isEffect, number }: LaneMark, x: number, y: number): string {
  const colour = colours[standing];
  const stroke = { stroke: colours.paper, 'stroke-width': 2 };
  if (isEffect)
    return element('path', {
      d: `M${px(x - 14)} ${px(y - 12)} L${px(x + 14)} ${px(y - 12)} L${px(x)} ${px(y + 13)} Z`,
      fill: colours.coincides,
      ...stroke,
    });
  if (standing === 'coincides') return element('circle', { cx: px(x), cy: px(y), r: 11, fill: colour, ...stroke });
  if (standing === 'contradicted') {
    return element('circle', { cx: px(x), cy: px(y), r: 11, fill: colours.paper, stroke: colour, 'stroke-width': 4 });
  }
  const half = 21;
  const shape =
    standing === 'explains'
      ? element('path', {
          d: `M${px(x)} ${px(y - half)} L${px(x + half)} ${px(y)} L${px(x)} ${px(y + half)} L${px(x - half)} ${px(y)} Z`,
          fill: colour,
          ...stroke,
        })
      : rect(x - 17, y - 17, 34, 34, { fill: colour, rx: 6, ...stroke });
  const label =
    number === null
      ? ''
      : text(x, y + 8, String(number), {
          'font-size': 22,
          'font-weight': 'bold',
          fill: colours.paper,
          'text-anchor': 'middle',
        });
  return shape + label;
}
