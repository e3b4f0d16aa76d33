import type { Message } from '../../dev/workspace/conversations.ts';
import type { Delivery } from '../../dev/workspace/socket.ts';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import { cluster } from '../../test/e2e/harness/bot.ts';
import { until } from '../../test/e2e/harness/until.ts';

/** How many act at once, each of them once: half of them type a command, half press a button. */
export const requests = 500;

export const people = Array.from({ length: requests }, (_, index) => ({ id: `U${index}`, name: `person-${index}` }));
export const channels = Array.from({ length: 10 }, (_, index) => `C${index}`);

const words = [`investigate ${cluster}`, 'status', 'help', 'what is wrong?'];
const buttons = ['next', 'run-again', 'skip', 'record-by-hand', 'conclude'];

/** Opens an investigation in every channel, and waits until all six steps stand on each card. */
export async function openEverywhere(workspace: Workspace): Promise<void> {
  await Promise.all(
    channels.map(async (channel, index) => {
      await workspace.as(`U${index}`).command(channel, '/apidown', `investigate ${cluster}`);
      await workspace.waitFor(() => hasAllAnswers(workspace.channel(channel).messages()[0]), { timeoutMs: 60_000 });
    }),
  );
}

/** Five hundred people at once; how each request was delivered. */
export function storm(workspace: Workspace): Promise<Delivery[]> {
  const cards = new Map(channels.map((channel) => [channel, cardIn(workspace, channel)]));
  // What the people do takes this process longer than the app needs for its answers: nothing is sent before all is done.
  workspace.socket.hold(true);
  const delivered = people.map(({ id }, index) => {
    const channel = channels[index % channels.length] ?? '';
    const turn = Math.floor(index / channels.length);
    const person = workspace.as(id);
    if (turn % 2 === 0) return person.command(channel, '/apidown', words[(turn / 2) % words.length]);
    const { message, standing } = cards.get(channel) ?? cardIn(workspace, channel);
    return person.click(message, { actionId: standing[((turn - 1) / 2) % standing.length] ?? '' });
  });
  workspace.socket.hold(false);
  return Promise.all(delivered);
}

/** Resolves when the app has asked nothing of Slack for a while: what the storm began is done. */
export async function quiet(workspace: Workspace, forMs: number): Promise<void> {
  let seen = -1;
  let since = performance.now();
  await until(120_000, async () => {
    if (workspace.calls.length !== seen) {
      seen = workspace.calls.length;
      since = performance.now();
    }
    return performance.now() - since >= forMs ? null : `the app still calls Slack (${seen} calls)`;
  });
}

function cardIn(workspace: Workspace, channel: string): { message: Message; standing: readonly string[] } {
  const [message] = workspace.channel(channel).messages();
  if (message === undefined) throw new Error(`no card stands in ${channel}`);
  return { message, standing: buttons.filter((id) => textOf(message).includes(`"action_id":"${id}"`)) };
}

function textOf(card: Message): string {
  return JSON.stringify(card.blocks);
}

function hasAllAnswers(card: Message | undefined): boolean {
  return card !== undefined && !textOf(card).includes('⏳');
}
