import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { type HealthDesk, healthDesk } from '../../src/health/desk.ts';
import { keepPosting, type Posting } from '../../src/health/keep-posting.ts';
import type { Schedule } from '../../src/health/schedule.ts';
import { createLog } from '../../src/ops/log.ts';
import type { SlackAppOptions } from '../../src/slack/app.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { scheduleFields } from '../../src/slack/render/schedule-modal.ts';
import type { Store } from '../../src/store/store.ts';
import { clockAt, gatherFrom, memoryStore, probed, scheduleOf } from '../health/stage.ts';
import { aStage, type Stage, words } from './stage.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface HealthStage extends Stage {
  readonly desk: HealthDesk;
  readonly health: Store;
  readonly clock: ReturnType<typeof clockAt>;
  /** A bot that posts what is due, from now on. */
  posting(): Posting;
}

/** The app before a strict Slack, with two clusters that were probed for a day; time stands where it is put. */
async function healthStage(
  slack: Partial<SlackAppOptions> = {},
  configured: readonly Schedule[] = [],
): Promise<HealthStage> {
  const health = await memoryStore();
  const clock = clockAt('2026-11-27T08:00:00Z');
  for (const cluster of ['prod', 'stage']) {
    await probed(health, cluster, { from: '2026-11-26T08:00Z', to: '2026-11-27T12:00Z' });
  }
  const gather = gatherFrom(health);
  const desk = healthDesk({ store: health.health, configured, gather, clock, signal: new AbortController().signal });
  const stage = await aStage({
    workspace: {
      users: [
        { id: 'U1', name: 'ana', tz: 'Europe/Berlin' },
        { id: 'U2', name: 'bo', tz: 'America/New_York' },
      ],
      channels: [
        { id: 'C1', name: 'incidents' },
        { id: 'C2', name: 'elsewhere', hasApp: false },
      ],
    },
    slack: {
      clusters: [
        { name: 'prod', channels: [] },
        { name: 'stage', channels: [] },
      ],
      health: desk,
      clock,
      ...slack,
    },
  });
  cleanups.push(() => health.close());
  return {
    ...stage,
    desk,
    health,
    clock,
    posting() {
      const posting = keepPosting({
        store: health.health,
        configured,
        clusters: ['prod', 'stage'],
        gather,
        post: (post) => stage.slack().postHealth(post),
        stands: async (key) => ((await stage.store.messages.find(key))?.ts ?? null) !== null,
        clock,
        log: createLog({ name: 'test', level: 'silent' }),
      });
      cleanups.push(() => posting.close());
      return posting;
    },
  };
}

const posts = ({ workspace }: Stage, channel = 'C1') =>
  workspace
    .channel(channel)
    .messages()
    .filter(({ metadata }) => String(metadata?.event_payload.key).startsWith('health/'));

/** What was said to one person alone, and stands. */
const said = ({ workspace }: Stage, user: string) => workspace.ephemerals(user).filter(({ isDeleted }) => !isDeleted);
const saidTo = (stage: Stage, user: string, what: string | RegExp) =>
  stage.workspace.waitFor(
    () =>
      said(stage, user).find((message) =>
        typeof what === 'string' ? words(message).includes(what) : what.test(words(message)),
      ),
    { what: `${user} is told ${what}` },
  );
const viewOf = ({ workspace }: Stage, user: string, what: string) =>
  workspace.waitFor(
    () => {
      const { top } = workspace.views(user);
      return top !== null && JSON.stringify(top.content).includes(what) ? top : null;
    },
    { what: `a window of ${user} with ${what}` },
  );

describe('/apidown health', () => {
  test('shows to the one who asks, and to all at a press, once however often it is pressed', async () => {
    const stage = await healthStage();
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'health');
    const shown = await saidTo(stage, 'U1', 'All 2 API servers are well');
    expect(posts(stage)).toEqual([]);
    await Promise.all([
      workspace.as('U1').click(shown, { actionId: actionIds.postHealth }),
      workspace.as('U1').click(shown, { actionId: actionIds.postHealth }),
    ]);
    const post = await workspace.waitFor(() => posts(stage)[0]);
    expect(words(post)).toContain('asked by <@U1>');
    expect(words(post)).not.toContain('Post it here');
    await workspace.waitFor(() =>
      workspace
        .channel('C1')
        .thread(post.ts)
        .some(({ files }) => files.length > 0),
    );
    await workspace.waitFor(() => said(stage, 'U1').length === 0);
    expect(posts(stage)).toHaveLength(1);
    const [picture] = workspace.files();
    expect(picture?.content?.subarray(1, 4).toString()).toBe('PNG');
    expect(picture?.altText).toContain('prod: 100 % good');
    expect(workspace.violations).toEqual([]);
  });

  test('of one cluster, or of one that was likely meant', async () => {
    const stage = await healthStage();
    await stage.workspace.as('U1').command('C1', '/apidown', 'health prod');
    const shown = await saidTo(stage, 'U1', 'prod is well');
    expect(words(shown)).toContain('from the bot: 100 % of 1441 probes good');
    await stage.workspace.as('U1').command('C1', '/apidown', 'health prdo');
    await saidTo(stage, 'U1', 'Did you mean `prod`?');
  });

  test('where the app is no member it says how to invite it', async () => {
    const stage = await healthStage();
    await stage.workspace.as('U1').command('C2', '/apidown', 'health');
    const shown = await saidTo(stage, 'U1', 'are well');
    await stage.workspace.as('U1').click(shown, { actionId: actionIds.postHealth });
    await saidTo(stage, 'U1', '/invite @apidown');
  });
});

describe('/apidown schedule', () => {
  test('a window shows the next three times while it is filled in, and adds; the list pauses, resumes and removes', async () => {
    const stage = await healthStage();
    const { workspace } = stage;
    const ana = workspace.as('U1');
    await ana.command('C1', '/apidown', 'schedule');
    await ana.click(await saidTo(stage, 'U1', 'No health post is scheduled'), { actionId: actionIds.addSchedule });
    const opened = await viewOf(stage, 'U1', 'The next three times are shown here');
    expect(JSON.stringify(opened.content)).toContain('Europe/Berlin');

    await ana.type(opened, { blockId: scheduleFields.when }, 'weekdays at');
    await viewOf(stage, 'U1', 'say for example weekdays at 9:00'.slice(1));
    await ana.type(opened, { blockId: scheduleFields.when }, 'weekdays at 9:30');
    await viewOf(stage, 'U1', 'Next: Fri 27 Nov 09:30, Mon 30 Nov 09:30, Tue 1 Dec 09:30 (Europe/Berlin)');
    await ana.type(opened, { blockId: scheduleFields.zone }, 'Amerika/New_York');
    await viewOf(stage, 'U1', 'did you mean America/New_York?');
    const refused = await ana.submit(opened);
    expect(JSON.stringify(refused)).toContain('did you mean America/New_York?');
    await ana.type(opened, { blockId: scheduleFields.zone }, 'America/New_York');
    await viewOf(stage, 'U1', 'Next: Fri 27 Nov 09:30, Mon 30 Nov 09:30, Tue 1 Dec 09:30 (America/New_York)');
    await ana.submit(opened, { [scheduleFields.clusters]: ['prod'] });
    await viewOf(stage, 'U1', 'Scheduled: health of prod to <#C1>, weekdays at 9:30, America/New_York');

    await workspace.as('U2').command('C1', '/apidown', 'schedule');
    const list = await saidTo(stage, 'U2', '*weekdays at 9:30, America/New_York*: prod to <#C1>');
    expect(words(list)).toContain('Next: Fri 27 Nov 09:30, Mon 30 Nov 09:30, Tue 1 Dec 09:30');
    expect(words(list)).toContain('by <@U1>');

    await workspace.as('U2').click(list, { actionId: actionIds.pauseSchedule });
    const paused = await saidTo(stage, 'U2', /Paused by <@U2>/);
    await workspace.as('U2').click(paused, { actionId: actionIds.resumeSchedule });
    await saidTo(stage, 'U2', 'Goes on:');
    const again = await saidTo(stage, 'U2', 'Next: Fri 27 Nov');
    await workspace.as('U2').click(again, { actionId: actionIds.removeSchedule });
    await saidTo(stage, 'U2', 'Removed:');
    await saidTo(stage, 'U2', 'No health post is scheduled');
    expect(await stage.health.health.list()).toEqual([]);
    expect(workspace.violations).toEqual([]);
  });

  test('in words, in the zone of the one who says them; a second delivery adds nothing', async () => {
    const stage = await healthStage();
    const { workspace } = stage;
    const delivery = await workspace.as('U2').command('C1', '/apidown', 'schedule add daily at 8:30 for prod, stage');
    await saidTo(stage, 'U2', 'Scheduled: health of prod, stage to <#C1>, daily at 8:30, America/New_York');
    if (delivery.kind !== 'acked') throw new Error('the command was not acknowledged');
    workspace.socket.redeliver(delivery.envelopeId);
    await stage.restart();
    expect(await stage.health.health.list()).toHaveLength(1);
    const [{ id } = { id: '' }] = await stage.health.health.list();

    await workspace
      .as('U1')
      .command('C1', '/apidown', `schedule add 30 8 * * * for stage and prod in America/New_York`);
    await saidTo(stage, 'U1', `It is scheduled already: health of prod, stage to <#C1>`);
    await workspace.as('U1').command('C1', '/apidown', `schedule pause ${id}`);
    await saidTo(stage, 'U1', `Paused: \`${id}\``);
    await workspace.as('U1').command('C1', '/apidown', `schedule remove ${id}`);
    await saidTo(stage, 'U1', `Removed: \`${id}\``);
    await workspace.as('U1').command('C1', '/apidown', `schedule remove ${id}`);
    await saidTo(stage, 'U1', `There is no schedule \`${id}\``);
    await workspace.as('U1').command('C1', '/apidown', 'schedule add daily at lunch');
    await saidTo(stage, 'U1', "I don't understand `lunch`: a time is meant here");
    await workspace.as('U1').command('C1', '/apidown', 'schedule pauze hp-aaaaaa');
    await saidTo(stage, 'U1', '/apidown schedule pause hp-aaaaaa');
  });

  test('`schedule add` alone opens the window', async () => {
    const stage = await healthStage();
    await stage.workspace.as('U1').command('C1', '/apidown', 'schedule add');
    await viewOf(stage, 'U1', 'The next three times are shown here');
  });

  test('a window that is submitted twice adds once', async () => {
    const stage = await healthStage();
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'schedule add');
    const view = await viewOf(stage, 'U1', 'The next three times are shown here');
    const delivery = await workspace.as('U1').submit(view, { [scheduleFields.when]: 'hourly' });
    await viewOf(stage, 'U1', 'Scheduled:');
    if (delivery.kind !== 'acked') throw new Error('the submission was not acknowledged');
    workspace.socket.redeliver(delivery.envelopeId);
    await stage.restart();
    expect(await stage.health.health.list()).toHaveLength(1);
  });

  test('what is not granted is refused and named; whoever may view still sees the list, without buttons', async () => {
    const stage = await healthStage({
      grants: [{ may: ['view'] }, { may: ['schedule'], users: ['U1'], clusters: ['prod'] }],
    });
    const { workspace } = stage;
    await workspace.as('U2').command('C1', '/apidown', 'schedule add hourly for prod');
    await saidTo(stage, 'U2', 'You need `schedule` for prod. It is granted to <@U1>');
    await workspace.as('U1').command('C1', '/apidown', 'schedule add hourly');
    await saidTo(stage, 'U1', 'You need `schedule` for stage. Nobody has it in this channel.');
    await workspace.as('U1').command('C1', '/apidown', 'schedule add');
    const view = await viewOf(stage, 'U1', 'The next three times are shown here');
    await workspace.as('U1').submit(view, { [scheduleFields.when]: 'hourly' });
    await viewOf(stage, 'U1', 'You need `schedule` for stage');
    await workspace.as('U1').command('C1', '/apidown', 'schedule add hourly for prod');
    await saidTo(stage, 'U1', 'Scheduled:');
    await workspace.as('U2').command('C1', '/apidown', 'schedule');
    const list = await saidTo(stage, 'U2', '*hourly, Europe/Berlin*: prod');
    expect(words(list)).not.toContain('Pause');
    const [{ id } = { id: '' }] = await stage.health.health.list();
    await workspace.as('U2').command('C1', '/apidown', `schedule remove ${id}`);
    await saidTo(stage, 'U2', 'You need `schedule` for prod');
    expect(await stage.health.health.list()).toHaveLength(1);
  });

  test('what the configuration gives is listed, and changed there', async () => {
    const stage = await healthStage({}, [scheduleOf({ id: 'cfg-aaaaaa', by: null })]);
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'schedule');
    const list = await saidTo(stage, 'U1', 'in the configuration of apidown: it is changed there');
    expect(words(list)).not.toContain('Remove');
    await workspace.as('U1').command('C1', '/apidown', 'schedule remove cfg-aaaaaa');
    await saidTo(stage, 'U1', 'is in the configuration of apidown');
  });
});

describe('what is due', () => {
  const nine = scheduleOf({ cron: '0 9 * * *' });

  test('stands once, with its picture, whatever restarts', async () => {
    const stage = await healthStage();
    await stage.health.health.add(nine);
    const first = stage.posting();
    await first.tick();
    await first.close();
    stage.clock.set('2026-11-27T09:00:05Z');
    const second = stage.posting();
    await second.tick();
    await second.idle();
    await second.close();
    await stage.restart();
    const third = stage.posting();
    await third.tick();
    await third.idle();
    await stage.workspace.waitFor(() => stage.workspace.files().some(({ isShared }) => isShared));
    expect(posts(stage)).toHaveLength(1);
    expect(stage.workspace.files()).toHaveLength(1);
    expect(words(posts(stage)[0] ?? missing())).toContain('daily at 9:00, UTC');
    expect(stage.workspace.violations).toEqual([]);
  });

  test('waits while Slack says 429, and is neither lost nor doubled', async () => {
    const stage = await healthStage();
    await stage.health.health.add(nine);
    stage.clock.set('2026-11-27T09:00:05Z');
    stage.workspace.faults.next('chat.postMessage', { kind: 'rateLimited', retryAfterS: 1 }, 2);
    const posting = stage.posting();
    await posting.tick();
    await posting.tick();
    await posting.idle();
    expect(posts(stage)).toHaveLength(1);
    expect(stage.workspace.callsTo('chat.postMessage')).toHaveLength(3);
    expect(await stage.health.health.slots.unsettled()).toEqual([]);
  });

  test('is found again when the bot died between the post and its record', async () => {
    const stage = await healthStage();
    await stage.health.health.add(nine);
    stage.clock.set('2026-11-27T09:00:05Z');
    // It is posted, and the answer never comes.
    stage.workspace.faults.next('chat.postMessage', { kind: 'cutAfter' });
    const dying = stage.posting();
    await dying.tick();
    await stage.workspace.waitFor(() => posts(stage).length === 1);
    await dying.close();
    await stage.restart();
    stage.clock.set('2026-11-27T09:04:00Z');
    const next = stage.posting();
    await next.tick();
    await next.idle();
    expect(posts(stage)).toHaveLength(1);
    expect(await stage.health.health.slots.unsettled()).toEqual([]);
  });

  test('a missed one is said in the next', async () => {
    const stage = await healthStage();
    await stage.health.health.add({ ...nine, sinceAt: Date.parse('2026-11-25T12:00Z') });
    stage.clock.set('2026-11-27T08:00:00Z');
    const posting = stage.posting();
    await posting.tick();
    stage.clock.set('2026-11-27T09:00:05Z');
    await posting.tick();
    await posting.idle();
    expect(words(posts(stage)[0] ?? missing())).toContain(
      'The post of Thu 26 Nov 09:00 was missed: the bot was not running.',
    );
  });

  test('a channel that the app is not in is said in the list', async () => {
    const stage = await healthStage();
    await stage.health.health.add({ ...nine, channel: 'C2' });
    stage.clock.set('2026-11-27T09:00:05Z');
    const posting = stage.posting();
    await posting.tick();
    await posting.idle();
    await stage.workspace.as('U1').command('C1', '/apidown', 'schedule');
    await saidTo(stage, 'U1', /was not posted: Slack refused it \(not_in_channel\)/);
  });
});

function missing(): Pick<Message, 'blocks'> {
  throw new Error('no post stands');
}
