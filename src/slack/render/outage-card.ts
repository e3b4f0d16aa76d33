import { count } from '../../briefing/count.ts';
import { scopeWords, sinceWords } from '../../briefing/onset-words.ts';
import { tameLine } from '../../briefing/tame.ts';
import { lasted } from '../../briefing/time.ts';
import { leadingCause } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import type { OutageView } from '../../outages/desk.ts';
import type { Reminder } from '../../outages/ports.ts';
import type { Stretch } from '../../outages/stretches.ts';
import type { Onset } from '../../words/onset.ts';
import { code, prose } from '../escape.ts';
import { actions, type Block, type Button, button, context, header, section } from './blocks.ts';
import { causeLine } from './card-diagnosis.ts';
import type { Content, DesiredMessage } from './content.ts';
import { packReminderRef } from './outage-refs.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, personOf, phraseOf, timeNear } from './words.ts';

/** What the messages show beside the outage: the address of the investigation's card; null while it is not known. */
export interface OutageLinks {
  readonly investigation: string | null;
}

/** Of these many down stretches each has its replies; of a cluster that flaps on only the card tells, and its end. */
const toldStretches = 3;

/** Older ones don't change any more: they have left their buttons to the next. */
const standingReminders = 3;

/**
 * Every message that should stand in Slack for an incident, the card first, then in its thread each reminder and each
 * end of a down stretch: edits notify nobody. Pure; the same view gives the same messages.
 */
export function outageMessages(view: OutageView, links: OutageLinks): readonly DesiredMessage[] {
  const { card, stretches } = view;
  const last = stretches.length;
  const ends = stretches.flatMap((stretch, index) => {
    const number = index + 1;
    const isTold = number <= toldStretches || (view.isOver && number === last);
    return stretch.recovery === null || !isTold ? [] : [reply(`recovered/${number}`, recoveredReply(view, stretch))];
  });
  const again = stretches
    .slice(1, toldStretches + 1)
    .map((stretch, index) => reply(`again/${index + 2}`, againReply(view, stretch, index + 2)));
  const reminders = card.reminders
    .slice(-standingReminders)
    .map((reminder) => reply(`reminder/${reminder.number}`, reminderReply(view, links, reminder)));
  return [
    { key: outageKey(card.incident), thread: 'root', ...renderOutage(view, links) },
    ...again,
    ...reminders,
    ...ends,
  ];

  function reply(name: string, content: Content): DesiredMessage {
    return { key: `${outageKey(card.incident)}/${name}`, thread: 'card', ...content };
  }
}

export function outageKey(incident: string): string {
  return `outage/${incident}`;
}

function renderOutage(view: OutageView, links: OutageLinks): Content {
  const { card, stretches, investigation } = view;
  const down = lastOf(stretches);
  const lasts = down.recovery === null;
  const title = `${lasts ? '❌' : '✅'} ${tameLine(card.cluster, 60)} API server ${lasts ? failsWords(down) : 'answers again'}`;
  const mention = mentionOf(view, card.mentions);
  const since = sinceLine(view);
  const text = `${mention}${prose(title, 150)}. ${since}`;
  // The investigation's card below it tells the rest: two that say the same are one too many.
  if (isInSameChannel(view)) {
    return { text, blocks: [section(`${mention}*${prose(title, 150)}*\n${since}\n${investigationLine(view, links)}`)] };
  }
  const cause = investigation !== null && leadingCause(investigation) !== null ? `\n${causeLine(investigation)}` : '';
  const looked = investigationLine(view, links);
  return {
    text: `${text}${cause.replace('\n', ' ')}`,
    blocks: [
      header(title),
      section(`${mention}${since}${cause}`),
      context([prose(down.words, 400), ...flapping(stretches), ...(looked === '' ? [] : [looked])].join('\n')),
      ...(isOpen(investigation) ? [] : [actions(openButton(view))]),
    ],
  };
}

/** `is down`, or from where alone it fails. */
function failsWords({ scope }: Stretch): string {
  const words = scopeWords(asOnset(scope));
  return scope === 'everywhere' || words === '' ? 'is down' : `fails ${words}`;
}

/** `Failing since 14:03:27, to within 5 s`, or for how long it did. */
function sinceLine({ card, stretches }: OutageView): string {
  const down = lastOf(stretches);
  const now = phraseOf(sinceWords(asOnset(down.scope, down)), card.postedAt);
  return down.recovery === null ? now : `${now}, until ${timeNear(down.recovery.latestAt, card.postedAt)}`;
}

const shownBefore = 4;

/** One line for earlier down stretches of the incident; none when there was one. */
function flapping(stretches: readonly Stretch[]): string[] {
  const before = stretches.slice(0, -1);
  if (before.length === 0) return [];
  const shown = before.slice(-shownBefore).map(({ since, recovery }) => {
    const long = recovery === null ? '' : ` for ${lasted(recovery.latestAt - since.latestAt)}`;
    return `${timeNear(since.earliestAt, lastOf(stretches).since.earliestAt)}${long}`;
  });
  const more = before.length > shown.length ? `, and ${count(before.length - shown.length, 'time')} before those` : '';
  return [`Down ${count(stretches.length, 'time')} so far; before: ${shown.join(', ')}${more}`];
}

/** mrkdwn; empty when nobody looks at it. */
function investigationLine(view: OutageView, links: OutageLinks): string {
  const { investigation, card } = view;
  if (investigation === null) return '';
  const { id, room, openedBy, conclusion } = investigation;
  if (room === null) return `All six checks ran at its onset: ${code(id)} stands by.`;
  const name = links.investigation === null ? code(id) : `<${links.investigation}|${id}>`;
  const where = room.channel === card.channel ? name : `${name} in <#${room.channel}>`;
  if (conclusion !== null) return `Investigated: ${where}, concluded by ${personOf(conclusion.by)}.`;
  return `Being investigated: ${where}, opened by ${personOf(openedBy)}.`;
}

function recoveredReply({ card, stretches }: OutageView, stretch: Stretch): Content {
  const { recovery, since } = stretch;
  if (recovery === null) return { text: '', blocks: [] };
  const long = lasted(recovery.latestAt - since.latestAt);
  const times = stretches.length === 1 ? '' : ` Down ${count(stretches.length, 'time')} in this outage so far.`;
  const said = `✅ *${prose(card.cluster, 60)} API server answers again* since ${timeNear(recovery.latestAt, card.postedAt)}; it was down for ${long}.`;
  return { text: said, blocks: [section(`${said}${times}`)] };
}

function againReply({ card }: OutageView, { since, words }: Stretch, number: number): Content {
  const flaps = number > toldStretches ? ' It flaps: of further times only the card tells, and its end.' : '';
  const said = `❌ *${prose(card.cluster, 60)} API server is down again* since ${timeNear(since.earliestAt, card.postedAt)}, time ${number}.${flaps}`;
  return { text: said, blocks: [section(`${said}\n${prose(words, 400)}`)] };
}

function reminderReply(view: OutageView, links: OutageLinks, reminder: Reminder): Content {
  const { card, stretches, investigation } = view;
  const down = stretches.findLast(({ since }) => since.latestAt <= reminder.at) ?? lastOf(stretches);
  const long = lasted(Math.round((reminder.at - down.since.latestAt) / 60_000) * 60_000);
  const said = `⏰ ${mentionOf(view, reminder.mentions)}*Still down* after ${long}: ${prose(card.cluster, 60)} API server.`;
  const isNewest = reminder.number === card.reminders.at(-1)?.number;
  const isAskable = isNewest && lastOf(stretches).recovery === null;
  const cause = isNewest && investigation !== null ? [causeLine(investigation)] : [];
  const looked = isNewest ? [investigationLine(view, links)].filter((line) => line !== '') : [];
  return {
    text: said,
    blocks: [
      section([said, ...cause, ...looked].join('\n')),
      ...(isAskable ? [actionsOf(view, reminder)] : []).filter((block) => block !== null),
      ...hushBlocks(view, reminder),
    ],
  };
}

/** null: there is nothing to press. */
function actionsOf(view: OutageView, { number }: Reminder): Block | null {
  const { card, investigation } = view;
  const value = packReminderRef({ incident: card.incident, reminder: number });
  const hushed = card.hush?.kind === 'stopped' ? 'stopped' : card.hush?.reminder === number ? 'snoozed' : 'none';
  const buttons: Button[] = [
    ...(isOpen(investigation) ? [] : [openButton(view)]),
    ...(hushed === 'none' ? [button(actionIds.snoozeOutage, 'Snooze 1 h', value)] : []),
    ...(hushed === 'stopped' ? [] : [button(actionIds.stopOutage, 'Stop reminders', value)]),
  ];
  return buttons.length === 0 ? null : actions(...buttons);
}

/** Stands where the used button was: who pressed it, and when. */
function hushBlocks({ card }: OutageView, { number, at: remindedAt }: Reminder): Block[] {
  const { hush } = card;
  if (hush === null || hush.reminder !== number) return [];
  const who = personOf({ kind: 'person', id: hush.by });
  const at = timeNear(hush.at, remindedAt);
  const until = hush.untilAt === null ? '' : ` until ${timeNear(hush.untilAt, remindedAt)}`;
  return [context(`Reminders ${hush.kind} by ${who} at ${at}${until}.`)];
}

function openButton({ card }: OutageView): Button {
  return button(actionIds.openOutage, 'Open the investigation', card.incident, 'primary');
}

function isOpen(investigation: Investigation | null): boolean {
  return investigation !== null && investigation.room !== null && investigation.conclusion === null;
}

function isInSameChannel({ investigation, card }: OutageView): boolean {
  return isOpen(investigation) && investigation?.room?.channel === card.channel;
}

/** With a space behind it; empty when nobody is named. */
function mentionOf({ settings }: OutageView, isNamed: boolean): string {
  const { mention } = settings;
  if (!isNamed || mention === null) return '';
  return mention.startsWith('S') ? `<!subteam^${mention}> ` : `<@${mention}> `;
}

function lastOf(stretches: readonly Stretch[]): Stretch {
  const last = stretches.at(-1);
  if (last === undefined) throw new Error('an outage has at least one down stretch');
  return last;
}

/** For words that are made for onsets. */
function asOnset(scope: Stretch['scope'], stretch?: Stretch): Onset {
  const since = stretch?.since ?? { earliestAt: 0, latestAt: 0 };
  return {
    id: 'stretch',
    method: 'prober',
    ...since,
    words: '',
    sources: [],
    scope,
    recovery: stretch?.recovery ?? null,
  };
}

/** What one who pressed is told, when it did not do what they wanted. */
export function overReply(cluster: string): Content {
  const again = code(`/apidown investigate ${cluster}`);
  const said = `This outage of ${prose(cluster, 60)} is over: no more reminders come. ${again} looks at how it is now.`;
  return { text: said, blocks: [section(said)] };
}

export function hushedReply(by: string, at: number, kind: 'snoozed' | 'stopped'): Content {
  const said = `Reminders were ${kind} already by ${personOf({ kind: 'person', id: by })} ${dayAndTimeOf(at)}.`;
  return { text: said, blocks: [section(said)] };
}
