import { describe, expect, test } from 'vitest';
import { steps } from '../../src/playbook/playbook.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { aStage, words } from './stage.ts';

describe('walking the six steps', () => {
  test('the command opens a card with a verdict for each step, before anybody presses anything', async () => {
    const { workspace, card } = await aStage();
    const delivery = await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
    expect(delivery.kind).toBe('acked');
    const { ts } = await card();
    const full = await workspace.waitFor(() => {
      const now = workspace.channel('C1').message(ts);
      return now !== null && words(now).includes('No problem found') ? now : null;
    });
    console.log(workspace.readAs('U1', { width: 100 }).channel('C1'));
    for (const { number, title } of steps) expect(words(full)).toContain(`*${number} ${title}* ok`);
    expect(workspace.violations).toEqual([]);
  });
});
