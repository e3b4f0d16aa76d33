import { expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import type { View } from '../../dev/workspace/modals.ts';
import { fields } from '../../src/slack/render/asking-modals.ts';
import { concludeFields } from '../../src/slack/render/conclude-modal.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { aStage, type Stage, words } from './stage.ts';

test("a step is recorded by hand: commands with this cluster's values, and what a person found counts", async () => {
  const stage = await aStage({ connected: [] });
  const { workspace } = stage;
  const card = await opened(stage);
  await workspace.as('U1').click(card, { actionId: actionIds.recordByHand });
  const view = await ready(stage, 'Step 1 by hand', true);
  expect(words(viewBlocks(view))).toContain('getent ahosts 10.0.0.10');

  const refused = await workspace.as('U1').submit(view, { [fields.verdict]: '❌ problem' });
  expect(JSON.stringify(refused)).toContain('Write what you saw');
  await workspace.as('U1').submit(view, { [fields.output]: 'NXDOMAIN\n<!here>', [fields.note]: 'the name is gone' });

  const reply = await workspace.waitFor(() =>
    workspace
      .channel('C1')
      .thread(card.ts)
      .find((one) => words(one).includes('problem, by hand')),
  );
  expect(words(reply)).toContain('the name is gone');
  expect(words(reply)).toContain('&lt;!here&gt;');
  expect(words(reply)).toContain('Recorded by <@U1>');
  await workspace.waitFor(() =>
    words(workspace.channel('C1').message(card.ts) ?? card).includes('*1 Endpoint* problem, by hand'),
  );
  expect(workspace.violations).toEqual([]);
});

test('without an endpoint the card asks for it, a wrong one is refused in the modal, a good one is used', async () => {
  const stage = await aStage({ endpoint: null, connected: [] });
  const { workspace } = stage;
  const card = await opened(stage);
  await workspace.as('U1').click(card, { actionId: actionIds.giveEndpoint });
  const view = await ready(stage, 'API server endpoint', true);
  const refused = await workspace.as('U1').submit(view, { [fields.url]: 'http://nope' });
  expect(JSON.stringify(refused)).toContain('is not an API server URL');
  await workspace.as('U1').submit(view, { [fields.url]: 'api.example.com:6443' });
  await workspace.waitFor(() =>
    words(workspace.channel('C1').message(card.ts) ?? card).includes('`https://api.example.com:6443`'),
  );
  expect(workspace.violations).toEqual([]);
});

test('details and commands open beside the evidence', async () => {
  const stage = await aStage({
    judge: () => ({ verdict: 'problem', reason: 'refused', details: [{ label: 'address', value: '10.0.0.10 <b>' }] }),
  });
  const { workspace } = stage;
  const card = await opened(stage);
  const reply = await workspace.waitFor(() =>
    workspace
      .channel('C1')
      .thread(card.ts)
      .find((one) => words(one).includes('Endpoint: problem')),
  );
  await workspace.as('U1').click(reply, { actionId: actionIds.details });
  const details = await ready(stage, 'Details of step 1', false);
  expect(words(viewBlocks(details))).toContain('*address*: `10.0.0.10 &lt;b&gt;`');
  await workspace.as('U1').close(details);
  await workspace.as('U1').click(reply, { actionId: actionIds.commands });
  expect(words(viewBlocks(await ready(stage, 'Step 1 by hand', false)))).toContain('kubectl config view');
  expect(workspace.violations).toEqual([]);
});

test('what breaks in a submission stays in the modal, with what was typed', async () => {
  const stage = await aStage();
  const { workspace } = stage;
  const card = await opened(stage);
  await workspace.as('U1').click(card, { actionId: actionIds.conclude });
  const view = await ready(stage, 'Conclude', true);
  const id = (await stage.service.listOpen())[0]?.id ?? '';
  await stage.service.act(id, { kind: 'person', id: 'U2' }, { kind: 'conclude', summary: 'by Bo' });
  await workspace.as('U1').submit(view, { [concludeFields.summary]: 'by Ana' });
  const told = await workspace.waitFor(() => workspace.ephemerals('U1').at(-1));
  expect(words(told)).toContain('Already done by <@U2>');
  expect((await stage.service.find(id))?.conclusion?.summary).toBe('by Bo');
});

test('a submission that takes longer than Slack waits is answered in the modal once it is done', async () => {
  const slow = { may: ['investigate' as const], groups: ['S1'] };
  let now = Date.now();
  const stage = await aStage({ slack: { grants: [slow], clock: { now: () => now } } });
  const { workspace } = stage;
  const card = await opened(stage);
  await workspace.as('U1').click(card, { actionId: actionIds.conclude });
  const view = await ready(stage, 'Conclude', true);
  // The members of the group are asked for again, and Slack takes its time.
  now += 61_000;
  workspace.faults.next('usergroups.users.list', { kind: 'late', ms: 2500 });
  await workspace.as('U1').submit(view, { [concludeFields.summary]: 'slow' });
  const said = await workspace.waitFor(() => {
    const { top } = workspace.views('U1');
    return top !== null && words(viewBlocks(top)).includes('Done') ? top : null;
  });
  expect(said.id).toBe(view.id);
  expect(workspace.violations).toEqual([]);
});

test("a window that can't open in time is told, not left out", async () => {
  const stage = await aStage();
  const { workspace } = stage;
  const card = await opened(stage);
  workspace.faults.next('views.open', { kind: 'error', error: 'expired_trigger_id' });
  await workspace.as('U1').click(card, { actionId: actionIds.conclude });
  const told = await workspace.waitFor(() => workspace.ephemerals('U1').at(-1));
  expect(words(told)).toContain('could not be opened');
});

async function opened(stage: Stage): Promise<Message> {
  await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  const { ts } = await stage.card();
  return stage.workspace.waitFor(() => {
    const card = stage.workspace.channel('C1').message(ts);
    return card !== null && !words(card).includes('⏳') ? card : null;
  });
}

function ready(stage: Stage, title: string, submits: boolean): Promise<View> {
  return stage.workspace.waitFor(() => {
    const { top } = stage.workspace.views('U1');
    if (top === null || top.content.type !== 'modal') return null;
    return top.content.title.text === title && submits === (top.content.submit !== null) ? top : null;
  });
}

function viewBlocks(view: View) {
  return { blocks: view.content.blocks };
}
