import type { Standing } from '../../words/diagnosis.ts';
import { utcTime } from '../time.ts';
import type { Axis } from './axis.ts';
import { colours } from './colours.ts';
import type { LaneMark } from './lanes.ts';
import { element, px, rect, text } from './svg.ts';

/** Pixels between two marks below which they would cover one another. */
const tooNear = 46;
const noteSize = 26;

/** The marks of one lane, at this height. */
export function drawMarks(marks: readonly LaneMark[], axis: Axis, y: number): string {
  const groups = grouped(marks, axis);
  return groups.map((group) => drawGroup(group, axis, y, groups.length === 1)).join('');
}

/** Marks that would cover one another are drawn as one, with their number. */
function grouped(marks: readonly LaneMark[], axis: Axis): readonly (readonly LaneMark[])[] {
  const groups: LaneMark[][] = [];
  for (const mark of marks.toSorted((a, b) => a.fromAt - b.fromAt)) {
    const last = groups.at(-1);
    const first = last?.[0];
    if (last !== undefined && first !== undefined && axis.x(mark.fromAt) - axis.x(first.fromAt) < tooNear)
      last.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

const gravest: readonly Standing[] = ['explains', 'possible', 'coincides', 'contradicted'];

function drawGroup(group: readonly LaneMark[], axis: Axis, y: number, alone: boolean): string {
  const [first] = group.toSorted(
    (a, b) =>
      Number(a.isEffect) - Number(b.isEffect) ||
      gravest.indexOf(a.standing) - gravest.indexOf(b.standing) ||
      (a.number ?? 99) - (b.number ?? 99),
  );
  if (first === undefined) return '';
  const x = axis.x(first.fromAt);
  const end = axis.x(first.toAt);
  const outside =
    axis.isInside(first.fromAt) || !alone
      ? ''
      : text(x + 30, y + 9, `‹ ${utcTime(first.fromAt).slice(0, 5)}`, { 'font-size': noteSize, fill: colours.faint });
  const stretch = end - x > 20 ? rect(x, y - 10, end - x, 20, { fill: colours[first.standing], opacity: 0.35 }) : '';
  const more =
    group.length > 1 ? text(x + 13, y - 11, `+${group.length - 1}`, { 'font-size': 19, fill: colours.ink }) : '';
  return [stretch, shapeOf(first, x, y), outside, more].join('');
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
