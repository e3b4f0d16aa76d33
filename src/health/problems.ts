import { count } from '../briefing/count.ts';
import type { Phrase } from '../briefing/phrase.ts';
import { tameLine } from '../briefing/tame.ts';
import { distance } from '../briefing/time.ts';
import type { ExpectedSource } from '../correlation/situation.ts';
import type { Change, CoverageSpan } from '../words/change.ts';
import type { Outage } from '../words/onset.ts';
import { sameVantage, type Vantage, vantageName } from '../words/vantage.ts';
import { type Period, unseenShare, type WayFigures } from './figures/way-figures.ts';
import { gravestFirst, type Problem } from './report.ts';
import { shareWords } from './words.ts';

/** What is known of one cluster, as the store and the parts of the bot tell it. Times are epoch ms. */
export interface Findings {
  readonly period: Period;
  readonly outages: readonly Outage[];
  readonly ways: readonly WayFigures[];
  readonly certificateEndsAt: number | null;
  readonly changes: readonly Change[];
  readonly connected: readonly { readonly vantage: Vantage; readonly version: string }[];
  readonly absent: readonly { readonly vantage: Vantage; readonly lastSeenAt: number }[];
  /** Names of control-plane nodes, where agents can run on them. */
  readonly controlPlaneNodes: readonly string[];
  readonly expected: readonly ExpectedSource[];
  readonly coverage: readonly CoverageSpan[];
  /** Open ones, by their ids. */
  readonly investigations: readonly { readonly id: string; readonly openedAt: number }[];
  /** Of the bot: agents should have the same. */
  readonly version: string;
}

const DAY_MS = 24 * 3_600_000;
/** Kubeadm renews certificates by hand or by upgrade: three weeks are enough to plan one. */
const certificateNoteMs = 21 * DAY_MS;
const certificateGraveMs = 7 * DAY_MS;
/** Below this a single slow answer would be a problem. */
const leastShare = 0.999;
const mostUnseen = 0.05;
/** Beyond how late it may be. */
const silentForMs = 5 * 60_000;

/** What somebody should look at, gravest first. Pure. */
export function problemsOf(findings: Findings): readonly Problem[] {
  return gravestFirst([
    ...outages(findings),
    ...availability(findings),
    ...certificate(findings),
    ...restarts(findings),
    ...agents(findings),
    ...sources(findings),
    ...investigations(findings),
  ]);
}

function outages({ outages: all, period }: Findings): readonly Problem[] {
  const inPeriod = all.filter(({ onset }) => onset.earliestAt <= period.toAt);
  const lasting = inPeriod.filter(({ onset }) => onset.recovery === null);
  const over = inPeriod.flatMap(({ onset }) =>
    onset.recovery === null ? [] : [{ fromAt: onset.earliestAt, ms: onset.recovery.latestAt - onset.earliestAt }],
  );
  const [first] = lasting.toSorted((a, b) => a.onset.earliestAt - b.onset.earliestAt);
  const [longest] = over.toSorted((a, b) => b.ms - a.ms);
  const lastMs = over.reduce((sum, { ms }) => sum + ms, 0);
  return [
    ...(first === undefined
      ? []
      : [problem('down', ['is down since ', { at: first.onset.earliestAt }, `: ${tameLine(first.words, 160)}`])]),
    ...(longest === undefined
      ? []
      : [
          over.length === 1
            ? problem('grave', [`was down for ${distance(longest.ms)}, from `, { at: longest.fromAt }])
            : problem('grave', [
                `was down ${over.length} times, ${distance(lastMs)} together; the longest time ${distance(longest.ms)}, from `,
                { at: longest.fromAt },
              ]),
        ]),
  ];
}

function availability({ ways, outages: all }: Findings): readonly Problem[] {
  const [main] = ways;
  if (main === undefined)
    return [problem('grave', ['was not probed by anybody: nothing is known of its availability'])];
  const unseen = unseenShare(main);
  const poor = ways.filter(({ probes, good }) => good / probes < leastShare);
  return [
    ...(unseen > mostUnseen
      ? [problem('note', [`was not probed from ${whoOf(main)} for ${shareWords(unseen)} of the period`])]
      : []),
    // An outage says it better.
    ...poor
      .filter(({ vantage, path }) => all.length === 0 || vantage.kind !== 'outside' || path !== 'endpoint')
      .slice(0, 4)
      .map((way) =>
        problem('note', [
          `${count(way.probes - way.good, 'probe')} of ${way.probes} from ${whoOf(way)}${pathWords(way)} failed (${shareWords(1 - way.good / way.probes)})`,
        ]),
      ),
    ...(poor.length > 4 ? [problem('note', [`and so did probes of ${poor.length - 4} more ways`])] : []),
  ];
}

export function whoOf({ vantage }: Pick<WayFigures, 'vantage'>): string {
  return vantage.kind === 'pod' ? 'a pod' : tameLine(vantageName({ ...vantage, leavesBy: [] }), 60);
}

/** Nothing for the endpoint, which is what is meant. */
export function pathWords({ path, host, port }: Pick<WayFigures, 'path' | 'host' | 'port'>): string {
  if (path === 'endpoint') return '';
  if (path === 'loopback') return ' to itself';
  return ` by ${path} (${tameLine(host, 60)}:${port})`;
}

function certificate({ certificateEndsAt, period: { toAt } }: Findings): readonly Problem[] {
  if (certificateEndsAt === null) return [];
  const leftMs = certificateEndsAt - toAt;
  if (leftMs > certificateNoteMs) return [];
  if (leftMs <= 0) return [problem('grave', ['its certificate has expired, at ', { at: certificateEndsAt }])];
  return [
    problem(leftMs <= certificateGraveMs ? 'grave' : 'note', [
      `its certificate ends in ${daysWords(leftMs)}, at `,
      { at: certificateEndsAt },
    ]),
  ];
}

export function daysWords(ms: number): string {
  return ms < 2 * DAY_MS ? distance(ms) : count(Math.floor(ms / DAY_MS), 'day');
}

/** The runtime of the node and the API tell of one restart both. */
const sameRestartMs = 2 * 60_000;

function restarts({ changes }: Findings): readonly Problem[] {
  const told = changes
    .filter(({ action, target }) => action === 'restart' && /apiserver/.test(`${target.kind} ${target.name}`))
    .toSorted((a, b) => a.latestAt - b.latestAt);
  const single = told.filter(
    (change, index) =>
      !told
        .slice(0, index)
        .some(
          (other) =>
            (other.target.node === change.target.node || other.target.node === null || change.target.node === null) &&
            change.latestAt - other.latestAt < sameRestartMs,
        ),
  );
  const last = single.at(-1);
  if (last === undefined) return [];
  const nodes = [...new Set(single.flatMap(({ target }) => target.node ?? []))].map((node) => tameLine(node, 60));
  const where = nodes.length === 0 ? '' : ` on ${nodes.slice(0, 3).join(', ')}${nodes.length > 3 ? ', …' : ''}`;
  return [
    problem('note', [
      `its API server was restarted${single.length === 1 ? '' : ` ${single.length} times`}${where}, last at `,
      { at: last.latestAt },
    ]),
  ];
}

function agents({ connected, absent, controlPlaneNodes, version }: Findings): readonly Problem[] {
  const never = controlPlaneNodes.filter((node) => ![...connected, ...absent].some((one) => isOn(one.vantage, node)));
  const gone = absent.filter(({ vantage }) => !connected.some((one) => sameVantage(one.vantage, vantage)));
  const old = connected.filter((one) => one.version !== version);
  const names = (all: readonly string[]) =>
    all
      .slice(0, 4)
      .map((name) => tameLine(name, 60))
      .join(', ') + (all.length > 4 ? ` and ${all.length - 4} more` : '');
  if (connected.length === 0 && gone.length === 0)
    return [problem('note', ['has no agent: the checks inside can not run'])];
  return [
    ...(gone.length === 0
      ? []
      : [
          problem('note', [
            `${names(gone.map(({ vantage }) => vantageName(vantage)))} ${gone.length === 1 ? 'is' : 'are'} not connected, last seen `,
            { at: Math.max(...gone.map(({ lastSeenAt }) => lastSeenAt)) },
          ]),
        ]),
    ...(never.length === 0
      ? []
      : [problem('note', [`no agent was ever seen on ${names(never.map((node) => `node ${node}`))}`])]),
    ...(old.length === 0
      ? []
      : [
          problem('note', [
            `${names(old.map((one) => `${vantageName(one.vantage)} (${one.version})`))} ${old.length === 1 ? 'runs' : 'run'} another version than the bot (${version})`,
          ]),
        ]),
  ];
}

function isOn(vantage: Vantage, node: string): boolean {
  return vantage.kind === 'node' && vantage.instance === node;
}

function sources({ expected, coverage, period: { toAt } }: Findings): readonly Problem[] {
  const failing = expected.flatMap((source) => {
    if (source.absent !== null) return [];
    if (source.trouble !== null) return [`${source.words}: ${source.trouble}`];
    const covered = coverage.filter(
      (span) =>
        span.source === source.source &&
        (source.instance === null || span.instance === source.instance) &&
        span.categories.some((category) => source.categories.includes(category)),
    );
    const lastAt = Math.max(...covered.map((span) => span.toAt));
    if (lastAt >= toAt - source.lateMs - silentForMs) return [];
    return [
      covered.length === 0 ? `${source.words}: no data` : `${source.words}: no data for ${distance(toAt - lastAt)}`,
    ];
  });
  const single = [...new Set(failing)];
  if (single.length === 0) return [];
  const shown = single.slice(0, 4).map((words) => tameLine(words, 140));
  const more = single.length > shown.length ? `; and ${single.length - shown.length} more` : '';
  return [problem('note', [`changes are not seen of ${shown.join('; ')}${more}`])];
}

function investigations({ investigations: open }: Findings): readonly Problem[] {
  const [first] = open;
  if (first === undefined) return [];
  const others = open.length > 1 ? ` and ${open.length - 1} more` : '';
  return [problem('note', [`${first.id}${others} is not concluded, opened `, { at: first.openedAt }])];
}

function problem(gravity: Problem['gravity'], words: Phrase): Problem {
  return { gravity, words };
}
