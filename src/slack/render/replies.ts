import { count } from '../../briefing/count.ts';
import { verdictMarks } from '../../briefing/marks.ts';
import { verdictLine } from '../../briefing/verdict-line.ts';
import type { Investigation } from '../../investigation/state.ts';
import { stepById } from '../../playbook/playbook.ts';
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
    '`/apidown investigate [cluster]` opens an investigation here and runs all six checks at once',
    '`/apidown status` shows each cluster and what is being investigated',
    '`/apidown help` shows this',
    'In a thread: mention me with `investigate`, or use the message shortcut *Investigate API server*.',
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

/** A choice of cluster. The value carries where the investigation is to open: a thread, or `-` for the channel. */
export function chooseClusterReply(names: readonly string[], thread: string | null): Content {
  const choices = names.map((name) => ({ plainText: name, value: `${thread ?? '-'}|${name}` }));
  const more = names.length > 100 ? ' The list is cut: type the name if it is missing.' : '';
  const blocks: Block[] = [
    section(`Which cluster?${more}`),
    actions(select(actionIds.chooseCluster, 'Choose a cluster', choices)),
  ];
  return { text: 'Which cluster? Type /apidown investigate and its name.', blocks };
}

export function joinedReply(investigation: Investigation, permalink: string | null): Content {
  const where = permalink === null ? 'in this channel' : `<${permalink}|here>`;
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

/** One cluster as `/apidown status` shows it. */
export interface ClusterStatus extends CardContext {
  readonly name: string;
  readonly open: readonly Investigation[];
}

export function statusReply(clusters: readonly ClusterStatus[]): Content {
  if (clusters.length === 0) return saying(noClusters);
  // What is being investigated first, then the rest as configured.
  const ordered = clusters.toSorted((a, b) => Number(b.open.length > 0) - Number(a.open.length > 0));
  const shown = fitting(ordered);
  const more = ordered.length - shown.length;
  const text = shown.map(({ name, open }) => `${name}: ${openWords(open)}`).join('\n');
  return {
    text: prose(text, 1000),
    blocks: [...shown.map(statusBlock), ...(more > 0 ? [section(`and ${count(more, 'more cluster')}`)] : [])],
  };
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

function statusLines({ name, open, connected, absent }: ClusterStatus): string[] {
  const from = connected.slice(0, 4).map(vantageOf).join(' · ') || '*no vantage is connected*';
  const more = connected.length > 4 ? ` · and ${connected.length - 4} more` : '';
  const gone = absent.length === 0 ? '' : ` · ❔ ${count(absent.length, 'agent')} not connected`;
  return [
    `*${prose(name, 60)}*: ${openWords(open)}`,
    ...open.slice(0, 3).map((investigation) => {
      const { verdict, text } = verdictLine(investigation);
      const room = investigation.room === null ? 'a terminal' : `<#${investigation.room.channel}>`;
      return `${verdictMarks[verdict].symbol} ${code(investigation.id)} in ${room}, ${stepWords(investigation)}: ${prose(text, 140)}`;
    }),
    `Looking from: ${from}${more}${gone}`,
  ];
}

function openWords(open: readonly Investigation[]): string {
  return open.length === 0 ? 'nothing is being investigated' : count(open.length, 'open investigation');
}

function stepWords({ current }: Investigation): string {
  return current === null ? 'all steps walked' : `at step ${stepById(current).number}`;
}
