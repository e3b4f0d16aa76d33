import { describe, expect, test, vi } from 'vitest';
import type { HomePorts } from '../../src/slack/listeners/home.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import type { Grant } from '../../src/words/grant.ts';
import { beganAt, minute } from './outage-stage.ts';
import { aStage, isCard, type Stage } from './stage.ts';

const states: HomePorts['stateOf'] = async (cluster) => {
  if (cluster.startsWith('down')) return { kind: 'down', sinceAt: beganAt, words: 'connect: timeout from the bot' };
  if (cluster.startsWith('blind')) return { kind: 'noData', why: 'it was not probed yet' };
  return { kind: 'up', sinceAt: cluster === 'prod' ? beganAt - 60 * minute : null };
};

const ready: HomePorts['setUpOf'] = async () => ({
  roles: [
    { role: 'cluster', isEnrolled: true, isConnected: true },
    { role: 'node', isEnrolled: true, isConnected: true },
  ],
  hasOutside: true,
  hasSources: true,
});

interface Given {
  readonly clusters?: readonly string[];
  readonly grants?: readonly Grant[];
  readonly home?: Partial<HomePorts>;
  readonly channels?: readonly string[];
}

async function aHome(given: Given = {}) {
  const { clusters = ['prod', 'down-1', 'blind-1'], grants = [], home = {}, channels = ['C1'] } = given;
  const stage = await aStage({
    slack: {
      clusters: clusters.map((name) => ({ name, channels })),
      grants,
      home: { stateOf: states, setUpOf: ready, ...home },
    },
  });
  return { stage, ...watched(stage) };
}

function watched({ workspace }: Stage) {
  const home = (user = 'U1') => workspace.views(user).home;
  return {
    workspace,
    home,
    /** What a person reads once they have opened their Home tab. */
    async opened(user = 'U1'): Promise<string> {
      const before = home(user)?.hash;
      await workspace.as(user).openHome();
      const view = await workspace.waitFor(() => (home(user)?.hash === before ? null : home(user)), {
        what: 'a Home tab',
      });
      return workspace.readAs(user, { width: 5_000 }).view(view);
    },
  };
}

describe('the Home tab', () => {
  test('shows clusters, what fails first, and what everybody may do', async () => {
    const { opened, workspace } = await aHome();
    const text = await opened();
    expect(text).toMatch(/Clusters: 1 down, 1 without data, 1 up/);
    expect(text).toMatch(
      /down-1 is down since .*connect: timeout from the bot[\s\S]*blind-1: no data, it was not probed yet[\s\S]*prod answers, since/,
    );
    expect(text).toContain('no permissions are configured');
    expect(text).toContain('all 8 steps are done');
    expect(text).not.toContain('Next health posts');
    expect(workspace.violations).toEqual([]);
  });

  test('is drawn anew by its button, with what was opened since', async () => {
    const { opened, workspace, home, stage } = await aHome();
    expect(await opened()).toMatch(/Open investigations\s+None\./);
    await workspace.as('U2').command('C1', '/apidown', 'investigate prod');
    const card = await stage.card();
    const view = home();
    if (view === null) throw new Error('there is no Home tab');
    await workspace.as('U1').click(view, { actionId: actionIds.homeRefresh });
    await workspace.waitFor(() => JSON.stringify(home()?.content.blocks).includes('inv-'));
    const blocks = JSON.stringify(home()?.content.blocks);
    expect(blocks).toContain(`archives/C1/p${card.ts.replace('.', '')}`);
    expect(blocks).toContain('opened by <@U2>');
    expect(workspace.violations).toEqual([]);
  });

  test('of two hundred clusters folds those that are well, and stays within a hundred blocks', async () => {
    const named = (what: string, many: number) => Array.from({ length: many }, (_, index) => `${what}-${index + 1}`);
    const clusters = [...named('up', 110), ...named('down', 50), ...named('blind', 40)];
    const grants: Grant[] = [{ may: ['investigate'] }];
    const { opened, home, workspace } = await aHome({ clusters, grants });
    const text = await opened();
    expect(text).toMatch(/50 down, 40 without data, 110 up/);
    expect(text).toContain('… and 20 more down');
    expect(text).toMatch(/110 clusters answer: up-1, up-2, .* and 80 more/);
    expect(home()?.content.blocks.length).toBeLessThanOrEqual(100);
    expect(workspace.violations).toEqual([]);
  });

  test('names the next health posts where they are scheduled, the soonest first', async () => {
    const { opened } = await aHome({
      home: {
        nextPosts: async () => [
          { clusters: ['prod', 'down-1'], channel: 'C1', at: beganAt + 2 * minute },
          { clusters: ['blind-1'], channel: 'C1', at: beganAt + minute },
        ],
      },
    });
    expect(await opened()).toMatch(
      /Next health posts[\s\S]*14:04:00.*in #incidents: blind-1[\s\S]*14:05:00.*prod, down-1/,
    );
  });
});

describe('what a person may see of it', () => {
  const grants: Grant[] = [
    { may: ['view'], clusters: ['prod'] },
    { may: ['investigate'], clusters: ['prod'], groups: ['S1'] },
    { may: ['investigate'], clusters: ['down-1'], users: ['U1'], channels: ['C1'] },
  ];

  test('is their clusters, and what they may do with each in words', async () => {
    const { opened } = await aHome({ grants });
    const ana = await opened('U1');
    expect(ana).toContain('Look, and investigate (open, walk, record, conclude): prod');
    expect(ana).toContain('Look, and investigate in #incidents: down-1');
    expect(ana).not.toContain('blind-1');
    expect(ana).toContain('Other clusters are not shown');
    const bo = await opened('U2');
    expect(bo).toContain('Look, but not investigate: prod');
    expect(bo).not.toMatch(/down-1|blind-1/);
    expect(bo).not.toContain('Open an investigation');
  });

  test('is nothing without a grant, not even what is investigated or posted', async () => {
    const { opened, stage, workspace } = await aHome({
      grants: [{ may: ['investigate'], users: ['U1'] }],
      home: { nextPosts: async () => [{ clusters: ['prod'], channel: 'C1', at: beganAt }] },
    });
    await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    await stage.card();
    const bo = await opened('U2');
    expect(bo).toContain('You may see no cluster here');
    expect(bo).not.toMatch(/prod|down-1|inv-/);
  });

  test('a grant that holds in a channel shows nothing to those who are not in it', async () => {
    const inPrivate: Grant[] = [{ may: ['investigate'], channels: ['C3'] }];
    const stage = await aStage({
      workspace: {
        channels: [
          { id: 'C1', name: 'incidents' },
          { id: 'C3', name: 'secret', isPrivate: true, members: ['U1'] },
        ],
      },
      slack: {
        clusters: [{ name: 'prod', channels: ['C3'] }],
        grants: inPrivate,
        home: { stateOf: states, setUpOf: ready },
      },
    });
    const { opened } = watched(stage);
    expect(await opened('U1')).toContain('prod answers');
    expect(await opened('U2')).not.toContain('prod');
  });
});

test('what can not be looked up gives nothing, and is said', async () => {
  const stage = await aStage({
    slack: {
      clusters: [{ name: 'prod', channels: ['C1'] }],
      grants: [{ may: ['investigate'], groups: ['S9'] }],
      home: { stateOf: states, setUpOf: ready },
    },
  });
  expect(await watched(stage).opened('U1')).toMatch(/You may see no cluster here[\s\S]*I could not look up who is in/);
});

describe('the first steps', () => {
  test('each is done, or it says how to do it and for which cluster', async () => {
    const { opened } = await aHome({
      clusters: ['prod', 'lab'],
      channels: ['C2'],
      home: {
        nextPosts: async () => [],
        setUpOf: async (cluster) => ({
          ...(await ready(cluster)),
          hasSources: false,
          hasOutside: cluster === 'prod',
          roles: [{ role: 'node', isEnrolled: cluster === 'prod', isConnected: false }],
        }),
      },
    });
    const text = await opened();
    expect(text).toContain('✅ Agents in the clusters enrolled: done');
    expect(text).toMatch(/⬜ Agents on control-plane nodes enrolled: `apidown enroll lab --role node` \(lab\)/);
    expect(text).toMatch(/⬜ Agents on control-plane nodes connected: .*\(prod, lab\)/);
    expect(text).toMatch(/⬜ A vantage outside: .*\(lab\)/);
    expect(text).toMatch(/⬜ Sources of changes: .*\(prod, lab\)/);
    expect(text).toContain('✅ A channel: done');
    expect(text).toMatch(/⬜ Me in every channel: type `\/invite @apidown` in #elsewhere/);
    expect(text).toMatch(/⬜ Health posts: `\/apidown schedule`/);
  });
});

describe('an investigation from the Home tab', () => {
  test('opens in the channel that is chosen', async () => {
    const { opened, home, workspace, stage } = await aHome();
    await opened();
    const view = home();
    if (view === null) throw new Error('there is no Home tab');
    await workspace.as('U1').click(view, { text: 'Investigate down-1' });
    const form = await workspace.waitFor(() => {
      const { top } = workspace.views('U1');
      return top?.content.blocks.some(({ type }) => type === 'input') ? top : null;
    });
    await workspace.as('U1').submit(form, { Channel: 'C1' });
    await workspace.waitFor(() =>
      JSON.stringify(workspace.views('U1').top?.content.blocks).includes('Opened in <#C1>'),
    );
    expect(await stage.service.listOpen()).toMatchObject([
      { cluster: 'down-1', room: { channel: 'C1' }, openedBy: { id: 'U1' } },
    ]);
    expect(workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
    expect(workspace.violations).toEqual([]);
  });

  test('says in the modal why it can not: permission, or a channel without the app', async () => {
    const grants: Grant[] = [{ may: ['view'] }, { may: ['investigate'], users: ['U1'], channels: ['C1', 'C2'] }];
    const { opened, home, workspace, stage } = await aHome({ grants });
    await opened();
    const view = home();
    if (view === null) throw new Error('there is no Home tab');
    const submit = async (channel: string, expected: string) => {
      await workspace.as('U1').click(view, { actionId: actionIds.homeOpen, text: 'Open an investigation…' });
      const form = await workspace.waitFor(() => {
        const { top } = workspace.views('U1');
        return top?.content.blocks.some(({ type }) => type === 'input') ? top : null;
      });
      await workspace.as('U1').submit(form, { Cluster: 'prod', Channel: channel });
      await workspace.waitFor(() => JSON.stringify(workspace.views('U1').top?.content.blocks).includes(expected));
    };
    await submit('C2', '/invite @apidown');
    expect(await stage.service.listOpen()).toHaveLength(1);
  });

  test('of more clusters than a list takes all can be chosen', async () => {
    const clusters = Array.from({ length: 200 }, (_, index) => `c-${index + 1}`);
    const { opened, home, workspace, stage } = await aHome({ clusters });
    await opened();
    const view = home();
    if (view === null) throw new Error('there is no Home tab');
    await workspace.as('U1').click(view, { text: 'Open an investigation…' });
    const form = await workspace.waitFor(() => {
      const { top } = workspace.views('U1');
      return top?.content.blocks.some(({ type }) => type === 'input') ? top : null;
    });
    await workspace.as('U1').submit(form, { Cluster: 'c-200', Channel: 'C1' });
    await vi.waitFor(async () => expect(await stage.service.listOpen()).toMatchObject([{ cluster: 'c-200' }]));
    expect(workspace.violations).toEqual([]);
  });
});
