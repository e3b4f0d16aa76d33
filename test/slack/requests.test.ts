import { describe, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { SHORTCUT } from '../../src/slack/listeners/requests.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { aStage, isCard, type Stage, type StageOptions, words } from './stage.ts';

const remembering: StageOptions = {
  slack: (store) => ({ clusters: [cluster('prod'), cluster('staging')], channelClusters: store.channelClusters }),
};
const two = { slack: { clusters: [cluster('prod'), cluster('staging')] } };

describe('what is asked for in words', () => {
  test('without a word, and with help, the commands are listed', async () => {
    const stage = await aStage();
    await stage.workspace.as('U1').command('C1', '/apidown', '');
    expect(words(await told(stage))).toContain('/apidown investigate [cluster]');
    expect(stage.workspace.violations).toEqual([]);
  });

  test.each([
    ['investgate prod', '`investgate`', '/apidown investigate prod'],
    ['stauts', '`stauts`', '/apidown status'],
    ['prod', '`prod`', '/apidown investigate prod'],
    ['investigate prod now', '`now`', '/apidown investigate prod'],
  ])('"%s" names what was not understood and what was likely meant', async (text, part, meant) => {
    const stage = await aStage();
    await stage.workspace.as('U1').command('C1', '/apidown', text);
    const reply = words(await told(stage));
    expect(reply).toContain(`I don't understand ${part}`);
    expect(reply).toContain(`Did you mean \`${meant}\`?`);
    expect(stage.workspace.channel('C1').messages()).toEqual([]);
  });

  test('a hostile word is shown harmlessly', async () => {
    const stage = await aStage();
    await stage.workspace.as('U1').command('C1', '/apidown', '<!channel>`*x*');
    expect(words(await told(stage))).toContain('`&lt;!channel&gt;ˋ*x*`');
  });

  test('an unknown cluster is answered with those that are known', async () => {
    const stage = await aStage(two);
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate stagin');
    expect(words(await told(stage))).toMatch(/don't know a cluster `stagin`.*mean `staging`.*`prod`, `staging`/);
    expect(await stage.service.listOpen()).toEqual([]);
  });

  test('the only cluster of the channel needs no name', async () => {
    const stage = await aStage({ slack: { clusters: [cluster('prod'), cluster('staging', ['C1'])] } });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    await stage.card();
    expect((await stage.service.listOpen()).map((one) => one.cluster)).toEqual(['staging']);
  });

  test('where it is not clear which, the person chooses, and the question goes away', async () => {
    const stage = await aStage(two);
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'investigate');
    const question = await told(stage);
    await workspace.as('U1').select(question, { actionId: actionIds.chooseCluster }, 'staging');
    await stage.card();
    await workspace.waitFor(() => workspace.ephemerals('U1').every(({ isDeleted }) => isDeleted));
    expect((await stage.service.listOpen()).map((one) => one.cluster)).toEqual(['staging']);
    expect(workspace.violations).toEqual([]);
  });

  test('the cluster of the last time in the channel is taken and said, and another is a choice away', async () => {
    const stage = await aStage(remembering);
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'investigate staging');
    await stage.card();
    await stage.restart();
    await workspace.as('U2').command('C1', '/apidown', 'investigate since 25 min ago from 10.0.0.1');
    const note = await workspace.waitFor(() =>
      workspace.ephemerals('U2').find((one) => words(one).includes('staging, as last time in this channel')),
    );
    expect((await stage.service.listOpen()).map((one) => one.cluster)).toEqual(['staging']);
    await workspace.as('U2').select(note, { actionId: actionIds.chooseCluster }, 'prod');
    await workspace.waitFor(() => workspace.channel('C1').messages().filter(isCard).length === 2);
    const [newest] = await stage.service.listOpen();
    expect(newest).toMatchObject({ cluster: 'prod', onsets: [{ method: 'report', sources: ['10.0.0.1'] }] });
    expect(await stage.store.channelClusters.last('C1')).toBe('prod');
    expect(workspace.violations).toEqual([]);
  });

  test('what was asked for in another channel is not remembered here', async () => {
    const stage = await aStage(remembering);
    stage.workspace.invite('C2');
    await stage.workspace.as('U1').command('C2', '/apidown', 'investigate staging');
    await stage.card('C2');
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    expect(words(await told(stage))).toContain('Which cluster?');
  });

  test('a second person joins the open investigation and is led to its card', async () => {
    const stage = await aStage();
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    const card = await stage.card();
    await stage.workspace.as('U2').command('C1', '/apidown', 'investigate');
    const reply = words(await told(stage, 'U2'));
    expect(reply).toContain('being investigated already');
    expect(reply).toContain(`archives/C1/p${card.ts.replace('.', '')}`);
    expect(stage.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
  });

  test('a command that Slack delivers twice opens once and says nothing about it', async () => {
    const stage = await aStage();
    const delivery = await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    await stage.card();
    if (delivery.kind !== 'acked') throw new Error('the command was not acknowledged');
    stage.workspace.socket.redeliver(delivery.envelopeId);
    await stage.restart();
    expect(await stage.service.listOpen()).toHaveLength(1);
    expect(stage.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
    expect(stage.workspace.violations).toEqual([]);
  });

  test('where the app is not a member it says how to invite it, and goes on once it is', async () => {
    const stage = await aStage();
    const { workspace } = stage;
    await workspace.as('U1').command('C2', '/apidown', 'investigate prod');
    const reply = words(await told(stage, 'U1', 'C2'));
    expect(reply).toContain('/invite @apidown');
    expect(reply).toContain('/apidown investigate prod');
    workspace.invite('C2');
    await workspace.as('U1').command('C2', '/apidown', 'investigate prod');
    await stage.card('C2');
    expect(await stage.service.listOpen()).toHaveLength(1);
    expect(workspace.violations).toEqual([]);
  });

  test('status shows each cluster, what is investigated where, and from where it is looked at', async () => {
    const stage = await aStage(two);
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    await stage.card();
    await stage.workspace.as('U2').command('C1', '/apidown', 'status');
    const reply = words(await told(stage, 'U2'));
    expect(reply).toMatch(/\*prod\*: 1 open investigation.*<#C1>.*\*staging\*: nothing is being investigated/);
    expect(reply).toContain('node cp-1');
  });
});

describe('in threads', () => {
  test('a mention opens an investigation there: card and evidence are replies', async () => {
    const stage = await aStage();
    const { workspace } = stage;
    const alert = workspace.as('U1').say('C1', 'KubeAPIDown');
    await workspace.as('U1').mention('C1', 'investigate prod', { thread: alert.ts });
    const card = await workspace.waitFor(() => workspace.channel('C1').thread(alert.ts).find(isCard));
    await workspace.waitFor(() =>
      workspace
        .channel('C1')
        .thread(alert.ts)
        .some(({ metadata }) => JSON.stringify(metadata).includes('/endpoint/1')),
    );
    await workspace.as('U1').click(card, { actionId: actionIds.next });
    await workspace.waitFor(() => words(workspace.channel('C1').message(card.ts) ?? card).includes('step 2 of 6'));
    expect(workspace.channel('C1').messages()).toHaveLength(1);
    expect(workspace.violations).toEqual([]);
  });

  test('the message shortcut opens one below the message', async () => {
    const stage = await aStage();
    const { workspace } = stage;
    const alert = workspace.as('U1').say('C1', 'KubeAPIDown');
    await workspace.as('U1').shortcut(SHORTCUT, alert);
    await workspace.waitFor(() => workspace.channel('C1').thread(alert.ts).find(isCard));
    expect(workspace.channel('C1').messages().filter(isCard)).toEqual([]);
    expect(workspace.violations).toEqual([]);
  });

  test('what one person is told in a thread stands in the thread', async () => {
    const stage = await aStage(two);
    const { workspace } = stage;
    const alert = workspace.as('U1').say('C1', 'KubeAPIDown');
    await workspace.as('U1').mention('C1', 'investigate', { thread: alert.ts });
    const question = await told(stage);
    expect(question.threadTs).toBe(alert.ts);
    await workspace.as('U1').select(question, { actionId: actionIds.chooseCluster }, 'prod');
    await workspace.waitFor(() => workspace.channel('C1').thread(alert.ts).find(isCard));
  });
});

describe('who may do what', () => {
  const grants = [{ may: ['view' as const] }, { may: ['investigate' as const], clusters: ['prod'], groups: ['S1'] }];

  test('somebody without the permission learns which one is missing and who has it', async () => {
    const stage = await aStage({ slack: { grants } });
    await stage.workspace.as('U2').command('C1', '/apidown', 'investigate prod');
    const reply = words(await told(stage, 'U2'));
    expect(reply).toContain('You need `investigate` for prod');
    expect(reply).toContain('<!subteam^S1>');
    expect(await stage.service.listOpen()).toEqual([]);
  });

  test('a member of the group gets in, and others can read but not press', async () => {
    const stage = await aStage({ slack: { grants } });
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    const card = await stage.card();
    await workspace.as('U2').click(card, { actionId: actionIds.next });
    expect(words(await told(stage, 'U2'))).toContain('You need `investigate`');
    const [open] = await stage.service.listOpen();
    expect(open?.current).toBe('endpoint');
    const reply = await workspace.waitFor(() => workspace.channel('C1').thread(card.ts)[0]);
    await workspace.as('U2').click(reply, { actionId: actionIds.commands });
    await workspace.waitFor(() =>
      words({ blocks: workspace.views('U2').top?.content.blocks ?? [] }).includes('kubectl'),
    );
  });

  test("when members can't be looked up nobody gets in by the group, and it is said", async () => {
    const stage = await aStage({ slack: { grants } });
    stage.workspace.faults.always('usergroups.users.list', { kind: 'error', error: 'no_such_subteam' });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    expect(words(await told(stage))).toMatch(/could not look up who is in .*no_such_subteam/);
    expect(await stage.service.listOpen()).toEqual([]);
  });
});

describe('under load and in trouble', () => {
  test('five hundred commands at once are all acknowledged, and one investigation is open', async () => {
    // How soon is for the bench to say; here it counts that each is answered, however busy the machine.
    const stage = await aStage({ workspace: { rateLimits: 'none', ackDeadlineMs: 50_000 } });
    const deliveries = await Promise.all(
      Array.from({ length: 500 }, () => stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod')),
    );
    expect(deliveries.filter(({ kind }) => kind !== 'acked')).toEqual([]);
    await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1').length === 499, { timeoutMs: 50_000 });
    expect(await stage.service.listOpen()).toHaveLength(1);
    expect(stage.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
    expect(stage.workspace.violations).toEqual([]);
  }, 60_000);

  test('what breaks is told to the one who asked, with an id that is in the log', async () => {
    const stage = await aStage({
      slack: { vantages: { connected: () => [], absent: () => JSON.parse('broken') } },
    });
    await stage.workspace.as('U1').command('C1', '/apidown', 'status');
    const reply = words(await told(stage));
    const [id] = /err-[a-z0-9]{6}/.exec(reply) ?? [];
    expect(id).toBeDefined();
    expect(stage.logged.some((line) => line.includes(`"correlation":"${id}"`) && line.includes('SyntaxError'))).toBe(
      true,
    );
  });
});

function cluster(name: string, channels: readonly string[] = []) {
  return { name, channels };
}

/** The newest thing that only this person sees. */
function told(stage: Stage, user = 'U1', channel = 'C1'): Promise<Message> {
  return stage.workspace.waitFor(() => stage.workspace.ephemerals(user, channel).at(-1), {
    what: `something told to ${user}`,
  });
}
