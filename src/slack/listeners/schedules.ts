import type { App } from '@slack/bolt';
import type { HealthDesk } from '../../health/desk.ts';
import { readRequest } from '../../health/read-request.ts';
import { isConfigured, type Schedule } from '../../health/schedule.ts';
import { code, prose } from '../escape.ts';
import { actionIds, unpackSchedule } from '../render/refs.ts';
import { saying } from '../render/replies.ts';
import { aboutWords, nextWords, scheduleList, whenWords } from '../render/schedule-messages.ts';
import type { ScheduleWish } from '../request.ts';
import { noHealth } from './health.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';
import { pressOf } from './presses.ts';
import { openScheduleModal } from './schedule-modal.ts';

/** What a request came with. */
export interface Origin {
  /** Opens one window, for three seconds; null: the request brings none. */
  readonly triggerId: string | null;
  /** The same for the same request, however often it is delivered. */
  readonly seed: string;
}

export async function answerSchedule(
  ports: ListenerPorts,
  caller: Caller,
  wants: ScheduleWish,
  { triggerId, seed }: Origin,
): Promise<void> {
  const desk = ports.health?.desk;
  const say = (mrkdwn: string) => tell(ports.outbound, caller, saying(mrkdwn));
  if (desk === undefined) return say(noHealth);
  switch (wants.kind) {
    case 'list':
      return showSchedules(ports, desk, caller);
    case 'add':
      if (wants.text !== '') return addByWords(ports, desk, caller, wants.text, seed);
      if (triggerId !== null) return openScheduleModal(ports, caller, triggerId);
      return say('Say when: `schedule add weekdays at 9:00 in Europe/Berlin for prod`.');
    case 'pause':
    case 'resume':
    case 'remove':
      return say(await change(ports, desk, caller, wants.kind, wants.id));
    default:
      return wants satisfies never;
  }
}

/** Buttons below what is listed. */
export function listenToSchedules(app: App, ports: ListenerPorts): void {
  const kinds: Readonly<Record<string, Change>> = {
    [actionIds.pauseSchedule]: 'pause',
    [actionIds.resumeSchedule]: 'resume',
    [actionIds.removeSchedule]: 'remove',
  };
  app.action(new RegExp(`^(${Object.keys(kinds).join('|')})$`), async ({ body }) => {
    const { caller, actionId, value } = pressOf(body);
    const kind = kinds[actionId];
    const id = unpackSchedule(value);
    const desk = ports.health?.desk;
    if (kind === undefined || id === null || desk === undefined) return;
    const about = { what: actionId, user: caller.user, value };
    ports.errands.start(
      about,
      (content) => tell(ports.outbound, caller, content),
      async () => {
        const said = await change(ports, desk, caller, kind, id);
        // What was pressed is old now: the list as it is takes its place.
        if (caller.responseUrl !== null) await ports.outbound.respond(caller.responseUrl, 'delete the original');
        await tell(ports.outbound, caller, saying(said));
        await showSchedules(ports, desk, caller);
      },
    );
  });
  app.action(actionIds.addSchedule, async ({ body }) => {
    const { caller, triggerId } = pressOf(body);
    await openScheduleModal(ports, caller, triggerId);
  });
}

/** Those of which this person may see a cluster. */
async function showSchedules(ports: ListenerPorts, desk: HealthDesk, caller: Caller): Promise<void> {
  const all = await desk.schedules();
  const shown = [];
  for (const listed of all) {
    const refused = await missing(ports, caller, listed.schedule.clusters, 'view');
    if (refused !== null) continue;
    const who = { user: caller.user, channel: listed.schedule.channel };
    const mayChange = (await missing(ports, who, listed.schedule.clusters, 'schedule')) === null;
    shown.push({ ...listed, mayChange });
  }
  await tell(ports.outbound, caller, scheduleList(shown));
}

async function addByWords(
  ports: ListenerPorts,
  desk: HealthDesk,
  caller: Caller,
  text: string,
  seed: string,
): Promise<void> {
  const say = (mrkdwn: string) => tell(ports.outbound, caller, saying(mrkdwn));
  const names = ports.clusters.map(({ name }) => name);
  const here = ports.clusters.filter(({ channels }) => channels.includes(caller.channel)).map(({ name }) => name);
  const read = readRequest(text, {
    clusters: names,
    channel: caller.channel,
    usual: here.length === 0 ? null : here,
    zone: (await ports.zones.of(caller.user)) ?? 'UTC',
    nowAt: ports.clock.now(),
  });
  if (read.kind === 'unclear') {
    return say(
      `I don't understand ${code(read.part, 100)}: ${prose(read.why, 300)}.\nType for example \`/apidown schedule add weekdays at 9:00 in Europe/Berlin for prod\`.`,
    );
  }
  const { clusters, channel } = read.wanted;
  const refused = await missing(ports, { user: caller.user, channel }, clusters, 'schedule');
  if (refused !== null) return say(refused);
  return say(addedWords(await desk.add(read.wanted, caller.user, seed)));
}

export function addedWords({ kind, schedule, nextAt }: Awaited<ReturnType<HealthDesk['add']>>): string {
  const what = `health of ${aboutWords(schedule)} to <#${schedule.channel}>, ${whenWords(schedule)} (${code(schedule.id)})`;
  return kind === 'known'
    ? `It is scheduled already: ${what}.`
    : `✅ Scheduled: ${what}.\nNext: ${nextWords(nextAt, schedule.zone)}`;
}

type Change = 'pause' | 'resume' | 'remove';

/** Does it, and says what came of it. */
async function change(
  ports: ListenerPorts,
  desk: HealthDesk,
  caller: Caller,
  kind: Change,
  id: string,
): Promise<string> {
  const schedule = await desk.find(id);
  if (schedule === null) return `There is no schedule ${code(id, 60)} (any more). \`/apidown schedule\` lists them.`;
  const who = { user: caller.user, channel: schedule.channel };
  const refused = await missing(ports, who, schedule.clusters, 'schedule');
  if (refused !== null) return refused;
  if (isConfigured(schedule)) {
    return `${code(id)} is in the configuration of apidown, under \`health.posts\`: it is changed there.`;
  }
  const done = await doIt(desk, kind, schedule, caller.user);
  ports.log.info({ schedule: id, user: caller.user, kind, done }, 'a schedule of health posts was changed');
  const what = `${code(id)}, ${whenWords(schedule)} for ${aboutWords(schedule)}`;
  switch (kind) {
    case 'pause':
      return done ? `⏸️ Paused: ${what}.` : `It is paused already: ${what}.`;
    case 'resume':
      return done ? `▶️ Goes on: ${what}.` : `It is not paused: ${what}.`;
    case 'remove':
      return done ? `🗑️ Removed: ${what}.` : `It is removed already: ${what}.`;
    default:
      return kind satisfies never;
  }
}

function doIt(desk: HealthDesk, kind: Change, { id }: Schedule, by: string): Promise<boolean> {
  if (kind === 'pause') return desk.pause(id, by);
  return kind === 'resume' ? desk.resume(id) : desk.remove(id);
}

/** What this person lacks for one of these clusters, in words; null: nothing. `clusters` null: all. */
export async function missing(
  ports: Pick<ListenerPorts, 'gate' | 'clusters'>,
  who: { readonly user: string; readonly channel: string },
  clusters: readonly string[] | null,
  permission: 'view' | 'schedule',
): Promise<string | null> {
  for (const cluster of clusters ?? ports.clusters.map(({ name }) => name)) {
    const permitted = await ports.gate.check(who, cluster, permission);
    if (permitted.kind === 'refused') return permitted.mrkdwn;
  }
  return null;
}
