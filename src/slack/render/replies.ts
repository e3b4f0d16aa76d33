import { count } from '../../briefing/count.ts';
import { verdictMarks } from '../../briefing/marks.ts';
import { verdictLine } from '../../briefing/verdict-line.ts';
import type { Investigation } from '../../investigation/state.ts';
import { stepById } from '../../playbook/playbook.ts';
import type { Onset } from '../../words/onset.ts';
import type { Actor } from '../../words/person.ts';
import { code, prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { actions, type Block, section, select } from './blocks.ts';
import type { CardContext } from './card.ts';
import type { Content } from './content.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, personOf, timeOf, vantageOf } from './words.ts';

/** Short answers that only the one who asked sees. */

/** `mrkdwn`: already escaped. */
export function saying(mrkdwn: string): Content {
  return { text: mrkdwn, blocks: [section(mrkdwn)] };
}

export function helpReply(unclear?: { part: string; suggestion: string | null }): Content {
  const lines = [
    '*What I can do*',
    '`/apidown investigate [cluster]` opens an investigation here, runs all six checks and compares with what changed',
    '`/apidown investigate [cluster] since 14:05 from 203.0.113.0/24` does so for what you say: when clients began to fail, in your time zone, and which (`from` may be left out). Also `since yesterday 23:55`, `since 25 min ago`',
    '`/apidown status` shows each cluster, since when it fails, and what is being investigated',
    '`/apidown health [cluster]` shows how they fared in the last day, and posts it here if you like',
    '`/apidown schedule` lists what is posted when; `/apidown schedule add weekdays at 9:00 in Europe/Berlin for prod` adds one, `/apidown schedule add` asks by a window',
    '`/apidown history [cluster] [words] [since 2026-11-01]` finds what was investigated before',
    '`/apidown audit [cluster] [@person] [since yesterday]` shows who asked for what, and who was refused',
    '`/apidown help` shows this',
    'In a thread: mention me with the same words, or use the message shortcut *Investigate API server*.',
  ];
  const first =
    unclear === undefined
      ? []
      : [
          `I don't understand ${code(unclear.part, 100)}.` +
            (unclear.suggestion === null ? '' : ` Did you mean ${code(`/apidown ${unclear.suggestion}`)}?`),
        ];
  return saying([...first, ...lines].join('\n'));
}

export function unknownClusterReply(given: string, suggestion: string | null, names: readonly string[]): Content {
  const known = names.slice(0, 40).map((name) => code(name, 60));
  const more = names.length > known.length ? ` and ${names.length - known.length} more` : '';
  const meant = suggestion === null ? '' : ` Did you mean ${code(suggestion, 60)}?`;
  return saying(
    `I don't know a cluster ${code(given, 100)}.${meant}\n` +
      (known.length === 0 ? noClusters : `I know ${known.join(', ')}${more}.`),
  );
}

export const noClusters = 'No cluster is configured yet: add one under `clusters` in the configuration of apidown.';

/**
 * A choice of cluster. The value carries what was asked: where the investigation is to open (a thread, or `-` for the
 * channel), and what was told of the failure, in the words of the one who asks.
 */
export function chooseClusterReply(names: readonly string[], thread: string | null, report: string | null): Content {
  const type = `/apidown investigate CLUSTER${report === null ? '' : ` ${report}`}`;
  const fitting = names.filter((name) => choiceOf(name, thread, report).value.length <= limits.optionValue);
  const cut = fitting.length < names.length || names.length > limits.options;
  const more = cut ? ` The list is not whole: type ${code(type, 1000)}.` : '';
  return {
    text: `Which cluster? Type ${code(type, 1000)}.`,
    blocks: [section(`Which cluster?${more}`), ...clusterChoice('Choose a cluster', names, thread, report)],
  };
}

/** None when nothing can be chosen. */
function clusterChoice(
  placeholder: string,
  names: readonly string[],
  thread: string | null,
  report: string | null,
): Block[] {
  const choosing = select(
    actionIds.chooseCluster,
    placeholder,
    names.map((name) => choiceOf(name, thread, report)),
  );
  return choosing.options.length === 0 ? [] : [actions(choosing)];
}

function choiceOf(name: string, thread: string | null, report: string | null) {
  return { plainText: name, value: `${thread ?? '-'}|${report ?? ''}|${name}` };
}

/** Said beside an investigation that was opened for the cluster of the last time, which may be the wrong one. */
export function rememberedReply(
  cluster: string,
  others: readonly string[],
  thread: string | null,
  report: string | null,
): Content {
  const said = `${prose(cluster, 60)}, as last time in this channel.`;
  const choosing = clusterChoice('Another cluster…', others, thread, report);
  return { text: `${said} Another: ${code('/apidown investigate CLUSTER')}.`, blocks: [section(said), ...choosing] };
}

/** What was made of a person's words, so that a wrong reading is seen. */
export interface ReportEcho {
  readonly onset: Pick<Onset, 'earliestAt' | 'sources'>;
  /** In which the time was read. */
  readonly zone: string;
  readonly notes: readonly string[];
}

export function understoodReply({ onset, zone, notes }: ReportEcho): Content {
  const { earliestAt, sources } = onset;
  const shown = sources.slice(0, 10).map((source) => code(source, 60));
  const more = sources.length > shown.length ? ` and ${sources.length - shown.length} more` : '';
  const who = sources.length === 0 ? 'clients' : `clients in ${shown.join(', ')}${more}`;
  return saying(
    [
      `Understood: ${who} began to fail ${dayAndTimeOf(earliestAt)}, read in ${prose(zone, 60)}. Not so? Press *Correct the time* on the card.`,
      ...notes.slice(0, 5).map((note) => `• ${prose(note, 300)}`),
    ].join('\n'),
  );
}

/** `why` says what to say instead. */
export function unclearSinceReply(part: string, why: string): Content {
  return saying(`I don't understand ${code(part, 100)}: ${prose(why, 400)}.`);
}

/** `why` says what to say instead. */
export function unclearReportReply(part: string, why: string): Content {
  return saying(
    `I don't understand ${code(part, 100)}: ${prose(why, 400)}.\nType for example \`/apidown investigate prod since 14:05 from 203.0.113.0/24\`.`,
  );
}

export function joinedReply(investigation: Investigation, permalink: string | null, channel: string): Content {
  const { room } = investigation;
  const elsewhere = room === null || room.channel === channel ? [] : [`in <#${room.channel}>`];
  const exactly = permalink === null ? [] : [`<${permalink}|here>`];
  const where = [...elsewhere, ...exactly].join(', ') || 'in this channel';
  return saying(
    `${prose(investigation.cluster, 60)} is being investigated already, ${where}: ${code(investigation.id)}, opened by ${personOf(investigation.openedBy)} ${dayAndTimeOf(investigation.openedAt)}.`,
  );
}

/** The app may not write where it was asked; the investigation runs all the same. */
export function inviteReply({ cluster, id }: Investigation, channel: string, error: string): Content {
  const again = code(`/apidown investigate ${cluster}`);
  return saying(`${inviteWords(channel, error, again)}\nThe checks run meanwhile: ${code(id)}.`);
}

function inviteWords(channel: string, error: string, again: string): string {
  if (error === 'is_archived') return `This channel is archived: type ${again} in another one.`;
  if (channel.startsWith('D')) return `I can't write in this conversation: type ${again} in a channel.`;
  if (error === 'not_in_channel' || error === 'channel_not_found') {
    return `I am not in this channel. Type \`/invite @apidown\` here, then ${again} again to see the card.`;
  }
  return `Slack does not let me write here (${code(error, 80)}): type ${again} in another channel.`;
}

export function alreadyReply(by: Actor, at: number): Content {
  return saying(`Already done by ${personOf(by)} at ${timeOf(at)}.`);
}

export function errorReply(correlation: string): Content {
  return saying(
    `Something broke on my side, and it is in my log under ${code(correlation)}. Try again; what was done before is kept.`,
  );
}

/** An outage that lasts, as whoever probes sees it. Epoch ms. */
export interface LastingOutage {
  readonly since: { readonly earliestAt: number; readonly latestAt: number };
  /** What fails, in a person's words; not escaped. */
  readonly words: string;
}

/** One cluster as `/apidown status` shows it. */
export interface ClusterStatus extends CardContext {
  readonly name: string;
  readonly outage: LastingOutage | null;
  readonly open: readonly Investigation[];
}

export function statusReply(clusters: readonly ClusterStatus[]): Content {
  if (clusters.length === 0) return saying(noClusters);
  // What fails first, then what is being investigated, then the rest as configured.
  const ordered = clusters.toSorted((a, b) => weight(b) - weight(a));
  const shown = fitting(ordered);
  const more = ordered.length - shown.length;
  const text = shown
    .map(({ name, open, outage }) => `${name}: ${outage === null ? '' : 'failing, '}${openWords(open)}`)
    .join('\n');
  return {
    text: prose(text, 1000),
    blocks: [...shown.map(statusBlock), ...(more > 0 ? [section(`and ${count(more, 'more cluster')}`)] : [])],
  };
}

function weight({ open, outage }: ClusterStatus): number {
  return (outage === null ? 0 : 2) + (open.length > 0 ? 1 : 0);
}

/** As many as one message holds. */
function fitting(clusters: readonly ClusterStatus[]): readonly ClusterStatus[] {
  const room = limits.message.blocksTogether - 1000;
  let used = 0;
  const first = clusters.findIndex((cluster) => {
    used += JSON.stringify(statusBlock(cluster)).length;
    return used > room;
  });
  return clusters.slice(0, Math.min(first === -1 ? clusters.length : first, limits.message.blocks - 1));
}

function statusBlock(cluster: ClusterStatus): Block {
  return section(statusLines(cluster).join('\n'));
}

function statusLines({ name, open, connected, absent, outage }: ClusterStatus): string[] {
  const from = connected.slice(0, 4).map(vantageOf).join(' · ') || '*no vantage is connected*';
  const more = connected.length > 4 ? ` · and ${connected.length - 4} more` : '';
  const gone = absent.length === 0 ? '' : ` · ❔ ${count(absent.length, 'agent')} not connected`;
  return [
    `*${prose(name, 60)}*: ${openWords(open)}`,
    ...(outage === null
      ? []
      : [`❌ Failing since ${dayAndTimeOf(outage.since.earliestAt)}: ${prose(outage.words, 200)}`]),
    ...open.slice(0, 3).map((investigation) => {
      const { verdict, text } = verdictLine(investigation);
      const leading = `${verdictMarks[verdict].symbol} ${code(investigation.id)}`;
      if (waits(investigation)) {
        const bring = code(`/apidown investigate ${name}`);
        return `${leading} stands by: ${bring} brings it into the channel. ${prose(text, 140)}`;
      }
      const room = investigation.room === null ? 'a terminal' : `<#${investigation.room.channel}>`;
      return `${leading} in ${room}, ${stepWords(investigation)}: ${prose(text, 140)}`;
    }),
    `Looking from: ${from}${more}${gone}`,
  ];
}

function openWords(open: readonly Investigation[]): string {
  const standing = open.filter(waits).length;
  const asked = open.length - standing;
  if (standing === 0) return asked === 0 ? 'nothing is being investigated' : count(asked, 'open investigation');
  const standsBy = `${count(standing, 'investigation')} ${standing === 1 ? 'stands' : 'stand'} by`;
  return asked === 0 ? standsBy : `${count(asked, 'open investigation')}, ${standsBy}`;
}

/** Opened by itself at an onset, and nobody asked for it yet. */
function waits({ incident, room }: Investigation): boolean {
  return incident !== null && room === null;
}

function stepWords({ current }: Investigation): string {
  return current === null ? 'all steps walked' : `at step ${stepById(current).number}`;
}
