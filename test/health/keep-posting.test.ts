import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HealthPost, keepPosting, type Posting, type PostOutcome } from '../../src/health/keep-posting.ts';
import type { Schedule, SlotOutcome } from '../../src/health/schedule.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Store } from '../../src/store/store.ts';
import { at, clockAt, gatherFrom, memoryStore, scheduleOf } from './stage.ts';

const log = createLog({ name: 'test', level: 'silent' });
let store: Store;
/** Keys of messages that are known to stand in Slack. */
const stood = new Set<string>();
const running: Posting[] = [];

beforeEach(async () => {
  store = await memoryStore();
  stood.clear();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await store.close();
});

interface Bot {
  readonly posting: Posting;
  readonly posts: HealthPost[];
  /** Looks what is due, and waits until it is posted. */
  tick(): Promise<void>;
}

/** A bot that is started now; what it posts is written down. */
function aBot(
  clock: ReturnType<typeof clockAt>,
  answer: (post: HealthPost) => Promise<PostOutcome> = async () => ({ kind: 'sent' }),
  configured: readonly Schedule[] = [],
): Bot {
  const posts: HealthPost[] = [];
  const posting = keepPosting({
    store: store.health,
    configured,
    clusters: ['prod', 'stage'],
    gather: gatherFrom(store),
    async post(post) {
      posts.push(post);
      return answer(post);
    },
    stands: async (key) => stood.has(key),
    clock,
    log,
  });
  running.push(posting);
  return {
    posting,
    posts,
    async tick() {
      await posting.tick();
      await posting.idle();
    },
  };
}

/** It looks once and is gone. */
async function aBotThatStops(clock: ReturnType<typeof clockAt>): Promise<void> {
  const bot = aBot(clock);
  await bot.tick();
  await bot.posting.close();
}

const slots = (bot: Bot) => bot.posts.map(({ slotAt }) => new Date(slotAt).toISOString().slice(0, 16));
const metric = (bot: Bot, outcome: SlotOutcome) => bot.posting.tally().counts.get(outcome) ?? 0;

describe('a slot is posted once', () => {
  test('nothing before it, once at it, nothing more until the next', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T08:59:00Z');
    const bot = aBot(clock);
    await bot.tick();
    expect(slots(bot)).toEqual([]);
    for (const minute of ['09:00:02', '09:01:01', '09:02:00', '12:00:00']) {
      clock.set(`2026-11-27T${minute}Z`);
      await bot.tick();
    }
    expect(slots(bot)).toEqual(['2026-11-27T09:00']);
    expect(bot.posts[0]).toMatchObject({ key: `health/hp-aaaaaa/${at('2026-11-27T09:00Z')}`, isLate: false });
    clock.set('2026-11-28T09:00:01Z');
    await bot.tick();
    expect(slots(bot)).toEqual(['2026-11-27T09:00', '2026-11-28T09:00']);
    expect(metric(bot, 'posted')).toBe(2);
  });

  test('by one of several bots', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    const bots = [aBot(clock), aBot(clock), aBot(clock)];
    await Promise.all(bots.map((bot) => bot.tick()));
    expect(bots.flatMap(slots)).toEqual(['2026-11-27T09:00']);
  });

  test('by a bot that is restarted over it', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T08:59:59Z');
    await aBotThatStops(clock);
    clock.set('2026-11-27T09:00:30Z');
    const after = aBot(clock);
    await after.tick();
    expect(slots(after)).toEqual(['2026-11-27T09:00']);
    await after.posting.close();
    const again = aBot(clock);
    await again.tick();
    expect(slots(again)).toEqual([]);
  });

  test('on a day on which 02:30 comes twice', async () => {
    await store.health.add(scheduleOf({ cron: '30 2 * * *', zone: 'Europe/Berlin', sinceAt: at('2026-10-24T12:00Z') }));
    const clock = clockAt('2026-10-25T00:30:10Z');
    const bot = aBot(clock);
    await bot.tick();
    clock.set('2026-10-25T01:30:10Z');
    await bot.tick();
    expect(slots(bot)).toEqual(['2026-10-25T00:30']);
  });

  test('a bot that dies while it posts is relieved, under the same key', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    const dying = aBot(clock, () => new Promise(() => {}));
    await dying.posting.tick();
    await expect.poll(() => dying.posts.length).toBe(1);
    await dying.posting.close();
    clock.set('2026-11-27T09:01:00Z');
    const next = aBot(clock);
    await next.tick();
    expect(slots(next), 'it may still be at it').toEqual([]);
    clock.set('2026-11-27T09:04:00Z');
    await next.tick();
    expect(next.posts.map(({ key }) => key)).toEqual(dying.posts.map(({ key }) => key));
    clock.set('2026-11-27T09:10:00Z');
    await next.tick();
    expect(next.posts).toHaveLength(1);
  });

  test.each([
    [true, []],
    [false, [{ slotAt: at('2026-11-27T09:00Z'), why: 'the bot stopped while it was posted' }]],
  ])('one that died at it and came back after hours says what is known (stands: %s)', async (stands, missed) => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    const dying = aBot(clock, () => new Promise(() => {}));
    await dying.posting.tick();
    await expect.poll(() => dying.posts.length).toBe(1);
    await dying.posting.close();
    if (stands) stood.add(dying.posts[0]?.key ?? '');
    clock.set('2026-11-27T15:00:00Z');
    const next = aBot(clock);
    await next.tick();
    clock.set('2026-11-28T09:00:05Z');
    await next.tick();
    expect(next.posts.map((post) => post.missed)).toEqual([missed]);
  });

  test('one that takes long keeps its claim', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    const { promise, resolve } = Promise.withResolvers<PostOutcome>();
    const slow = aBot(clock, () => promise);
    const other = aBot(clock);
    await slow.posting.tick();
    await expect.poll(() => slow.posts.length).toBe(1);
    for (const minute of ['09:02', '09:04', '09:06']) {
      clock.set(`2026-11-27T${minute}:00Z`);
      await slow.posting.tick();
      await other.tick();
    }
    resolve({ kind: 'sent' });
    await slow.posting.idle();
    expect(slots(other)).toEqual([]);
    expect(metric(slow, 'late'), 'what it said was gathered in time').toBe(0);
    expect(metric(slow, 'posted')).toBe(1);
  });
});

describe('a bot that is down over a slot', () => {
  test('posts late what is not old, and says so', async () => {
    await store.health.add(scheduleOf());
    const bot = aBot(clockAt('2026-11-27T09:20:00Z'));
    await bot.tick();
    expect(slots(bot)).toEqual(['2026-11-27T09:00']);
    expect(bot.posts[0]).toMatchObject({ isLate: true });
    expect(metric(bot, 'late')).toBe(1);
  });

  test('does not post what is old, and the next post says that it was missed and why', async () => {
    await store.health.add(scheduleOf({ sinceAt: at('2026-11-24T12:00Z') }));
    const clock = clockAt('2026-11-25T09:00:10Z');
    await aBotThatStops(clock);
    clock.set('2026-11-27T15:00:00Z');
    const after = aBot(clock);
    await after.tick();
    expect(slots(after)).toEqual([]);
    expect(metric(after, 'missed')).toBe(2);
    clock.set('2026-11-28T09:00:05Z');
    await after.tick();
    expect(after.posts[0]?.missed).toEqual([
      { slotAt: at('2026-11-27T09:00Z'), why: 'the bot was not running' },
      { slotAt: at('2026-11-26T09:00Z'), why: 'the bot was not running' },
    ]);
    expect(after.posts[0]?.report.fromAt, 'nothing falls between two posts').toBe(at('2026-11-25T09:00Z'));
    clock.set('2026-11-29T09:00:05Z');
    await after.tick();
    expect(after.posts[1]?.missed, 'it is said once').toEqual([]);
  });

  test('never posts a slot when the next one is nearer', async () => {
    await store.health.add(scheduleOf({ cron: '0 * * * *', sinceAt: at('2026-11-27T07:30Z') }));
    const clock = clockAt('2026-11-27T08:40:00Z');
    const bot = aBot(clock);
    await bot.tick();
    expect(slots(bot)).toEqual([]);
    clock.set('2026-11-27T09:00:05Z');
    await bot.tick();
    expect(bot.posts).toMatchObject([
      { slotAt: at('2026-11-27T09:00Z'), missed: [{ slotAt: at('2026-11-27T08:00Z') }] },
    ]);
  });

  test('for weeks says no more than anybody reads', async () => {
    await store.health.add(scheduleOf({ cron: '0 * * * *', sinceAt: at('2026-10-01T00:00Z') }));
    const bot = aBot(clockAt('2026-11-27T09:00:05Z'));
    await bot.tick();
    expect(bot.posts).toHaveLength(1);
    expect(bot.posts[0]?.missed).toHaveLength(47);
  });
});

describe('Slack that does not take it', () => {
  test('for a while: it is tried again for as long as it is news, and then said to be missed', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    let isAway = true;
    const bot = aBot(clock, async () => (isAway ? { kind: 'failed', message: 'no way there' } : { kind: 'sent' }));
    for (let minute = 0; minute < 90; minute += 5) {
      clock.set(new Date(at('2026-11-27T09:00:10Z') + minute * 60_000).toISOString());
      await bot.tick();
    }
    expect(bot.posts.length).toBeGreaterThan(5);
    expect(new Set(bot.posts.map(({ key }) => key)).size).toBe(1);
    expect(metric(bot, 'failed')).toBe(1);
    isAway = false;
    clock.set('2026-11-28T09:00:05Z');
    await bot.tick();
    expect(bot.posts.at(-1)?.missed).toEqual([
      { slotAt: at('2026-11-27T09:00Z'), why: 'it could not be sent in time' },
    ]);
  });

  test('for good: it is refused, and the next post says so', async () => {
    await store.health.add(scheduleOf());
    const clock = clockAt('2026-11-27T09:00:01Z');
    let isIn = false;
    const bot = aBot(clock, async () => (isIn ? { kind: 'sent' } : { kind: 'refused', error: 'not_in_channel' }));
    await bot.tick();
    clock.set('2026-11-27T09:10:00Z');
    await bot.tick();
    expect(bot.posts).toHaveLength(1);
    isIn = true;
    clock.set('2026-11-28T09:00:01Z');
    await bot.tick();
    expect(bot.posts[1]?.missed[0]?.why).toBe('Slack refused it (not_in_channel)');
  });
});

test('what is paused is not due, and what was not posted meanwhile was not missed', async () => {
  await store.health.add(scheduleOf());
  const clock = clockAt('2026-11-26T12:00:00Z');
  const bot = aBot(clock);
  await bot.tick();
  bot.posts.length = 0;
  expect(await store.health.pause('hp-aaaaaa', 'U1', clock.now())).toBe(true);
  expect(await store.health.pause('hp-aaaaaa', 'U2', clock.now())).toBe(false);
  clock.set('2026-11-27T09:00:05Z');
  await bot.tick();
  clock.set('2026-11-27T12:00:00Z');
  expect(await store.health.resume('hp-aaaaaa', clock.now())).toBe(true);
  await bot.tick();
  clock.set('2026-11-28T09:00:05Z');
  await bot.tick();
  expect(slots(bot)).toEqual(['2026-11-28T09:00']);
  expect(bot.posts[0]?.missed).toEqual([]);
});

test('what the configuration gives begins when it is first seen, and goes on over restarts', async () => {
  const clock = clockAt('2026-11-27T08:00:00Z');
  const configuredAt = (iso: string) => [scheduleOf({ id: 'cfg-aaaaaa', by: null, sinceAt: at(iso) })];
  const first = aBot(clock, undefined, configuredAt('2026-11-27T08:00:00Z'));
  clock.set('2026-11-27T09:00:10Z');
  await first.tick();
  expect(slots(first)).toEqual(['2026-11-27T09:00']);
  await first.posting.close();
  clock.set('2026-11-28T20:00:00Z');
  const second = aBot(clock, undefined, configuredAt('2026-11-28T20:00:00Z'));
  await second.tick();
  clock.set('2026-11-29T09:00:10Z');
  await second.tick();
  expect(second.posts.map(({ missed }) => missed.length)).toEqual([1]);
});

test('a store that can not be read is told in the log, and looked at again', async () => {
  const clock = clockAt('2026-11-27T09:00:01Z');
  await store.health.add(scheduleOf());
  const lines: string[] = [];
  const broken = { ...store.health, list: () => Promise.reject(new Error('the disk is full')) };
  const posting = keepPosting({
    store: broken,
    configured: [],
    clusters: [],
    gather: gatherFrom(store),
    post: async () => ({ kind: 'sent' }),
    stands: async () => false,
    clock,
    log: createLog({ name: 'test', to: { write: (line) => void lines.push(line) } }),
  });
  running.push(posting);
  await posting.tick();
  expect(lines.join()).toContain('the disk is full');
});
