import { describe, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import type { CheckAnswer } from '../../src/investigation/ports.ts';
import { steps } from '../../src/playbook/playbook.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { aStage, good, type Mode, type Stage, words } from './stage.ts';

describe.each<Mode>(['socket', 'http'])('walking the six steps, %s mode', (mode) => {
  test('the command opens a card with a verdict for each step, before anybody presses anything', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    for (const { number, title } of steps) expect(words(full)).toMatch(new RegExp(`\\*${number} ${title}\\* ok`));
    expect(words(full)).toContain('https://10.0.0.10:6443');
    expect(words(full)).toContain('203.0.113.7');
    expect(stage.workspace.violations).toEqual([]);
  });

  test('each press goes one step on and puts its evidence into the thread; the end concludes', async () => {
    const stage = await aStage({ mode });
    const { workspace } = stage;
    const { full } = await opened(stage);
    for (const step of steps) {
      await cardSaying(stage, full, `step ${step.number} of 6`);
      await workspace.waitFor(() => replies(stage, full).some((reply) => key(reply).includes(`/${step.id}/1`)));
      expect(replies(stage, full)).toHaveLength(step.number);
      await workspace.as('U1').click(full, { actionId: actionIds.next });
    }
    const walked = await cardSaying(stage, full, 'All six steps are walked');
    await workspace.as('U1').click(walked, { actionId: actionIds.conclude });
    const modal = await workspace.waitFor(() => titled(stage, 'Conclude', 'U1', true));
    await workspace.as('U1').submit(modal, { summary: 'A drill <!channel>' });
    const done = await cardSaying(stage, full, 'Concluded by');
    expect(done.blocks.map(({ type }) => type)).not.toContain('actions');
    expect(words(done)).toContain('🏁');
    const last = await workspace.waitFor(() =>
      replies(stage, full).find((reply) => key(reply).endsWith('/conclusion')),
    );
    expect(words(last)).toContain('&lt;!channel&gt;');
    expect(workspace.channel('C1').messages()).toHaveLength(1);
    expect(workspace.violations).toEqual([]);
  });

  test('a double click is one press; the same person is told nothing', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    const { workspace } = stage;
    await Promise.all([
      workspace.as('U1').click(full, { actionId: actionIds.next }),
      workspace.as('U1').click(full, { actionId: actionIds.next }),
    ]);
    const moved = await cardSaying(stage, full, 'step 2 of 6');
    await idle(stage);
    expect(words(moved)).toContain('step 2 of 6');
    expect((await investigation(stage)).current).toBe('inside');
    expect(workspace.ephemerals('U1')).toEqual([]);
  });

  test('two people press at once: one moves on, the other learns who was first', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    const { workspace } = stage;
    await Promise.all([
      workspace.as('U1').click(full, { actionId: actionIds.next }),
      workspace.as('U2').click(full, { actionId: actionIds.next }),
    ]);
    const told = await workspace.waitFor(() => [...workspace.ephemerals('U1'), ...workspace.ephemerals('U2')][0]);
    const first = told.ephemeralTo === 'U1' ? 'U2' : 'U1';
    expect(words(told)).toContain(`Already done by <@${first}>`);
    await idle(stage);
    expect((await investigation(stage)).current).toBe('inside');
  });

  test('a press that Slack delivers twice counts once', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    const { workspace } = stage;
    const delivery = await workspace.as('U1').click(full, { actionId: actionIds.next });
    if (delivery.kind !== 'acked') throw new Error('the press was not acknowledged');
    await cardSaying(stage, full, 'step 2 of 6');
    workspace.deliveries.redeliver(delivery.envelopeId);
    await workspace.as('U1').click(full, { actionId: actionIds.runAgain });
    await workspace.waitFor(() => replies(stage, full).some((reply) => key(reply).endsWith('/inside/2')));
    expect((await investigation(stage)).current).toBe('inside');
    expect(workspace.ephemerals('U1')).toEqual([]);
  });

  test('a step runs again beside its first run, is skipped, and any other can be gone to', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    const { workspace } = stage;
    await workspace.as('U1').click(full, { actionId: actionIds.runAgain });
    const second = await workspace.waitFor(() =>
      replies(stage, full).find((reply) => key(reply).endsWith('/endpoint/2')),
    );
    expect(replies(stage, full).some((reply) => key(reply).endsWith('/endpoint/1'))).toBe(true);
    expect(words(second)).toContain('run 2');
    await workspace.as('U1').click(full, { actionId: actionIds.skip });
    const skipped = await cardSaying(stage, full, 'skipped');
    expect(words(skipped)).toContain('⏭️');
    await workspace.as('U2').select(full, { actionId: actionIds.goToStep }, '4 Firewall');
    await cardSaying(stage, full, 'step 4 of 6');
    await workspace.waitFor(() => replies(stage, full).some((reply) => key(reply).endsWith('/firewall/1')));
    expect(workspace.violations).toEqual([]);
  });

  test('while a check runs the card says who was asked and who is still awaited', async () => {
    const release = Promise.withResolvers<void>();
    const stage = await aStage({
      mode,
      answer: async ({ check, vantage }): Promise<CheckAnswer> => {
        if (check === 'reachability' && vantage.kind === 'node') await release.promise;
        return good();
      },
    });
    await stage.workspace.as('U1').command('C1', '/apidown', 'investigate');
    const first = await stage.card();
    const running = await cardSaying(stage, first, 'asked 3 vantages, 2 answered, waiting for node cp-1');
    expect(words(running)).toContain('⏳ *2 From inside* running');
    release.resolve();
    await cardSaying(stage, first, '*2 From inside* ok');
  });

  test('after a restart the same card goes on', async () => {
    const stage = await aStage({ mode });
    const { full } = await opened(stage);
    await stage.restart();
    await stage.workspace.as('U1').click(full, { actionId: actionIds.next });
    await cardSaying(stage, full, 'step 2 of 6');
    await stage.workspace.waitFor(() => replies(stage, full).length === 2);
    expect(stage.workspace.channel('C1').messages()).toHaveLength(1);
    expect(stage.workspace.violations).toEqual([]);
  });
});

async function opened(stage: Stage): Promise<{ full: Message }> {
  await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  const card = await stage.card();
  const full = await cardSaying(stage, card, 'No problem found in any step');
  await stage.workspace.waitFor(() => replies(stage, full).some((reply) => words(reply).includes('Endpoint: ok')));
  return { full };
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

function titled(stage: Stage, title: string, user: string, submits: boolean) {
  const { top } = stage.workspace.views(user);
  if (top === null || top.content.type !== 'modal') return null;
  const ready = submits === (top.content.submit !== null);
  return ready && top.content.title.text === title ? top : null;
}

function replies(stage: Stage, card: Message): readonly Message[] {
  return stage.workspace.channel('C1').thread(card.ts);
}

function key(message: Message): string {
  return String(message.metadata?.event_payload.key ?? '');
}

async function investigation(stage: Stage) {
  const [only] = await stage.service.listOpen();
  if (only === undefined) throw new Error('no investigation is open');
  return only;
}

/** Everything that was asked for before is done: closing waits for it, and the store is all that is left. */
function idle(stage: Stage): Promise<void> {
  return stage.restart();
}
