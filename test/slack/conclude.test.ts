import { expect, test, vi } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import type { View } from '../../dev/workspace/modals.ts';
import { concludeFields } from '../../src/slack/render/conclude-modal.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { beganAt, cause, onset, typical } from '../briefing/diagnoses.ts';
import { aStage, type Stage, type StageOptions, words } from './stage.ts';

const itself = { kind: 'itself' as const };
const second = cause({ key: 'kube:2', standing: 'possible', title: 'Deployment kube-system/coredns changed' });

/** An investigation that has two causes ranked, and its card. */
async function ranked(options: StageOptions = {}): Promise<{ stage: Stage; card: Message; id: string }> {
  const stage = await aStage(options);
  await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  const card = await stage.card();
  const id = (await stage.service.listOpen())[0]?.id ?? '';
  const began = onset({ recovery: { earliestAt: beganAt + 600_000, latestAt: beganAt + 605_000 } });
  const diagnosis = { ...typical(), onset: began, causes: [cause(), second] };
  await stage.service.learn(id, () => [
    { kind: 'onset-found', at: beganAt + 10_000, by: itself, onset: began },
    { kind: 'diagnosed', at: beganAt + 12_000, by: itself, diagnosis },
  ]);
  return { stage, card, id };
}

async function concludeModal({ workspace }: Stage, card: Message): Promise<View> {
  await workspace.as('U1').click(card, { actionId: actionIds.conclude });
  return workspace.waitFor(() => {
    const { top } = workspace.views('U1');
    return top?.content.type === 'modal' && top.content.submit !== null ? top : null;
  });
}

const filled = {
  [concludeFields.cause]: '🎯 1 explains: nftables on cp-1: rule "tcp dport 6443 drop" added',
  [concludeFields.summary]: 'A rule for <!channel> was tested on the wrong node',
  [concludeFields.impact]: 'No deploys for ten minutes',
  [concludeFields.actions]: '- Load rules from Git alone\n\n[ ] Alert on `drop` | 6443',
};

test('a conclusion asks for cause, impact and actions, and the card and its thread tell them', async () => {
  const { stage, card, id } = await ranked();
  const { workspace } = stage;
  const view = await concludeModal(stage, card);
  expect(words({ blocks: view.content.blocks })).toContain('🔶 2 possible: Deployment kube-system/coredns changed');
  await workspace.as('U1').submit(view, filled);

  const shown = await workspace.waitFor(() => {
    const now = workspace.channel('C1').message(card.ts);
    return now !== null && words(now).includes('Concluded by <@U1>') ? words(now) : null;
  });
  expect(shown).toContain('*Cause:* 🎯 nftables on cp-1');
  expect(shown).toContain('A rule for &lt;!channel&gt; was tested');
  expect(shown).toContain('*Impact:* No deploys for ten minutes');
  expect(shown).toContain('• Load rules from Git alone\\n• Alert on');
  expect((await stage.service.find(id))?.conclusion).toMatchObject({
    cause: { key: 'node-firewall:1', standing: 'explains' },
    actions: ['Load rules from Git alone', 'Alert on `drop` | 6443'],
  });
  expect(workspace.violations).toEqual([]);
});

test('none of the ranked causes may be it: then the own words are', async () => {
  const { stage, card, id } = await ranked();
  const view = await concludeModal(stage, card);
  await stage.workspace.as('U1').submit(view, {
    [concludeFields.cause]: 'None of these: in my own words',
    [concludeFields.summary]: 'A cable',
  });
  await vi.waitFor(async () =>
    expect((await stage.service.find(id))?.conclusion).toMatchObject({ cause: null, summary: 'A cable', actions: [] }),
  );
});

test('a cause that is not ranked any more is refused beside its field, with what was typed kept', async () => {
  const { stage, card, id } = await ranked();
  const view = await concludeModal(stage, card);
  await stage.service.learn(id, () => [
    { kind: 'diagnosed', at: beganAt + 20_000, by: itself, diagnosis: { ...typical(), causes: [second] } },
  ]);
  const answered = await stage.workspace.as('U1').submit(view, filled);
  expect(JSON.stringify(answered)).toContain('The list has changed meanwhile');
  expect((await stage.service.find(id))?.conclusion).toBeNull();
});

test('the postmortem is put into the thread once, whatever fails, stops or is published again', async () => {
  const { stage, card, id } = await ranked();
  const { workspace } = stage;
  workspace.faults.next('files.completeUploadExternal', { kind: 'error', error: 'internal_error' });
  await workspace.as('U1').submit(await concludeModal(stage, card), filled);
  const postmortems = () =>
    workspace
      .channel('C1')
      .thread(card.ts)
      .flatMap(({ files }) => files)
      .map((file) => workspace.files().find((one) => one.id === file))
      .filter((file) => file?.name === `${id}-postmortem.md`);
  const [file] = await workspace.waitFor(() => (postmortems().length > 0 ? postmortems() : null));
  const text = file?.content?.toString() ?? '';
  expect(text).toContain('# prod API server, 2026-11-22');
  expect(text).toContain('- [ ] Alert on \\`drop\\` \\| 6443');
  expect(text).toContain('by ana');
  expect(text).toMatch(/\[inv-\w+\]\(http[^)]*archives\/C1\/p/);

  const state = await stage.service.find(id);
  if (state === null) throw new Error('it is gone');
  await stage.restart();
  await stage.slack().publish(state);
  // A crash after the upload, before it was written down.
  await stage.store.messages.forget(`${id}/postmortem`);
  await stage.store.messages.claim(`${id}/postmortem`, { channel: 'C1', thread: card.ts, at: Date.now() });
  await stage.restart();
  await vi.waitFor(async () =>
    expect((await stage.store.messages.find(`${id}/postmortem`))?.ts).toEqual(expect.any(String)),
  );
  expect(postmortems()).toHaveLength(1);
  expect(workspace.violations).toEqual([]);
});

test('the issue is offered only where a repository is configured', async () => {
  const { stage, card } = await ranked();
  await stage.workspace.as('U1').submit(await concludeModal(stage, card), filled);
  const reply = await conclusionIn(stage, card);
  expect(words(reply)).not.toContain('GitHub issue');
});

function conclusionIn({ workspace }: Stage, card: Message): Promise<Message> {
  return workspace.waitFor(() =>
    workspace
      .channel('C1')
      .thread(card.ts)
      .find((one) => words(one).includes('🏁 *Concluded*')),
  );
}
