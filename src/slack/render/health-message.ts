import { count } from '../../briefing/count.ts';
import { plainPhrase } from '../../briefing/phrase.ts';
import { distance } from '../../briefing/time.ts';
import { addTo, histogram, quantileOf } from '../../health/figures/histogram.ts';
import type { WayFigures } from '../../health/figures/way-figures.ts';
import { daysWords, pathWords, whoOf } from '../../health/problems.ts';
import { type ClusterHealth, type HealthReport, mainWay, type Problem, sorted } from '../../health/report.ts';
import type { Schedule } from '../../health/schedule.ts';
import { momentIn, msWords, shareWords } from '../../health/words.ts';
import { Phase } from '../../words/probe.ts';
import { code, cutMrkdwn, prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { actions, type Block, button, context, header, section } from './blocks.ts';
import type { Content } from './content.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, phraseOf } from './words.ts';

/** Why a post stands there. */
export type PostedBecause =
  | {
      readonly kind: 'scheduled';
      readonly schedule: Schedule;
      readonly slotAt: number;
      readonly isLate: boolean;
      readonly missed: readonly { readonly slotAt: number; readonly why: string }[];
    }
  | { readonly kind: 'asked'; readonly by: string }
  /** Seen by the one who asked alone; `ref`: what was asked for, to post it for all. */
  | { readonly kind: 'shown'; readonly ref: string };

/** Left free for what stands around the clusters. */
const roomOfBlocks = limits.message.blocksTogether - 1_400;
const mostBlocks = limits.message.blocks - 8;
/** So few are told of one by one, even when all is well. */
const fewEnough = 3;

/** A health post: problems first, what is well in one line. Keeps to Slack's limits however many clusters there are. */
export function renderHealth(report: HealthReport, because: PostedBecause): Content {
  const { ailing, well } = sorted(report);
  const title = titleOf(report, ailing);
  const around = [
    ...(because.kind === 'scheduled' ? missedBlocks(because.missed, because.schedule.zone) : []),
    ...report.notes.map((note) => context(prose(note, 300))),
  ];
  const detailed = report.clusters.length <= fewEnough ? [...ailing, ...well] : ailing;
  return {
    text: textOf(title, ailing),
    blocks: [
      header(title),
      context(aboutLine(report, because)),
      ...around,
      ...clusterBlocks(detailed, report.toAt),
      ...(well.length > 0 && report.clusters.length > fewEnough ? [section(wellLine(well, report.toAt))] : []),
      ...(because.kind === 'shown'
        ? [actions(button(actionIds.postHealth, 'Post it here', because.ref, 'primary'))]
        : []),
    ],
  };
}

function titleOf({ clusters }: HealthReport, ailing: readonly ClusterHealth[]): string {
  const [only] = clusters;
  const mark = symbolOf(ailing[0]?.problems[0]);
  if (clusters.length === 1 && only !== undefined) {
    return `${mark} ${only.cluster} ${ailing.length === 0 ? 'is well' : 'needs a look'}`;
  }
  if (ailing.length === 0) return `${mark} All ${clusters.length} API servers are well`;
  return `${mark} ${ailing.length} of ${clusters.length} API servers ${ailing.length === 1 ? 'needs' : 'need'} a look`;
}

function symbolOf(problem: Problem | undefined): string {
  if (problem === undefined) return '✅';
  switch (problem.gravity) {
    case 'down':
      return '🔴';
    case 'grave':
      return '❌';
    case 'note':
      return '⚠️';
    default:
      return problem.gravity satisfies never;
  }
}

function aboutLine({ fromAt, toAt }: HealthReport, because: PostedBecause): string {
  const period = `Health of the last ${distance(toAt - fromAt)}, from ${dayAndTimeOf(fromAt)} to ${dayAndTimeOf(toAt)}`;
  switch (because.kind) {
    case 'scheduled': {
      const { said, zone, id } = because.schedule;
      const late = because.isLate ? ` · posted late, it was due ${momentIn(zone, because.slotAt)}` : '';
      return `${period} · ${prose(said, 80)}, ${prose(zone, 60)}${late} · ${code(id)}`;
    }
    case 'asked':
      return `${period} · asked by <@${because.by}>`;
    case 'shown':
      return period;
    default:
      return because satisfies never;
  }
}

const mostMissed = 6;

/** `The posts of Fri 27 Nov 09:00 and … were missed: the bot was not running.` */
function missedBlocks(missed: readonly { slotAt: number; why: string }[], zone: string): Block[] {
  const lines = [...Map.groupBy(missed, ({ why }) => why)].slice(0, 4).map(([why, slots]) => {
    const oldestFirst = slots.toSorted((a, b) => a.slotAt - b.slotAt);
    const shown = oldestFirst.slice(-mostMissed).map(({ slotAt }) => momentIn(zone, slotAt));
    const [are, posts] = slots.length === 1 ? ['was', 'The post'] : ['were', 'The posts'];
    const which =
      slots.length > shown.length
        ? `${slots.length} posts, the last of them ${shown.join(', ')},`
        : `${posts} of ${shown.join(', ')}`;
    return `❔ ${which} ${are} missed: ${prose(why, 200)}.`;
  });
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

/** All that is known where there is room, then a line each, then names. */
function clusterBlocks(clusters: readonly ClusterHealth[], nowAt: number): Block[] {
  const blocks: Block[] = [];
  const lines: string[] = [];
  let used = 0;
  for (const [index, cluster] of clusters.entries()) {
    const whole = section(wholeOf(cluster, nowAt));
    const size = JSON.stringify(whole).length;
    const lineLater = JSON.stringify(section('')).length + lineRoom * (clusters.length - index - 1);
    const hasRoom = lines.length === 0 && used + size + Math.min(lineLater, roomOfLines) < roomOfBlocks;
    if (hasRoom && blocks.length < mostWhole) {
      blocks.push(whole);
      used += size;
    } else lines.push(lineOf(cluster, nowAt));
  }
  return [
    ...blocks,
    ...packed(lines, clusters.slice(clusters.length - lines.length), roomOfBlocks - used, mostBlocks - blocks.length),
  ];
}

/** More than these in full and nobody reads to the end. */
const mostWhole = 12;
const lineRoom = 160;
const roomOfLines = 6_000;

/** As many lines as there is room for; the others by their names, as far as those go. */
function packed(lines: readonly string[], clusters: readonly ClusterHealth[], room: number, most: number): Block[] {
  const sections: string[] = [];
  let used = 0;
  let shown = 0;
  for (const line of lines) {
    // Escapes in JSON make it longer.
    const size = JSON.stringify(line).length + 4;
    if (used + size > room - 700) break;
    const last = sections.at(-1);
    if (last !== undefined && last.length + line.length < limits.sectionText - 100) {
      sections[sections.length - 1] = `${last}\n${line}`;
    } else if (sections.length < most - 1) {
      sections.push(line);
      used += 100;
    } else break;
    used += size;
    shown += 1;
  }
  const rest = clusters.slice(shown);
  const left = rest.length === 0 ? [] : [`… and ${rest.length} more: ${namesOf(rest, 500)}`];
  return [...sections, ...left].map(section);
}

function namesOf(clusters: readonly ClusterHealth[], room: number): string {
  const names: string[] = [];
  let used = 0;
  for (const { cluster } of clusters) {
    const name = prose(cluster, 60);
    used += name.length + 2;
    if (used > room) break;
    names.push(name);
  }
  const more = clusters.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} others` : ''}`;
}

/** One line: the gravest problem. */
function lineOf({ cluster, problems }: ClusterHealth, nowAt: number): string {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const words = first === undefined ? 'is well' : phraseOf(first.words, nowAt, 80);
  return `${symbolOf(first)} *${prose(cluster, 60)}*: ${cutMrkdwn(words, 220)}${more}`;
}

function wholeOf(health: ClusterHealth, nowAt: number): string {
  const { cluster, problems, ways } = health;
  const name = `*${prose(cluster, 60)}*`;
  const [only] = problems;
  const head =
    problems.length === 0
      ? [`✅ ${name} is well`]
      : problems.length === 1 && only !== undefined
        ? [`${symbolOf(only)} ${name}: ${phraseOf(only.words, nowAt, 240)}`]
        : [name, ...problems.slice(0, 8).map((one) => `${symbolOf(one)} ${phraseOf(one.words, nowAt, 240)}`)];
  const more = problems.length > 8 ? [`… and ${problems.length - 8} more`] : [];
  const figures = ways.filter((way, index) => index === 0 || way.path === 'endpoint').slice(0, 5);
  return cutMrkdwn(
    [...head, ...more, ...figures.map(wayLine), restLine(health, nowAt), ...notableLines(health)]
      .filter((line) => line !== '')
      .join('\n'),
    limits.sectionText - 10,
  );
}

/** `from the bot: 99.98 % of 17280 probes good, p50/p99 12/41 ms: resolve 0.4/1.2, connect …` */
function wayLine(way: WayFigures): string {
  const { probes, good, took, phases } = way;
  const both = (of: WayFigures['took']) => `${msWords(quantileOf(of, 0.5))}/${msWords(quantileOf(of, 0.99))}`;
  const parts = Phase.options.flatMap((phase, index) => {
    const of = phases[index];
    return of === undefined || of.total === 0 ? [] : [`${phase} ${both(of)}`];
  });
  const times = took.total === 0 ? '' : `, p50/p99 ${both(took)} ms: ${parts.join(', ')}`;
  return `from ${prose(whoOf(way), 60)}${prose(pathWords(way), 80)}: ${shareWords(good / probes)} of ${count(probes, 'probe')} good${times}`;
}

function restLine({ certificateEndsAt, agents, changes }: ClusterHealth, nowAt: number): string {
  const left = certificateEndsAt === null ? null : certificateEndsAt - nowAt;
  return [
    ...(left === null || left <= 0 ? [] : [`certificate ${daysWords(left)} left`]),
    count(agents, 'agent'),
    changesWords(changes),
  ].join(' · ');
}

function changesWords({ total, byCategory }: ClusterHealth['changes']): string {
  if (total === 0) return 'no changes';
  const parts = byCategory.slice(0, 4).map(({ category, amount }) => `${amount} ${category}`);
  return `${count(total, 'change')}: ${parts.join(', ')}${byCategory.length > 4 ? ', …' : ''}`;
}

function notableLines({ changes: { notable } }: ClusterHealth): string[] {
  return notable.map(({ summary, latestAt }) => `• ${prose(summary, 160)}, ${dayAndTimeOf(latestAt)}`);
}

/** `✅ *197 are well*: 99.99 % to 100 % of probes good, p50/p99 12/41 ms …` */
function wellLine(well: readonly ClusterHealth[], nowAt: number): string {
  const ways = well.flatMap((one) => mainWay(one) ?? []);
  const shares = ways.map(({ good, probes }) => good / probes);
  const all = histogram();
  for (const { took } of ways) addTo(all, took);
  const least = Math.min(...shares);
  const slowest = ways.toSorted((a, b) => (quantileOf(b.took, 0.99) ?? 0) - (quantileOf(a.took, 0.99) ?? 0))[0];
  const slowestIn = well.find((one) => mainWay(one) === slowest);
  const ends = well.flatMap(({ certificateEndsAt }) => certificateEndsAt ?? []);
  const changes = well.reduce((sum, one) => sum + one.changes.total, 0);
  const parts = [
    ...(ways.length === 0 ? [] : [least === 1 ? 'all probes good' : `at least ${shareWords(least)} of probes good`]),
    ...(all.total === 0 ? [] : [`p50/p99 ${msWords(quantileOf(all, 0.5))}/${msWords(quantileOf(all, 0.99))} ms`]),
    ...(slowest === undefined || slowestIn === undefined || well.length === 1
      ? []
      : [`the slowest ${prose(slowestIn.cluster, 60)} with p99 ${msWords(quantileOf(slowest.took, 0.99))} ms`]),
    ...(ends.length === 0 ? [] : [`certificates at least ${daysWords(Math.min(...ends) - nowAt)}`]),
    changes === 0 ? 'no changes' : count(changes, 'change'),
  ];
  const who = well.length === 1 ? namesOf(well, 80) : `${well.length} others`;
  return `✅ *${who} ${well.length === 1 ? 'is' : 'are'} well*: ${parts.join(' · ')}${well.length > 1 && well.length <= 12 ? `\n${namesOf(well, 900)}` : ''}`;
}

function textOf(title: string, ailing: readonly ClusterHealth[]): string {
  const words = ailing
    .slice(0, 5)
    .map(({ cluster, problems: [first] }) => (first === undefined ? '' : `${cluster}: ${plainPhrase(first.words)}`));
  const more = ailing.length > 5 ? [`and ${ailing.length - 5} more`] : [];
  return prose([title, ...words, ...more].join('. '), 1_000);
}
