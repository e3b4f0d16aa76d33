import { describe, expect, test, vi } from 'vitest';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import type { Grant } from '../../src/words/grant.ts';
import { beganAt, cause, onset, typical } from '../briefing/diagnoses.ts';
import { aStage, type Stage, type StageOptions, words } from './stage.ts';

const day = 24 * 3_600_000;
const ana = { kind: 'person' as const, id: 'U1' };

/** `inv-p1` is the oldest; each a day after the one before, as a version wrote it that knew of summaries alone. */
async function withPasts(amount: number, options: StageOptions = {}, cluster = 'prod'): Promise<Stage> {
  const stage = await aStage(options);
  for (let number = 1; number <= amount; number++) {
    const at = beganAt + number * day;
    const began = onset({
      id: `prober:${number}`,
      earliestAt: at,
      latestAt: at + 5_000,
      recovery: { earliestAt: at + 720_000, latestAt: at + 725_000 },
    });
    const title = number === 2 ? 'NetworkPolicy deny-all created' : 'nftables on cp-1: rule added';
    const events: InvestigationEvent[] = [
      {
        kind: 'opened',
        at,
        by: ana,
        id: `inv-p${number}`,
        cluster,
        endpoint: null,
        room: { channel: 'C1', thread: null },
      },
      { kind: 'onset-found', at, by: ana, onset: began },
      { kind: 'diagnosed', at, by: ana, diagnosis: { ...typical(), onset: began, causes: [cause({ title })] } },
      { kind: 'concluded', at: at + 3_600_000, by: ana, summary: `number ${number}, 100% <!here>` },
    ];
    await stage.store.investigations.append(`inv-p${number}`, 0, events);
  }
  return stage;
}

const clusters = [
  { name: 'prod', channels: [] },
  { name: 'stage', channels: [] },
];

async function asks({ workspace }: Stage, user: string, command: string) {
  const before = workspace.ephemerals(user).length;
  await workspace.as(user).command('C1', '/apidown', command);
  return workspace.waitFor(() => workspace.ephemerals(user)[before]);
}

describe('history', () => {
  test('tells past ones newest first, with cause, length, people and the way to the card, a page at a time', async () => {
    const stage = await withPasts(10);
    await stage.store.messages.claim('inv-p10/card', { channel: 'C1', thread: null, at: 1 });
    await stage.store.messages.sent('inv-p10/card', '1700000000.000100', 'x');
    const first = await asks(stage, 'U1', 'history');
    const said = words(first);
    expect(
      [...said.matchAll(/inv-p\d+/g)].map(([id]) => id).filter((id, index, all) => all.indexOf(id) === index),
    ).toEqual([10, 9, 8, 7, 6, 5, 4, 3].map((number) => `inv-p${number}`));
    expect(said).toMatch(/<https?:[^|]*archives\/C1\/p1700000000000100\|inv-p10>/);
    expect(said).toContain('for 12 min');
    expect(said).toContain('🎯 nftables on cp-1: rule added (explains)');
    expect(said).toContain('number 10, 100% &lt;!here&gt;');
    expect(said).toContain('opened by <@U1> · concluded by <@U1>');

    const before = stage.workspace.ephemerals('U1').length;
    await stage.workspace.as('U1').click(first, { actionId: actionIds.olderHistory });
    const second = await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1')[before]);
    expect(words(second)).toContain('inv-p2`');
    expect(words(second)).toContain('inv-p1`');
    expect(words(second)).not.toContain('inv-p3');
    expect(words(second)).not.toContain(actionIds.olderHistory);
    expect(stage.workspace.violations).toEqual([]);
  });

  test('finds by words of cause and summary, since when, and by cluster', async () => {
    const stage = await withPasts(4, { slack: { clusters, clock: { now: () => beganAt + 20 * day } } });
    const found = async (command: string) => [
      ...new Set([...words(await asks(stage, 'U1', command)).matchAll(/inv-p\d/g)].map(([id]) => id)),
    ];
    expect(await found('history networkpolicy DENY')).toEqual(['inv-p2']);
    expect(await found('history prod 100%')).toEqual(['inv-p4', 'inv-p3', 'inv-p2', 'inv-p1']);
    expect(await found('history since 2026-11-25')).toEqual(['inv-p4', 'inv-p3']);
    expect(await found('history rule since 17 days ago')).toEqual(['inv-p4', 'inv-p3']);
    expect(await found('history stage')).toEqual([]);
    expect(await found('history n_mber')).toEqual([]);
    expect(words(await asks(stage, 'U1', 'history since whenever'))).toContain('3 weeks ago');
  });

  test('what went on since it was told last is told as it is now', async () => {
    const stage = await withPasts(1);
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    const id = await vi.waitFor(async () => {
      const [open] = await stage.service.listOpen();
      if (open === undefined) throw new Error('none is open yet');
      return open.id;
    });
    expect(words(await asks(stage, 'U1', 'history'))).toContain('not concluded');
    await stage.service.act(id, ana, { kind: 'conclude', summary: 'a late word' });
    expect(words(await asks(stage, 'U1', 'history late'))).toContain(id);
  });

  test('shows nothing of a cluster that somebody may not view, also not at a press on an old page', async () => {
    const grants: Grant[] = [
      { may: ['view'], clusters: ['stage'], users: ['U2'] },
      { may: ['view'], users: ['U1'] },
    ];
    const stage = await withPasts(10, { slack: { clusters, grants } });
    const nothing = await asks(stage, 'U2', 'history');
    expect(words(nothing)).toContain('I know of no investigation');
    expect(words(await asks(stage, 'U2', 'history prod'))).toContain('You need `view` for prod');
    const page = await asks(stage, 'U1', 'history prod');
    const before = stage.workspace.ephemerals('U1').length;
    grants.pop();
    await stage.workspace.as('U1').click(page, { actionId: actionIds.olderHistory });
    const refused = words(await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1')[before]));
    expect(refused).toContain('You need `view` for prod');
    expect(refused).not.toContain('inv-p');
  });
});

describe('audit', () => {
  test('keeps who asked for what, by whichever way, and whether they were let; nothing that was typed into a modal', async () => {
    const stage = await aStage({
      slack: { grants: [{ may: ['investigate', 'audit'], users: ['U1'] }, { may: ['view'] }] },
    });
    const { workspace } = stage;
    await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    const card = await stage.card();
    const id = (await stage.service.listOpen())[0]?.id ?? '';
    expect(words(await asks(stage, 'U2', 'investigate prod since 25 min ago'))).toContain('You need');
    await asks(stage, 'U2', 'my password is hunter2');
    await workspace.as('U1').click(card, { actionId: actionIds.conclude });
    const view = await workspace.waitFor(() => {
      const { top } = workspace.views('U1');
      return top?.content.type === 'modal' && top.content.submit !== null ? top : null;
    });
    await workspace.as('U1').submit(view, { summary: 'hunter2 was it' });
    const kept = await vi.waitFor(async () => {
      const all = await stage.store.audit.find({ clusters: null, actor: null, sinceAt: null, before: null, most: 50 });
      expect(all).toHaveLength(5);
      return all;
    });
    expect(kept.map(({ n: _n, at: _at, ...entry }) => entry).toReversed()).toEqual([
      {
        actor: 'U1',
        via: 'command',
        channel: 'C1',
        action: 'investigate',
        cluster: 'prod',
        target: 'prod',
        outcome: 'allowed',
      },
      {
        actor: 'U2',
        via: 'command',
        channel: 'C1',
        action: 'investigate',
        cluster: 'prod',
        target: 'prod since 25 min ago',
        outcome: 'refused',
      },
      {
        actor: 'U2',
        via: 'command',
        channel: 'C1',
        action: 'unclear',
        cluster: null,
        target: null,
        outcome: 'allowed',
      },
      {
        actor: 'U1',
        via: 'press',
        channel: 'C1',
        action: 'conclude',
        cluster: 'prod',
        target: `${id}|endpoint|1`,
        outcome: 'allowed',
      },
      {
        actor: 'U1',
        via: 'submission',
        channel: null,
        action: 'conclude',
        cluster: 'prod',
        target: `${id}|endpoint|1`,
        outcome: 'allowed',
      },
    ]);
    expect(JSON.stringify(kept)).not.toContain('hunter2');

    const shown = words(await asks(stage, 'U1', 'audit prod'));
    expect(shown).toContain('<@U2> command: *investigate* `prod` `prod since 25 min ago` in <#C1> · ⛔ refused');
    expect(words(await asks(stage, 'U1', 'audit <@U2|bo>'))).not.toContain('<@U1>');
    expect(words(await asks(stage, 'U2', 'audit'))).toContain('You need `audit` for prod');
    expect(workspace.violations).toEqual([]);
  });

  test('what breaks is kept as failed', async () => {
    const stage = await aStage({
      slack: {
        history: {
          find: async () => {
            throw new Error('the disk is gone');
          },
        },
      },
    });
    expect(words(await asks(stage, 'U1', 'history'))).toContain('err-');
    const kept = await vi.waitFor(async () => {
      const all = await stage.store.audit.find({ clusters: null, actor: null, sinceAt: null, before: null, most: 5 });
      expect(all).toHaveLength(1);
      return all;
    });
    expect(kept).toMatchObject([{ action: 'history', outcome: 'failed', cluster: 'prod' }]);
  });
});
