import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '@slack/bolt';
import { z } from 'zod';
import { nextShown, type WantedSchedule } from '../../health/desk.ts';
import { readZone, zoneWanted } from '../../health/read-request.ts';
import { readWhen } from '../../health/read-when.ts';
import { slotsAfter } from '../../health/slots.ts';
import { code, plain, prose } from '../escape.ts';
import { loadingModal, sayingModal } from '../render/modal.ts';
import { viewIds } from '../render/refs.ts';
import { saying } from '../render/replies.ts';
import { nextWords } from '../render/schedule-messages.ts';
import { allClusters, type ScheduleEntries, scheduleFields, scheduleModal } from '../render/schedule-modal.ts';
import { newCorrelation } from './errands.ts';
import { noHealth } from './health.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';
import { addedWords, missing } from './schedules.ts';

const title = 'Add a health post';

export async function openScheduleModal(ports: ListenerPorts, caller: Caller, triggerId: string): Promise<void> {
  await ports.lull.reached();
  // Before anything is looked up: the trigger is good for three seconds.
  const opened = await ports.outbound.openView(triggerId, loadingModal(title));
  if (opened.kind === 'refused') {
    const why = `The window could not be opened (${code(opened.error, 80)}). Type \`/apidown schedule add\` again.`;
    return tell(ports.outbound, caller, saying(why));
  }
  const names = ports.clusters.map(({ name }) => name);
  const here = ports.clusters.filter(({ channels }) => channels.includes(caller.channel)).map(({ name }) => name);
  const entries: ScheduleEntries = {
    when: '',
    zone: (await ports.zones.of(caller.user)) ?? 'UTC',
    clusters: here.length === 0 ? [allClusters] : here,
    // A direct message is none that it could be posted to.
    channel: /^[CG]/.test(caller.channel) ? caller.channel : null,
  };
  await ports.outbound.updateView(opened.viewId, scheduleModal(names, entries, previewOf(entries, ports.clock.now())));
}

/** While it is filled in the next times are shown, and what is not understood; what is submitted is added. */
export function listenToScheduleModal(app: App, ports: ListenerPorts): void {
  const newest = newestOnly(async (viewId, entries: ScheduleEntries) => {
    const names = ports.clusters.map(({ name }) => name);
    await ports.outbound.updateView(viewId, scheduleModal(names, entries, previewOf(entries, ports.clock.now())));
  });

  app.action(new RegExp(`^(${scheduleFields.when}|${scheduleFields.zone})$`), async ({ body }) => {
    const { view } = Typed.parse(body);
    newest(view.id, entriesOf(view.state.values));
  });

  app.view(viewIds.schedule, async ({ ack, body }) => {
    const { user, view } = Submitted.parse(body);
    const work = submit(ports, user.id, view);
    const answer = await Promise.race([work, wait(patienceMs, 'slow' as const, { ref: false })]);
    if (answer === 'slow') {
      await ack({ response_action: 'update', view: loadingModal(title) });
      const late = await work;
      await ports.outbound.updateView(
        view.id,
        sayingModal(
          title,
          late.kind === 'said' ? late.mrkdwn : `❌ ${prose(Object.values(late.errors).join(' '), 1_000)}`,
        ),
      );
    } else if (answer.kind === 'said') {
      await ack({ response_action: 'update', view: sayingModal(title, answer.mrkdwn) });
    } else await ack({ response_action: 'errors', errors: { ...answer.errors } });
  });
}

/** Slack waits for three seconds. */
const patienceMs = 1_500;

type Answer =
  | { readonly kind: 'said'; readonly mrkdwn: string }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

/** Never rejects. */
async function submit(ports: ListenerPorts, user: string, view: z.infer<typeof Submitted>['view']): Promise<Answer> {
  try {
    const desk = ports.health?.desk;
    if (desk === undefined) return { kind: 'said', mrkdwn: noHealth };
    const read = readEntries(entriesOf(view.state.values), ports);
    if ('errors' in read) return { kind: 'errors', errors: read.errors };
    const { wanted } = read;
    const refused = await missing(ports, { user, channel: wanted.channel }, wanted.clusters, 'schedule');
    if (refused !== null) return { kind: 'said', mrkdwn: refused };
    // The window is the same for each delivery of one submission.
    return { kind: 'said', mrkdwn: addedWords(await desk.add(wanted, user, view.id)) };
  } catch (error) {
    const correlation = newCorrelation();
    ports.log.error({ correlation, user, error }, 'a schedule could not be added');
    const message = `Something broke on my side, and it is in my log under ${correlation}. Try again.`;
    return { kind: 'errors', errors: { [scheduleFields.when]: message } };
  }
}

function readEntries(
  entries: ScheduleEntries,
  { clusters: known, clock }: Pick<ListenerPorts, 'clusters' | 'clock'>,
): { wanted: WantedSchedule } | { errors: Readonly<Record<string, string>> } {
  const zone = readZone(entries.zone);
  if (zone === null) return { errors: { [scheduleFields.zone]: sentence(zoneWanted(entries.zone)) } };
  const read = readWhen(entries.when, { zone, nowAt: clock.now() });
  if (read.kind === 'unclear') return { errors: { [scheduleFields.when]: sentence(read.why) } };
  const names = entries.clusters.filter((name) => known.some((one) => one.name === name));
  const isAll = entries.clusters.includes(allClusters);
  if (!isAll && names.length === 0) return { errors: { [scheduleFields.clusters]: 'Choose at least one.' } };
  if (entries.channel === null) return { errors: { [scheduleFields.channel]: 'Choose a channel.' } };
  const { cron, said } = read;
  return { wanted: { clusters: isAll ? null : names, channel: entries.channel, cron, said, zone } };
}

function sentence(words: string): string {
  return plain(`${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`.replace(/\?\.$/, '?'), 500);
}

function previewOf({ when, zone: given }: ScheduleEntries, nowAt: number): string {
  const zone = readZone(given);
  if (zone === null) return `❔ ${prose(sentence(zoneWanted(given)), 300)}`;
  if (when.trim() === '') return 'The next three times are shown here.';
  const read = readWhen(when, { zone, nowAt });
  if (read.kind === 'unclear') return `❔ ${prose(sentence(read.why), 400)}`;
  return `🗓️ Next: ${nextWords(slotsAfter({ cron: read.cron, zone }, nowAt, nextShown), zone)}`;
}

/** People type faster than Slack takes updates: of each window only the newest state is drawn. */
function newestOnly<T>(draw: (key: string, state: T) => Promise<void>): (key: string, state: T) => void {
  const waiting = new Map<string, T>();
  const drawing = new Set<string>();
  async function run(key: string): Promise<void> {
    for (let state = waiting.get(key); state !== undefined; state = waiting.get(key)) {
      waiting.delete(key);
      await draw(key, state);
    }
  }
  return (key, state) => {
    waiting.set(key, state);
    if (drawing.has(key)) return;
    drawing.add(key);
    void run(key).finally(() => drawing.delete(key));
  };
}

function entriesOf(values: z.infer<typeof StateValues>): ScheduleEntries {
  const field = (name: string) => values[name]?.[name];
  return {
    when: field(scheduleFields.when)?.value ?? '',
    zone: field(scheduleFields.zone)?.value ?? '',
    clusters: (field(scheduleFields.clusters)?.selected_options ?? []).map(({ value }) => value),
    channel: field(scheduleFields.channel)?.selected_conversation ?? null,
  };
}

/** Of what Slack sends, only what is used. */
const StateValues = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      value: z.string().nullish(),
      selected_options: z.array(z.object({ value: z.string() })).nullish(),
      selected_conversation: z.string().nullish(),
    }),
  ),
);
const View = z.object({ id: z.string(), state: z.object({ values: StateValues }) });
const Typed = z.object({ view: View });
const Submitted = z.object({ user: z.object({ id: z.string() }), view: View });
