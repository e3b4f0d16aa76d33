import { axisOf } from '../briefing/picture/axis.ts';
import { colours } from '../briefing/picture/colours.ts';
import { element, line, px, rect, text } from '../briefing/picture/svg.ts';
import { tameLine, tameSentence } from '../briefing/tame.ts';
import { distance } from '../briefing/time.ts';
import { quantileOf } from './figures/histogram.ts';
import { BINS, type Bins, type WayFigures } from './figures/way-figures.ts';
import { pathWords, whoOf } from './problems.ts';
import { type HealthReport, mainWay, sorted } from './report.ts';
import { momentIn, shareWords, zoneWords } from './words.ts';

export interface HealthPicture {
  readonly svg: string;
  /** The same in words, for those who can't see it. */
  readonly alt: string;
}

/** As wide as the timeline's picture, to be read on a phone. */
const width = 1080;
const margin = 40;
const stripHeight = 64;
const rowHeight = 128;
const most = 8;

interface Row {
  readonly title: string;
  readonly says: string;
  readonly bins: Bins;
}

/**
 * Each part of the period as a bar: as high as its slowest answer (on a scale of powers), red where probes failed,
 * empty where nobody probed. One row for each way of a single cluster, else for each cluster that isn't well and for
 * the worst of the others together. null where nothing was probed. Pure.
 */
export function healthPicture(report: HealthReport, zone: string): HealthPicture | null {
  const rows = rowsOf(report);
  if (rows.length === 0) return null;
  const axis = axisOf(report.fromAt, report.toAt, margin, width - margin);
  const slowest = Math.max(100, ...rows.flatMap(({ bins }) => [...bins.slowestMs]));
  const top = 110;
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 130;
  const title = titleOf(report);
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': 'DejaVu Sans',
    },
    rect(0, 0, width, height, { fill: colours.paper }),
    text(margin, 62, title, { 'font-size': 38, 'font-weight': 'bold', fill: colours.ink }),
    ...rows.map((row, index) => drawRow(row, top + index * rowHeight, slowest)),
    line(margin, bottom, width - margin, bottom, { stroke: colours.faint, 'stroke-width': 2 }),
    ...axis.ticks
      .filter((at) => axis.x(at) > margin + 40 && axis.x(at) < width - margin - 40)
      .map((at) => drawTick(axis.x(at), bottom, labelOf(at, zone, report))),
    text(margin, bottom + 76, `Times in ${zoneWords(zone, report.toAt)}`, { 'font-size': 22, fill: colours.faint }),
    rect(margin, bottom + 92, 20, 20, { fill: colours.ok }),
    text(margin + 30, bottom + 110, `slowest answer (the highest: ${distance(slowest)})`, small),
    rect(margin + 520, bottom + 92, 20, 20, { fill: colours.onset }),
    text(margin + 550, bottom + 110, 'failed', small),
    rect(margin + 680, bottom + 92, 20, 20, { fill: colours.grid }),
    text(margin + 710, bottom + 110, 'not probed', small),
  );
  const alt = [`${title}.`, ...rows.map(altOf)].join(' ');
  return { svg, alt: tameSentence(alt, 990) };
}

const small = { 'font-size': 22, fill: colours.faint } as const;

function titleOf({ clusters, fromAt, toAt }: HealthReport): string {
  const [only] = clusters;
  const what =
    clusters.length === 1 && only !== undefined ? tameLine(only.cluster, 30) : `${clusters.length} API servers`;
  return `${what}, the last ${distance(toAt - fromAt)}`;
}

function rowsOf(report: HealthReport): readonly Row[] {
  const [only] = report.clusters;
  if (report.clusters.length === 1 && only !== undefined) {
    return only.ways.slice(0, most).map((way) => ({
      title: `from ${whoOf(way)}${pathWords(way)}`,
      says: saysOf(way),
      bins: way.bins,
    }));
  }
  const { ailing, well } = sorted(report);
  const single = report.clusters.length <= most ? [...ailing, ...well] : ailing.slice(0, most - 1);
  const others = report.clusters.filter((one) => !single.includes(one));
  const rows = single.flatMap((one) => {
    const way = mainWay(one);
    return way === null ? [] : [{ title: tameLine(one.cluster, 40), says: saysOf(way), bins: way.bins }];
  });
  const rest = others.flatMap((one) => mainWay(one) ?? []);
  if (rest.length === 0) return rows;
  return [...rows, { title: `the worst of the ${rest.length} others`, says: '', bins: worstOf(rest) }];
}

function saysOf({ probes, good, took }: WayFigures): string {
  const p99 = quantileOf(took, 0.99);
  return `${shareWords(good / probes)} good${p99 === null ? '' : ` · p99 ${distance(p99)}`}`;
}

function worstOf(ways: readonly WayFigures[]): Bins {
  const worst: Bins = {
    probes: new Uint32Array(BINS),
    bad: new Uint32Array(BINS),
    slowestMs: new Float32Array(BINS),
  };
  for (const { bins } of ways) {
    for (let index = 0; index < BINS; index++) {
      worst.probes[index] = Math.max(worst.probes[index] ?? 0, bins.probes[index] ?? 0);
      worst.bad[index] = Math.max(worst.bad[index] ?? 0, bins.bad[index] ?? 0);
      worst.slowestMs[index] = Math.max(worst.slowestMs[index] ?? 0, bins.slowestMs[index] ?? 0);
    }
  }
  return worst;
}

function drawRow({ title, says, bins }: Row, top: number, slowest: number): string {
  const strip = top + 40;
  const each = (width - 2 * margin) / BINS;
  const bars = Array.from({ length: BINS }, (_, index) => {
    const x = margin + index * each;
    const probes = bins.probes[index] ?? 0;
    if (probes === 0) return rect(x, strip, each - 1, stripHeight, { fill: colours.grid });
    const ms = bins.slowestMs[index] ?? 0;
    const bad = bins.bad[index] ?? 0;
    const high = ms <= 0 ? 0 : Math.max(5, stripHeight * Math.min(1, Math.log(1 + ms) / Math.log(1 + slowest)));
    // Red from the top, so that a single failure shows however fast the others were.
    const red = bad === 0 ? 0 : Math.max(14, stripHeight * (bad / probes));
    const green = Math.min(high, stripHeight - red);
    return (
      (green > 0 ? rect(x, strip + stripHeight - green, each - 1, green, { fill: colours.ok, opacity: 0.75 }) : '') +
      (red > 0 ? rect(x, strip, each - 1, red, { fill: colours.onset }) : '')
    );
  });
  return [
    text(margin, top + 26, title, { 'font-size': 28, 'font-weight': 'bold', fill: colours.ink }),
    text(width - margin, top + 26, says, { 'font-size': 26, fill: colours.faint, 'text-anchor': 'end' }),
    ...bars,
    line(margin, strip + stripHeight, width - margin, strip + stripHeight, { stroke: colours.grid, 'stroke-width': 2 }),
  ].join('');
}

function drawTick(x: number, bottom: number, label: string): string {
  return (
    line(x, bottom, x, bottom + 12, { stroke: colours.faint, 'stroke-width': 2 }) +
    text(px(x), bottom + 42, label, { 'font-size': 24, fill: colours.ink, 'text-anchor': 'middle' })
  );
}

/** The clock, or the day where there are several. */
function labelOf(at: number, zone: string, { fromAt, toAt }: HealthReport): string {
  const [weekday = '', day = '', , clock = ''] = momentIn(zone, at).split(' ');
  return toAt - fromAt > 36 * 3_600_000 ? `${weekday} ${day}, ${clock}` : clock;
}

function altOf({ title, says, bins }: Row): string {
  const bad = bins.bad.filter((each) => each > 0).length;
  const unseen = bins.probes.filter((each) => each === 0).length;
  const parts = [
    says,
    bad === 0 ? 'no failed probe' : `failed probes in ${shareWords(bad / BINS)} of the time`,
    ...(unseen === 0 ? [] : [`not probed in ${shareWords(unseen / BINS)} of it`]),
  ];
  return `${title}: ${parts.filter(Boolean).join(', ')}.`;
}
