import { describe, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import type { View } from '../../dev/workspace/modals.ts';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { rules } from '../../src/playbook/rules.ts';
import { onsetFields } from '../../src/slack/render/onset-modal.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import type { Diagnosis } from '../../src/words/diagnosis.ts';
import { answer, beganAt, cause, diagnosis, onset, typical } from '../briefing/diagnoses.ts';
import { aStage, type Stage, words } from './stage.ts';

const itself = { kind: 'itself' as const };

describe('a diagnosis in Slack', () => {
  test('the cause stands on the card, the answers in the thread, and whoever investigates is mentioned', async () => {
    const stage = await aStage();
    const card = await judged(stage, typical());
    expect(words(card)).toContain('*Leading cause (explains):* nftables on cp-1');
    expect(words(card)).toContain('4 changes lie just before the windows');
    const thread = await inThread(stage, card, '/diagnosis/prober:1');
    expect(words(thread)).toContain('*1 Firewall* (10 min before): 1 change');
    const told = await inThread(stage, card, '/cause/1');
    expect(words(told)).toContain('<@U1> *Cause found (explains):*');
    expect(stage.workspace.violations).toEqual([]);
  });

  test('answers that come in later edit the message; a cause that changes is told anew', async () => {
    const stage = await aStage();
    const possible = cause({ standing: 'possible' });
    const card = await judged(stage, diagnosis([answer('firewall', { kind: 'pending' })], { causes: [possible] }));
    await inThread(stage, card, '/cause/1');
    await learn(stage, { kind: 'diagnosed', at: beganAt, by: itself, diagnosis: typical() });
    const told = await inThread(stage, card, '/cause/2');
    expect(words(told)).toContain('<@U1> *Judged anew (explains):*');
    await stage.workspace.waitFor(() => words(replyOf(stage, card, '/diagnosis/prober:1')).includes('🎯 *1 Firewall*'));
    expect(repliesOf(stage, card).filter((reply) => keyOf(reply).includes('/diagnosis/'))).toHaveLength(1);
    expect(stage.workspace.violations).toEqual([]);
  });
});

describe('widening', () => {
  test('one press widens all windows, two do no more, and the button goes', async () => {
    const stage = await aStage();
    const card = await judged(stage, typical());
    const { workspace } = stage;
    await Promise.all([1, 2].map(() => workspace.as('U1').click(card, { actionId: actionIds.widen })));
    const wide = await cardSaying(stage, card, 'widened: Firewall');
    expect(words(wide)).not.toContain('Widen all windows');
    await stage.restart();
    const state = await only(stage);
    expect(new Set(state.widened)).toEqual(new Set(rules.map(({ id }) => id)));
    expect(state.timeline.filter(({ text }) => text.startsWith('widened'))).toHaveLength(1);
    expect(workspace.ephemerals('U1')).toEqual([]);
    expect(workspace.violations).toEqual([]);
  });

  test('of two who press at once, the second learns who was first', async () => {
    const stage = await aStage();
    const card = await judged(stage, typical());
    const { workspace } = stage;
    await Promise.all(['U1', 'U2'].map((who) => workspace.as(who).click(card, { actionId: actionIds.widen })));
    const reply = await workspace.waitFor(() => [...workspace.ephemerals('U1'), ...workspace.ephemerals('U2')][0]);
    expect(words(reply)).toContain(`Already done by <@${reply.ephemeralTo === 'U1' ? 'U2' : 'U1'}>`);
    expect((await only(stage)).timeline.filter(({ text }) => text.startsWith('widened'))).toHaveLength(1);
  });

  test('a single window is widened in the thread, which says by whom', async () => {
    const stage = await aStage();
    const card = await judged(stage, typical());
    const { workspace } = stage;
    const reply = await inThread(stage, card, '/diagnosis/prober:1');
    await workspace.as('U2').select(reply, { actionId: actionIds.widenOne }, 'Network policies: 10 → 30 min · 3 more');
    await workspace.waitFor(() =>
      words(replyOf(stage, card, '/diagnosis/prober:1')).includes('<@U2> widened: Network policies'),
    );
    expect((await only(stage)).widened).toEqual(['network-policy']);
    expect(words(replyOf(stage, card, '/diagnosis/prober:1'))).not.toContain('Network policies: 10 → 30 min');
    expect(workspace.violations).toEqual([]);
  });

  test('a timeline is drawn once for two presses, and again for the next', async () => {
    const stage = await aStage();
    const card = await judged(stage, typical());
    const { workspace } = stage;
    const drawn = async () => (await only(stage)).pictures.filter(({ why }) => why === 'asked').length;
    await Promise.all([1, 2].map(() => workspace.as('U1').click(card, { actionId: actionIds.drawPicture })));
    const after = await cardSaying(stage, card, 'asked for the picture');
    await stage.restart();
    expect(await drawn()).toBe(1);
    await workspace.as('U1').click(after, { actionId: actionIds.drawPicture });
    await stage.restart();
    expect(await drawn()).toBe(2);
    expect(workspace.violations).toEqual([]);
  });
});

describe('saying since when, in a window', () => {
  const saidAt = beganAt - 25 * 60_000;

  test('a correction stands before what was measured; mistakes stay in the window', async () => {
    const stage = await aStage({ slack: { clock: { now: () => beganAt + 600_000 } } });
    const card = await judged(stage, typical());
    const { workspace } = stage;
    await workspace.as('U1').click(card, { actionId: actionIds.tellOnset });
    const view = await ready(stage, 'Correct the time');
    const wrong = await workspace.as('U1').submit(view, {
      [onsetFields.since]: (beganAt + 3_600_000) / 1000,
      [onsetFields.sources]: '203.0.113.0/24',
    });
    expect(JSON.stringify(wrong)).toContain('ahead of now');
    const names = { [onsetFields.since]: minute(saidAt), [onsetFields.sources]: 'clients.example' };
    expect(JSON.stringify(await workspace.as('U1').submit(view, names))).toContain('names are not looked up');
    const delivery = await workspace.as('U1').submit(view, { ...names, [onsetFields.sources]: '203.0.113.0/24' });
    await cardSaying(stage, card, 'set right by a person');
    if (delivery.kind !== 'acked') throw new Error('the window was not answered');
    workspace.socket.redeliver(delivery.envelopeId);
    await stage.restart();
    const { onsets } = await only(stage);
    expect(onsets.map(({ method }) => method)).toEqual(['prober', 'correction']);
    expect(onsets[1]).toMatchObject({ earliestAt: minute(saidAt) * 1000, sources: ['203.0.113.0/24'] });
    expect(workspace.violations).toEqual([]);
  });

  test('the same person may correct themselves', async () => {
    const stage = await aStage({ slack: { clock: { now: () => beganAt + 600_000 } } });
    const card = await judged(stage, typical());
    const { workspace } = stage;
    for (const at of [saidAt, saidAt + 600_000]) {
      await workspace.as('U1').click(card, { actionId: actionIds.tellOnset });
      await workspace.as('U1').submit(await ready(stage, 'Correct the time'), { [onsetFields.since]: minute(at) });
      const said = new Date(minute(at) * 1000).toISOString().slice(0, 16);
      await cardSaying(stage, card, `it began at ${said}`);
    }
    expect((await only(stage)).onsets.map(({ method }) => method)).toEqual(['prober', 'correction', 'correction']);
    expect(workspace.violations).toEqual([]);
  });

  test('where nothing is known it is a report', async () => {
    const stage = await aStage({ slack: { clock: { now: () => beganAt + 600_000 } } });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    const card = await stage.card();
    await stage.workspace.as('U1').click(card, { actionId: actionIds.tellOnset });
    await stage.workspace.as('U1').submit(await ready(stage, 'Since when'), { [onsetFields.since]: minute(saidAt) });
    await cardSaying(stage, card, 'Failing since');
    expect((await only(stage)).onsets.map(({ method }) => method)).toEqual(['report']);
    expect(stage.workspace.violations).toEqual([]);
  });
});

describe('saying since when, in words', () => {
  /** Ten past midnight in Berlin. */
  const midnight = { clock: { now: () => Date.UTC(2026, 10, 22, 23, 10) } };
  const berlin = { users: [user('U1', 'Europe/Berlin'), user('U2', 'UTC')] };

  test('is read in the zone of whoever says it: 23:55 said at 00:10 was yesterday', async () => {
    const stage = await aStage({ workspace: berlin, slack: midnight });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod since 23:55 from 203.0.113.7/24');
    const echo = words(await told(stage));
    expect(echo).toContain('Understood: clients in `203.0.113.0/24` began to fail');
    expect(echo).toContain('(22:55:00 UTC), read in Europe/Berlin');
    expect(echo).toContain("23:55 was taken as yesterday's");
    expect(echo).toContain('203.0.113.7/24 was taken as 203.0.113.0/24');
    const card = await stage.card();
    await cardSaying(stage, card, '(22:55:00 UTC), to within 60 s');
    const [report] = (await only(stage)).onsets;
    const began = Date.UTC(2026, 10, 22, 22, 55);
    expect(report).toMatchObject({ method: 'report', earliestAt: began, sources: ['203.0.113.0/24'] });
    expect(stage.workspace.violations).toEqual([]);
  });

  test('a mention understands the same, and a person is looked up once', async () => {
    const stage = await aStage({ workspace: berlin, slack: midnight });
    const { workspace } = stage;
    const alert = workspace.as('U1').say('C1', 'KubeAPIDown');
    workspace.faults.next('users.info', { kind: 'error', error: 'fatal_error' });
    await workspace.as('U1').mention('C1', 'investigate prod since 22:40', { thread: alert.ts });
    const utc = words(await told(stage));
    expect(utc).toContain('read in UTC');
    expect(utc).toContain('your time zone could not be looked up');
    await workspace.as('U1').mention('C1', 'investigate prod since 23:40', { thread: alert.ts });
    await workspace.waitFor(() => workspace.ephemerals('U1').some((one) => words(one).includes('Europe/Berlin')));
    workspace.faults.always('users.info', { kind: 'error', error: 'fatal_error' });
    await workspace.as('U1').mention('C1', 'investigate prod since 23:50', { thread: alert.ts });
    await workspace.waitFor(() => words(newest(stage)).includes('(22:50:00 UTC), read in Europe/Berlin'));
    const began = (await only(stage)).onsets.map(({ earliestAt }) => new Date(earliestAt).toISOString().slice(11, 16));
    expect(began).toEqual(['22:40', '22:40', '22:50']);
    expect(workspace.violations).toEqual([]);
  });

  test.each([
    ['investigate prod since 25:00', '`25:00`', 'there is no such time of day'],
    ['investigate prod since 14:05 from example.com', '`example.com`', 'names are not looked up'],
    ['investigate prod since', '`since`', 'such as since 14:05'],
    ['investigate prod from 10.0.0.0/8', '`from 10.0.0.0/8`', 'say since when as well'],
  ])('"%s" opens nothing and says what to type', async (text, part, why) => {
    const stage = await aStage({ workspace: berlin, slack: midnight });
    await stage.workspace.as('U1').command('C1', '/apidown', text);
    const reply = words(await told(stage));
    expect(reply).toContain(`I don't understand ${part}`);
    expect(reply).toContain(why);
    expect(reply).toContain('/apidown investigate prod since 14:05 from 203.0.113.0/24');
    expect(await stage.service.listOpen()).toEqual([]);
  });

  test('what was said survives the choice of a cluster', async () => {
    const clusters = ['prod', 'staging'].map((name) => ({ name, channels: [] }));
    const stage = await aStage({ workspace: berlin, slack: { ...midnight, clusters } });
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'investigate since 23:55');
    await workspace.as('U1').select(await told(stage), { actionId: actionIds.chooseCluster }, 'staging');
    await cardSaying(stage, await stage.card(), '(22:55:00 UTC), to within 60 s');
    expect((await only(stage)).cluster).toBe('staging');
    expect(workspace.violations).toEqual([]);
  });

  test('somebody who joins adds what they know, and is told of both', async () => {
    const stage = await aStage({ workspace: berlin, slack: midnight });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    await stage.card();
    await stage.workspace.as('U2').command('C1', '/apidown', 'investigate prod since 22:30');
    await stage.workspace.waitFor(() => stage.workspace.ephemerals('U2').length === 2);
    const said = stage.workspace.ephemerals('U2').map(words).join();
    expect(said).toContain('being investigated already');
    expect(said).toContain('(22:30:00 UTC), read in UTC');
    expect((await only(stage)).onsets).toHaveLength(1);
  });
});

describe('who may not investigate', () => {
  const grants = [{ may: ['view' as const] }, { may: ['investigate' as const], users: ['U1'] }];

  test('widens nothing, corrects nothing, draws nothing, and learns what is missing', async () => {
    const stage = await aStage({ slack: { grants } });
    const card = await judged(stage, typical());
    const { workspace } = stage;
    const before = await only(stage);
    const reply = await inThread(stage, card, '/diagnosis/prober:1');
    await workspace.as('U2').click(card, { actionId: actionIds.widen });
    await workspace.as('U2').select(reply, { actionId: actionIds.widenOne }, 'Firewall: 10 → 30 min · 1 more');
    await workspace.as('U2').click(card, { actionId: actionIds.drawPicture });
    await workspace.waitFor(() => workspace.ephemerals('U2').length === 3);
    for (const one of workspace.ephemerals('U2')) expect(words(one)).toContain('You need `investigate` for prod');
    await workspace.as('U2').click(card, { actionId: actionIds.tellOnset });
    await workspace.waitFor(() =>
      JSON.stringify(workspace.views('U2').top?.content.blocks ?? []).includes('You need `investigate`'),
    );
    expect((await only(stage)).seq).toBe(before.seq);
    expect(workspace.violations).toEqual([]);
  });
});

describe('status', () => {
  test('says since when a cluster fails, and what stands by', async () => {
    const since = { earliestAt: beganAt, latestAt: beganAt + 5_000 };
    const stage = await aStage({
      slack: { outageOf: async () => ({ since, words: 'connect: timeout <!here> from the bot' }) },
    });
    const opened: InvestigationEvent = {
      kind: 'opened',
      at: beganAt,
      by: itself,
      id: 'inv-standby',
      cluster: 'prod',
      endpoint: null,
      room: null,
      incident: 'prober:1',
    };
    await stage.store.investigations.append('inv-standby', 0, [opened]);
    await stage.workspace.as('U1').command('C1', '/apidown', 'status');
    const reply = words(await told(stage));
    expect(reply).toContain('*prod*: 1 investigation stands by');
    expect(reply).toMatch(/Failing since .*\(14:03:30 UTC\): connect: timeout &lt;!here&gt; from the bot/);
    expect(reply).toContain('`inv-standby` stands by: `/apidown investigate prod` brings it into the channel');
    expect(stage.workspace.violations).toEqual([]);
  });
});

/** Opened, judged as given, and the card that shows it. */
async function judged(stage: Stage, found: Diagnosis): Promise<Message> {
  await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  const card = await stage.card();
  await cardSaying(stage, card, 'No problem found in any step');
  await learn(
    stage,
    { kind: 'onset-found', at: beganAt, by: itself, onset: onset() },
    { kind: 'diagnosed', at: beganAt, by: itself, diagnosis: found },
  );
  return cardSaying(stage, card, 'Leading cause');
}

async function learn(stage: Stage, ...events: InvestigationEvent[]): Promise<void> {
  await stage.service.learn((await only(stage)).id, () => events);
}

async function only(stage: Stage): Promise<Investigation> {
  const [open] = await stage.service.listOpen();
  if (open === undefined) throw new Error('no investigation is open');
  return open;
}

function cardSaying(stage: Stage, card: Message, text: string): Promise<Message> {
  return stage.workspace.waitFor(
    () => {
      const now = stage.workspace.channel('C1').message(card.ts);
      return now !== null && words(now).includes(text) ? now : null;
    },
    { what: `a card saying ${text}` },
  );
}

function repliesOf(stage: Stage, card: Message): readonly Message[] {
  return stage.workspace.channel('C1').thread(card.ts);
}

function replyOf(stage: Stage, card: Message, key: string): Message {
  const reply = repliesOf(stage, card).find((one) => keyOf(one).endsWith(key));
  if (reply === undefined) throw new Error(`no reply ${key}`);
  return reply;
}

function inThread(stage: Stage, card: Message, key: string): Promise<Message> {
  return stage.workspace.waitFor(() => repliesOf(stage, card).find((one) => keyOf(one).endsWith(key)), {
    what: `a reply ${key}`,
  });
}

function keyOf(message: Message): string {
  return String(message.metadata?.event_payload.key ?? '');
}

function told(stage: Stage, who = 'U1'): Promise<Message> {
  return stage.workspace.waitFor(() => stage.workspace.ephemerals(who).at(-1), { what: `something told to ${who}` });
}

function newest(stage: Stage): Message {
  const message = stage.workspace.ephemerals('U1').at(-1);
  if (message === undefined) throw new Error('nothing was told');
  return message;
}

function ready(stage: Stage, title: string): Promise<View> {
  return stage.workspace.waitFor(() => {
    const { top } = stage.workspace.views('U1');
    if (top === null || top.content.type !== 'modal') return null;
    return top.content.title.text === title && top.content.submit !== null ? top : null;
  });
}

/** As a picker gives it: seconds since the epoch, of a whole minute. */
function minute(at: number): number {
  return Math.floor(at / 60_000) * 60;
}

function user(id: string, tz: string) {
  return { id, name: id.toLowerCase(), tz };
}
