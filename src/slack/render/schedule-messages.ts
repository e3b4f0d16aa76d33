import type { ListedSchedule } from '../../health/desk.ts';
import { isConfigured, type Schedule, type Slot } from '../../health/schedule.ts';
import { momentIn } from '../../health/words.ts';
import { code, prose } from '../escape.ts';
import { limits } from '../limits.ts';
import { actions, type Block, button, context, section } from './blocks.ts';
import type { Content } from './content.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, named } from './words.ts';

const noSchedules =
  'No health post is scheduled. Add one: `/apidown schedule add weekdays at 9:00 in Europe/Berlin for prod`, or by the button.';

/** `mayChange`: whether the one who asks may pause and remove it. */
export function scheduleList(all: readonly (ListedSchedule & { readonly mayChange: boolean })[]): Content {
  const add = actions(button(actionIds.addSchedule, 'Add', 'add', 'primary'));
  if (all.length === 0) return { text: noSchedules, blocks: [section(noSchedules), add] };
  const blocks: Block[] = [];
  let shown = 0;
  for (const listed of all) {
    const own = scheduleBlocks(listed);
    const size = JSON.stringify([...blocks, ...own]).length;
    if (blocks.length + own.length > limits.message.blocks - 2 || size > limits.message.blocksTogether - 1_000) break;
    blocks.push(...own);
    shown += 1;
  }
  const left = all.slice(shown).map(({ schedule }) => code(schedule.id));
  const more = left.length === 0 ? [] : [context(`and ${left.length} more: ${left.slice(0, 30).join(', ')}`)];
  return {
    text: all
      .map(({ schedule }) => `${whenWords(schedule)}: ${aboutWords(schedule)}`)
      .join('\n')
      .slice(0, 2_000),
    blocks: [...blocks, ...more, add],
  };
}

function scheduleBlocks({ schedule, nextAt, last, mayChange }: Parameters<typeof scheduleList>[0][number]): Block[] {
  const { id, zone, by, paused } = schedule;
  const lines = [
    `${paused === null ? '🗓️' : '⏸️'} *${whenWords(schedule)}*: ${aboutWords(schedule)} to <#${schedule.channel}>`,
    paused === null ? `Next: ${nextWords(nextAt, zone)}` : `Paused by <@${paused.by}>, ${dayAndTimeOf(paused.at)}`,
    ...(last === null ? [] : [lastWords(last, zone)]),
    by === null ? `${code(id)}, in the configuration of apidown: it is changed there` : `${code(id)}, by <@${by}>`,
  ];
  const press = [
    paused === null
      ? button(actionIds.pauseSchedule, 'Pause', id)
      : button(actionIds.resumeSchedule, 'Resume', id, 'primary'),
    button(actionIds.removeSchedule, 'Remove', id),
  ];
  return [section(lines.join('\n')), ...(isConfigured(schedule) || !mayChange ? [] : [actions(...press)])];
}

function lastWords({ slotAt, settled }: Slot, zone: string): string {
  if (settled === null) return '';
  const when = momentIn(zone, slotAt);
  switch (settled.outcome) {
    case 'posted':
      return `Last: ${when}`;
    case 'late':
      return `Last: ${when}, posted late`;
    case 'refused':
      return `❌ Last: ${when} was not posted: ${prose(settled.why, 120)}. Is the app in the channel? \`/invite @apidown\` there.`;
    case 'missed':
    case 'failed':
      return `❔ Last: ${when} was missed: ${prose(settled.why, 120)}`;
    default:
      return settled.outcome satisfies never;
  }
}

/** `Fri 27 Nov 09:00, Mon 30 Nov 09:00`, in the schedule's own zone. */
export function nextWords(nextAt: readonly number[], zone: string): string {
  const [first] = nextAt;
  if (first === undefined) return 'never';
  return `${nextAt.map((at) => momentIn(zone, at)).join(', ')} (${prose(zone, 60)}); the first is ${dayAndTimeOf(first)}`;
}

export function whenWords({ said, cron, zone }: Pick<Schedule, 'said' | 'cron' | 'zone'>): string {
  return `${said === cron ? code(cron) : prose(said, 80)}, ${prose(zone, 60)}`;
}

export function aboutWords({ clusters }: Pick<Schedule, 'clusters'>): string {
  return clusters === null ? 'all clusters' : named(clusters, 5);
}
