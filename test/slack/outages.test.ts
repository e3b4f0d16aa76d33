import { describe, expect, test, vi } from 'vitest';
import { actionIds } from '../../src/slack/render/refs.ts';
import { anOutageStage, beganAt, downAt, minute } from './outage-stage.ts';
import { isCard } from './stage.ts';

const openButton = { actionId: actionIds.openOutage };
const snooze = { actionId: actionIds.snoozeOutage };
const stop = { actionId: actionIds.stopOutage };

describe('the card of an outage', () => {
  test('says since when, from where and what fails, and its button opens the investigation with its onset', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    const text = await stage.read(card);
    expect(text).toContain('prod API server is down');
    expect(text).toMatch(/Failing since .*to within 2 s/);
    expect(text).toContain('connect: timeout at 10.0.0.10:6443 from the bot');
    await stage.workspace.as('U1').click(card, openButton);
    const opened = await stage.workspace.waitFor(() => stage.workspace.channel('C1').messages().find(isCard));
    expect(await stage.read(opened)).toContain('2 bad probes in a row from the bot');
    const [investigation] = await stage.service.listOpen();
    expect(investigation).toMatchObject({ openedBy: { id: 'U1' }, onsets: [{ method: 'prober' }] });
    // One card says it all: the other only leads there.
    const short = await stage.read(card, (now) => now.includes('Being investigated'));
    expect(short).toContain(`${investigation?.id}`);
    expect(short).toContain('@ana');
    expect(short).not.toContain('Open the investigation');
    expect(stage.cards()).toHaveLength(1);
    expect(stage.workspace.violations).toEqual([]);
  });

  test('that fails only from some places says so', async () => {
    const stage = await anOutageStage();
    const { onset, ...outage } = downAt(beganAt);
    await stage.seen({ ...outage, onset: { ...onset, scope: 'outsideOnly' } });
    expect(await stage.read(await stage.card())).toContain('prod API server fails only from outside');
  });

  test('of an investigation that is open already in the channel leads there, and asks for none', async () => {
    const stage = await anOutageStage();
    await stage.workspace.as('U2').command('C1', '/apidown', 'investigate prod');
    await stage.workspace.waitFor(() => stage.workspace.channel('C1').messages().find(isCard));
    await stage.seen(downAt(beganAt));
    const text = await stage.read(await stage.card(), (now) => now.includes('Being investigated'));
    expect(text).toContain('@bo');
    expect(text).not.toContain('Open the investigation');
    expect(await stage.service.listOpen()).toHaveLength(1);
  });

  test('pressed in two channels at once, or by two people, is one investigation', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await Promise.all([
      stage.workspace.as('U1').click(card, openButton),
      stage.workspace.as('U2').command('C2', '/apidown', 'investigate prod'),
    ]);
    await stage.workspace.waitFor(
      () => stage.workspace.ephemerals('U1').length + stage.workspace.ephemerals('U2').length === 1,
    );
    expect((await stage.service.listOpen()).filter(({ room }) => room !== null)).toHaveLength(1);
    const [told] = [...stage.workspace.ephemerals('U1'), ...stage.workspace.ephemerals('U2')];
    expect(JSON.stringify(told?.blocks)).toContain('is being investigated already, in <#C');
  });

  test('names nobody who may not investigate', async () => {
    const stage = await anOutageStage({
      slack: { grants: [{ may: ['view'] }, { may: ['investigate'], users: ['U2'] }] },
    });
    await stage.seen(downAt(beganAt));
    await stage.workspace.as('U1').click(await stage.card(), openButton);
    const told = await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1').at(-1));
    expect(JSON.stringify(told.blocks)).toContain('You need `investigate` for prod.');
    expect((await stage.service.listOpen()).filter(({ room }) => room !== null)).toEqual([]);
  });

  test('where the app is not in the channel it is posted once it is', async () => {
    const stage = await anOutageStage({ isInvited: false });
    await stage.seen(downAt(beganAt));
    await stage.workspace.waitFor(() => stage.workspace.callsTo('chat.postMessage').length === 1);
    await stage.later(minute);
    stage.workspace.invite('C1');
    await stage.later(5 * minute);
    await stage.card();
    expect(stage.workspace.callsTo('chat.postMessage')).toHaveLength(2);
  });
});

describe('when it is over', () => {
  test('the card says how long it was, and so does a reply', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    stage.advance(12 * minute);
    await stage.seen(downAt(beganAt, stage.now()));
    const reply = await stage.reply(card, 'answers again');
    expect(await stage.read(reply)).toContain('it was down for 12 min');
    expect(await stage.read(card, (now) => now.includes('answers again'))).toMatch(/Failed from .* for 12 min/);
    await stage.later(60 * minute);
    expect(stage.replies(card)).toHaveLength(1);
    await vi.waitFor(async () => expect(await stage.store.outageCards.open()).toEqual([]));
    expect(stage.workspace.violations).toEqual([]);
  });

  test('one that is down again, which is seen only later, is reminded of as before', async () => {
    const stage = await anOutageStage();
    const { incident } = downAt(beganAt);
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    stage.advance(minute);
    await stage.seen(downAt(beganAt, stage.now()));
    await stage.reply(card, 'answers again');
    await stage.later(10 * minute);
    await vi.waitFor(async () => expect(await stage.store.outageCards.open()).toEqual([]));
    await stage.seen(downAt(stage.now() - 1_000, null, { incident }));
    await stage.reply(card, 'is down again');
    await stage.later(31 * minute);
    await stage.reply(card, 'Still down');
    expect(stage.cards()).toHaveLength(1);
  });

  test('what is told only then gets no card', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt - 9 * minute, beganAt));
    await stage.look();
    expect(await stage.store.outageCards.open()).toEqual([]);
    expect(stage.cards()).toEqual([]);
  });

  test('one that flaps keeps one card; of what goes on and on only the card tells, and the end', async () => {
    const stage = await anOutageStage();
    const { incident } = downAt(beganAt);
    for (let time = 0; time < 6; time++) {
      const at = stage.now();
      await stage.seen(downAt(at, null, { incident }));
      const card = await stage.card();
      await stage.read(card, (now) => now.includes('is down'));
      stage.advance(minute);
      await stage.seen(downAt(at, stage.now(), { incident }));
      await stage.read(card, (now) => now.includes('answers again'));
      stage.advance(minute);
    }
    const card = await stage.card();
    const count = (words: string) =>
      stage.replies(card).filter(({ blocks }) => JSON.stringify(blocks).includes(words)).length;
    expect(stage.cards()).toHaveLength(1);
    expect(await stage.read(card)).toMatch(/Down 6 times so far; before: .* and 1 time before those/);
    expect([count('is down again'), count('answers again')]).toEqual([3, 3]);
    await stage.later(15 * minute);
    await stage.workspace.waitFor(() => count('answers again') === 4);
    expect(stage.workspace.violations).toEqual([]);
  });
});

describe('while it lasts', () => {
  test('a reminder comes in its time, names what is known, and each leaves its buttons to the next', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await stage.later(29 * minute);
    expect(stage.replies(card)).toEqual([]);
    await stage.later(minute);
    const first = await stage.reply(card, 'Still down');
    expect(await stage.read(first)).toMatch(
      /Still down after 30 min: prod API server\.[\s\S]*Open the investigation.*Snooze 1 h.*Stop/,
    );
    await stage.later(30 * minute);
    const second = await stage.reply(card, 'Still down', 1);
    expect(await stage.read(second)).toContain('after 1 h');
    expect(await stage.read(first, (now) => !now.includes('Snooze'))).toContain('after 30 min');
    expect(stage.workspace.violations).toEqual([]);
  });

  test('after a restart it is posted once, and what was missed is one reminder', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await stage.later(30 * minute);
    await stage.reply(card, 'Still down');
    await stage.restart();
    await stage.resume();
    await stage.look();
    await stage.later(3 * 60 * minute);
    await stage.look();
    await stage.reply(card, 'Still down', 1);
    await stage.look();
    expect(stage.replies(card)).toHaveLength(2);
    expect(stage.cards()).toHaveLength(1);
  });

  test('what began just before the bot was stopped gets its card after it', async () => {
    const stage = await anOutageStage();
    await stage.store.outages.put(downAt(beganAt));
    await stage.restart();
    await stage.resume();
    await stage.card();
    expect(stage.cards()).toHaveLength(1);
  });

  test('snoozed, the next one waits an hour; who did it is said, and pressed again does nothing', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await stage.later(30 * minute);
    const reminder = await stage.reply(card, 'Still down');
    const [ana, bo] = [stage.workspace.as('U1'), stage.workspace.as('U2')];
    await Promise.all([ana.click(reminder, snooze), bo.click(reminder, snooze)]);
    const text = await stage.read(reminder, (now) => now.includes('snoozed by'));
    expect(text).not.toContain('Snooze 1 h');
    const slower = text.includes('@ana') ? 'U2' : 'U1';
    const told = await stage.workspace.waitFor(() => stage.workspace.ephemerals(slower).at(-1));
    expect(JSON.stringify(told.blocks)).toContain('were snoozed already');
    await stage.later(59 * minute);
    expect(stage.replies(card)).toHaveLength(1);
    await stage.later(minute);
    await stage.reply(card, 'Still down', 1);
    expect(stage.workspace.violations).toEqual([]);
  });

  test('stopped, none comes any more, until another outage', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await stage.later(30 * minute);
    const reminder = await stage.reply(card, 'Still down');
    await stage.workspace.as('U2').click(reminder, stop);
    expect(await stage.read(reminder, (now) => now.includes('stopped by'))).toContain('@bo');
    await stage.later(24 * 60 * minute);
    expect(stage.replies(card)).toHaveLength(1);
    await stage.seen(downAt(beganAt, stage.now()));
    await stage.reply(card, 'answers again');
    await stage.later(60 * minute);
    await stage.seen(downAt(stage.now()));
    await stage.workspace.waitFor(() => stage.cards().length === 2);
  });

  test('a button of a reminder that is over says so', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    await stage.later(30 * minute);
    const reminder = await stage.reply(card, 'Still down');
    // The prober wrote it down, and the card does not show it yet.
    await stage.store.outages.put(downAt(beganAt, stage.now()));
    await stage.workspace.as('U1').click(reminder, stop);
    const told = await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1').at(-1));
    expect(JSON.stringify(told.blocks)).toContain('This outage of prod is over');
    await stage.reply(card, 'answers again');
  });
});

describe('who is named', () => {
  const mention = { mention: 'S1' };

  test('the configured user group, on the card and on reminders while nobody investigates', async () => {
    const stage = await anOutageStage({ settings: mention });
    await stage.seen(downAt(beganAt));
    const card = await stage.card();
    expect(JSON.stringify(card.blocks)).toContain('<!subteam^S1>');
    expect(card.text).toContain('<!subteam^S1>');
    await stage.later(30 * minute);
    expect((await stage.reply(card, 'Still down')).text).toContain('<!subteam^S1>');
    await stage.workspace.as('U1').click(card, openButton);
    await stage.read(card, (now) => now.includes('Being investigated'));
    await stage.later(30 * minute);
    expect((await stage.reply(card, 'Still down', 1)).text).not.toContain('<!subteam^S1>');
  });

  test('in quiet hours nobody: the card comes all the same, and the reminder waits for their end', async () => {
    const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };
    const at = Date.parse('2026-10-24T23:00:00Z');
    const stage = await anOutageStage({ settings: { ...mention, quiet }, startAt: at });
    await stage.seen(downAt(at));
    const card = await stage.card();
    expect(JSON.stringify(card)).not.toContain('subteam');
    // Clocks go back in this night: 07:00 is 06:00 UTC, seven hours away.
    await stage.later(7 * 60 * minute - 1);
    expect(stage.replies(card)).toEqual([]);
    await stage.later(1);
    expect((await stage.reply(card, 'after 7 h: prod')).text).toContain('<!subteam^S1>');
  });

  test('what a cluster or a prober says pings nobody', async () => {
    const stage = await anOutageStage();
    await stage.seen(downAt(beganAt, null, { words: '<!channel> `*x*` & more' }));
    expect(JSON.stringify((await stage.card()).blocks)).toContain('&lt;!channel&gt;');
  });
});
