import type { Message } from '../../../dev/workspace/conversations.ts';
import type { Workspace } from '../../../dev/workspace/workspace.ts';
import { type StepId, StepId as Steps } from '../../../src/playbook/step.ts';
import { concludeFields } from '../../../src/slack/render/conclude-modal.ts';
import { ana, cluster } from './bot.ts';

/** What a person reads of one step: its row on the card, and its newest message in the thread. */
interface ReadStep {
  /** `ok`, `problem`, `unknown`, `not applicable`, `could not run`, … */
  readonly mark: string;
  readonly row: string;
  /** One line, without the layout of the page. */
  readonly thread: string;
  readonly message: Message;
}

export interface Walk {
  readonly card: Message;
  /** The verdict line, one line. */
  readonly verdict: string;
  readonly steps: Readonly<Record<StepId, ReadStep>>;
  /** Everything as the person sees it, for a failing test to show. */
  readonly text: string;
}

/** What else happens on the way. */
export interface Pace {
  /** Before each press of Next. */
  readonly between?: () => Promise<void>;
  /** Steps that are run once more when the walk is there. */
  readonly again?: readonly StepId[];
}

const patience = { timeoutMs: 60_000 };

/** Types the command, waits until every step has its answer, and presses Next through all of them. */
export async function investigate(workspace: Workspace, channel: string, pace: Pace = {}): Promise<Walk> {
  await workspace.as(ana).command(channel, '/apidown', `investigate ${cluster}`);
  const { ts } = await workspace.waitFor(() => workspace.channel(channel).messages()[0], patience);
  await workspace.waitFor(() => isThrough(cardAt(workspace, channel, ts)), patience);
  for (const [index, id] of Steps.options.entries()) {
    await pace.between?.();
    if (pace.again?.includes(id) === true) await runAgain(workspace, channel, ts, index + 1);
    const card = cardAt(workspace, channel, ts);
    await workspace.as(ana).click(card, { actionId: 'next' });
    const following = index + 1 === Steps.options.length ? 'all steps walked' : `step ${index + 2} of 6`;
    await workspace.waitFor(() => titleOf(cardAt(workspace, channel, ts)).includes(following), patience);
  }
  // Other replies, such as the diagnosis, stand in the same thread; those of a later run come a little after the card.
  return workspace.waitFor(() => {
    const walked = read(workspace, channel, ts);
    const isTold = ({ mark, message }: ReadStep) => message.text.includes(`: ${mark}`);
    return walked !== null && Object.values(walked.steps).every(isTold) ? walked : null;
  }, patience);
}

/** Presses Run again, and waits for the reply of this run. */
async function runAgain(workspace: Workspace, channel: string, ts: string, step: number): Promise<void> {
  const replies = () =>
    workspace
      .channel(channel)
      .thread(ts)
      .filter(({ text }) => text.includes(`Step ${step},`));
  const before = replies().length;
  await workspace.as(ana).click(cardAt(workspace, channel, ts), { actionId: 'run-again' });
  await workspace.waitFor(() => replies().length > before && isThrough(cardAt(workspace, channel, ts)), patience);
}

/** null: a step has no reply yet. */
function read(workspace: Workspace, channel: string, ts: string): Walk | null {
  const reading = workspace.readAs(ana);
  const card = cardAt(workspace, channel, ts);
  const thread = workspace.channel(channel).thread(ts);
  const rows =
    sectionsOf(card)
      .find((text) => text.includes('*1 Endpoint*'))
      ?.split('\n') ?? [];
  const replies = Steps.options.map((_, index) => thread.findLast(({ text }) => text.includes(`Step ${index + 1},`)));
  if (replies.includes(undefined)) return null;
  const steps = Object.fromEntries(
    Steps.options.flatMap((id, index) => {
      const row = rows[index] ?? '';
      const message = replies[index];
      if (message === undefined) return [];
      const mark = /\* ([^·]+?)(?: ·|$)/.exec(row)?.[1] ?? '';
      return [[id, { mark, row, thread: oneLine(reading.message(message)), message }]];
    }),
  ) as Record<StepId, ReadStep>;
  return { card, verdict: oneLine(sectionsOf(card)[0] ?? ''), steps, text: reading.channel(channel) };
}

/** Presses Conclude and writes this into the modal. */
export async function conclude(workspace: Workspace, walk: Walk, summary: string): Promise<void> {
  const { channel, ts } = walk.card;
  const person = workspace.as(ana);
  await person.click(cardAt(workspace, channel, ts), { actionId: 'conclude' });
  const asking = await workspace.waitFor(() => {
    const { top } = workspace.views(ana);
    return top?.content.blocks.some(({ type }) => type === 'input') ? top : null;
  }, patience);
  await person.submit(asking, { [concludeFields.summary]: summary });
  await workspace.waitFor(() => titleOf(cardAt(workspace, channel, ts)).includes('concluded'), patience);
}

function cardAt(workspace: Workspace, channel: string, ts: string): Message {
  const card = workspace.channel(channel).message(ts);
  if (card === null) throw new Error(`the card ${ts} is gone from ${channel}`);
  return card;
}

function isThrough(card: Message): boolean {
  const rows = sectionsOf(card).find((text) => text.includes('*1 Endpoint*')) ?? '';
  return rows !== '' && !/\* (running|waiting)/.test(rows);
}

function titleOf(card: Message): string {
  return card.blocks.flatMap((block) => (block.type === 'header' ? [block.text.text] : [])).join(' ');
}

function sectionsOf(card: Message): string[] {
  return card.blocks.flatMap((block) => (block.type === 'section' && block.text ? [block.text.text] : []));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n[\s│]*/g, ' ').trim();
}
