import { count } from '../../briefing/count.ts';
import { verdictMarks } from '../../briefing/marks.ts';
import { verdictLine } from '../../briefing/verdict-line.ts';
import type { Investigation } from '../../investigation/state.ts';
import { code, prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { actions, type Block, button, context, header, section } from './blocks.ts';
import type { ChecklistItem } from './checklist.ts';
import { packedSections } from './modal.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, named, personOf } from './words.ts';

/** The Home tab of one person. */
export interface Home {
  readonly type: 'home';
  readonly blocks: Block[];
}

/** How a cluster is, as far as probes tell. Times are epoch ms. */
export type ClusterState =
  | { readonly kind: 'down'; readonly sinceAt: number; readonly words: string }
  /** `sinceAt`: the end of the last outage that is known; null: none is. */
  | { readonly kind: 'up'; readonly sinceAt: number | null }
  /** `why`: a person's words. */
  | { readonly kind: 'noData'; readonly why: string };

/** The next health post of a schedule. */
export interface NextPost {
  readonly clusters: readonly string[];
  readonly channel: string;
  readonly at: number;
}

/** Where one person may investigate a cluster: everywhere, or in these channels; none: nowhere. */
type MayInvestigate = 'everywhere' | readonly string[];

/** All that a person's Home tab shows: only of clusters that they may see. */
export interface HomeView {
  readonly nowAt: number;
  readonly clusters: readonly {
    readonly name: string;
    readonly state: ClusterState;
    readonly investigate: MayInvestigate;
  }[];
  /** Are clusters left out that this person may not see? */
  readonly isPartial: boolean;
  /** What could not be looked up to decide that. mrkdwn. */
  readonly failures: readonly string[];
  /** Open ones, newest first, each with the address of its card; null while that is not known. */
  readonly investigations: readonly { readonly investigation: Investigation; readonly link: string | null }[];
  /** null: no schedules here. */
  readonly posts: readonly NextPost[] | null;
  /** Without any grant everybody may do everything. */
  readonly hasGrants: boolean;
  readonly checklist: readonly ChecklistItem[];
}

/** At most so many lines of each kind, the rest is counted: a Home tab has 100 blocks, and a person's eyes. */
const most = { down: 30, noData: 20, up: 12, investigations: 15, posts: 10, buttons: 5 } as const;

/** What fails first. Pure; within 100 blocks for any number of clusters. */
export function renderHome(view: HomeView): Home {
  const blocks = [
    ...headBlocks(view),
    ...clusterBlocks(view),
    ...investigationBlocks(view),
    ...postBlocks(view),
    ...permissionBlocks(view),
    ...checklistBlocks(view),
  ];
  return { type: 'home', blocks: blocks.slice(0, limits.view.blocks) };
}

/** `mrkdwn`: already escaped. */
export function homeSaying(mrkdwn: string): Home {
  return { type: 'home', blocks: [section(mrkdwn), actions(button(actionIds.homeRefresh, 'Refresh', 'refresh'))] };
}

function headBlocks({ nowAt, clusters }: HomeView): Block[] {
  const canOpen = clusters.some(({ investigate }) => investigate.length > 0);
  return [
    context(`As of ${dayAndTimeOf(nowAt)}`),
    actions(
      button(actionIds.homeRefresh, 'Refresh', 'refresh'),
      ...(canOpen ? [button(actionIds.homeOpen, 'Open an investigation…', '-', 'primary')] : []),
    ),
  ];
}

function clusterBlocks({ clusters, isPartial, failures }: HomeView): Block[] {
  const failed = failures.length === 0 ? [] : [context(...failures.slice(0, 5))];
  if (clusters.length === 0) {
    const why = isPartial
      ? 'You may see no cluster here. Grants are in the configuration of apidown; some hold only in a channel: type `/apidown status` there.'
      : 'No cluster is configured yet: add one under `clusters` in the configuration of apidown.';
    return [header('Clusters'), section(why), ...failed];
  }
  const down = clusters.flatMap(({ name, state, investigate }) =>
    state.kind === 'down' ? [{ name, state, investigate }] : [],
  );
  const noData = clusters.flatMap(({ name, state }) =>
    state.kind === 'noData' ? [`❔ *${prose(name, 60)}*: no data, ${prose(state.why, 200)}`] : [],
  );
  const up = clusters.flatMap(({ name, state }) => (state.kind === 'up' ? [{ name, state }] : []));
  const pressable = down.filter(({ investigate }) => investigate.length > 0).slice(0, most.buttons);
  return [
    header(`Clusters: ${[`${down.length} down`, `${noData.length} without data`, `${up.length} up`].join(', ')}`),
    ...packedSections(
      cut(
        down.map(
          ({ name, state }) =>
            `❌ *${prose(name, 60)}* is down since ${dayAndTimeOf(state.sinceAt)}: ${prose(state.words, 200)}`,
        ),
        most.down,
        'down',
      ),
    ),
    ...(pressable.length === 0
      ? []
      : [
          actions(
            // Slack takes no id twice in a block.
            ...pressable.map(({ name }, index) =>
              button(`${actionIds.homeOpen}:${index + 1}`, `Investigate ${name}`, name),
            ),
          ),
        ]),
    ...packedSections(cut(noData, most.noData, 'without data')),
    ...packedSections(upLines(up)),
    ...(isPartial ? [context('Other clusters are not shown: you may not see them from here.')] : []),
    ...failed,
  ];
}

/** A line each while they are few; else one for all, with those that came back last. */
function upLines(up: readonly { name: string; state: Extract<ClusterState, { kind: 'up' }> }[]): string[] {
  const sinceOf = ({ sinceAt }: { sinceAt: number | null }) =>
    sinceAt === null ? 'no outage is known' : `since ${dayAndTimeOf(sinceAt)}`;
  const line = ({ name, state }: (typeof up)[number]) => `✅ *${prose(name, 60)}* answers, ${sinceOf(state)}`;
  if (up.length <= most.up) return up.map(line);
  const newest = up
    .filter(({ state }) => state.sinceAt !== null)
    .toSorted((a, b) => (b.state.sinceAt ?? 0) - (a.state.sinceAt ?? 0))
    .slice(0, 3);
  return [
    ...newest.map(line),
    `✅ ${count(up.length - newest.length, newest.length > 0 ? 'other cluster' : 'cluster')} answer: ${named(
      up.filter((one) => !newest.includes(one)).map(({ name }) => name),
      30,
    )}`,
  ];
}

function investigationBlocks({ investigations }: HomeView): Block[] {
  const lines = investigations.map(({ investigation, link }) => {
    const { id, cluster, room, openedBy, openedAt } = investigation;
    const { verdict, text } = verdictLine(investigation);
    const name = link === null ? code(id) : `<${link}|${id}>`;
    const where = room === null ? 'stands by' : `in <#${room.channel}>, opened by ${personOf(openedBy)}`;
    return `${verdictMarks[verdict].symbol} *${prose(cluster, 60)}* ${name} ${where} ${dayAndTimeOf(openedAt)}: ${prose(text, 140)}`;
  });
  const shown = lines.length === 0 ? ['None.'] : cut(lines, most.investigations, 'open');
  return [header('Open investigations'), ...packedSections(shown)];
}

function postBlocks({ posts }: HomeView): Block[] {
  if (posts === null) return [];
  const lines = posts
    .toSorted((a, b) => a.at - b.at)
    .map(({ clusters, channel, at }) => `${dayAndTimeOf(at)} in <#${channel}>: ${named(clusters, 5)}`);
  const shown = lines.length === 0 ? ['None: `/apidown schedule` sets one.'] : cut(lines, most.posts, 'later');
  return [header('Next health posts'), ...packedSections(shown)];
}

function permissionBlocks({ clusters, hasGrants }: HomeView): Block[] {
  const title = header('What you may do');
  if (!hasGrants) return [title, section('Everything, as everybody here: no permissions are configured.')];
  const groups = Map.groupBy(clusters, ({ investigate }) =>
    investigate === 'everywhere' ? investigate : investigate.join(' '),
  );
  const lines = [...groups].map(([reach, same]) => {
    const names = named(
      same.map(({ name }) => name),
      20,
    );
    if (reach === 'everywhere') return `Look, and investigate (open, walk, record, conclude): ${names}`;
    if (reach === '') return `Look, but not investigate: ${names}`;
    const channels = reach.split(' ').map((id) => `<#${id}>`);
    return `Look, and investigate in ${channels.slice(0, 10).join(', ')}: ${names}`;
  });
  return [title, ...packedSections(lines.length === 0 ? ['Nothing here.'] : lines, 10)];
}

function checklistBlocks({ checklist }: HomeView): Block[] {
  if (checklist.length === 0) return [];
  const isDone = checklist.every(({ todo }) => todo === null);
  if (isDone) return [context(`✅ Set up: all ${checklist.length} steps are done.`)];
  const lines = checklist.map(({ title, todo }) =>
    todo === null ? `✅ ${prose(title, 100)}: done` : `⬜ *${prose(title, 100)}*: ${todo}`,
  );
  return [header('Set up'), ...packedSections(lines, 10)];
}

function cut(lines: readonly string[], atMost: number, what: string): readonly string[] {
  const more = lines.length - atMost;
  return more > 0 ? [...lines.slice(0, atMost), `… and ${more} more ${what}`] : lines;
}
