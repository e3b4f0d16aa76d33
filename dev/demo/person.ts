import { stepById, steps } from '../../src/playbook/playbook.ts';
import type { StepId } from '../../src/playbook/step.ts';
import type { Standing } from '../../src/words/diagnosis.ts';
import type { Block } from '../workspace/blocks/blocks.ts';
import type { Message } from '../workspace/conversations.ts';
import type { Entry } from '../workspace/enter.ts';
import { labelOf, type Which } from '../workspace/find-element.ts';
import type { View } from '../workspace/modals.ts';
import type { Delivery } from '../workspace/socket.ts';
import { elementsOf } from '../workspace/state-values.ts';
import { wrap } from '../workspace/text/lines.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Narrator } from './narrator.ts';

/** Someone who works in the channel: types, presses, fills in, and reads what comes of it. Everything is told. */
export interface Person {
  status(): Promise<void>;
  /** Asks for the investigation, and reads its card as soon as a cause leads on it. @throws unless it leads by this */
  investigate(cluster: string, leading: LeadingCause): Promise<void>;
  /** Reads the diagnosis in the thread. @throws unless its first cause is this */
  readDiagnosis(first: LeadingCause): Promise<void>;
  /** Presses the button that widens every window, and reads what is new. @throws unless that is this */
  widen(news: RegExp): Promise<void>;
  /** Finds the picture of the timeline in the thread, and reads its text alternative. */
  seePicture(): Promise<void>;
  /** Presses Next, and reads what the step found. */
  next(): Promise<void>;
  /** Chooses a step that is not the current one. */
  goTo(step: StepId): Promise<void>;
  runAgain(step: StepId): Promise<void>;
  readCommands(step: StepId): Promise<void>;
  recordByHand(step: StepId, found: Readonly<Record<string, Entry>>): Promise<void>;
  conclude(summary: string): Promise<void>;
  readCard(): void;
  readThread(): void;
  /** Waits until the card says all of this. @throws with what it says instead */
  findsOnCard(...expected: readonly RegExp[]): Promise<void>;
}

/** The cause that is ranked first. */
export interface LeadingCause {
  readonly standing: Extract<Standing, 'explains' | 'possible'>;
  readonly title: RegExp;
}

export interface PersonOptions {
  readonly workspace: Workspace;
  readonly user: { readonly id: string; readonly name: string };
  readonly channel: string;
  readonly narrator: Narrator;
  /** Whatever is waited for is given up when it aborts. */
  readonly signal: AbortSignal;
}

/** How long anything that a person waits for may take. */
const PATIENCE_MS = 30_000;

export function createPerson({ workspace, user, channel, narrator, signal }: PersonOptions): Person {
  const me = workspace.as(user.id);
  const seen = workspace.readAs(user.id, { width: narrator.width, isAnsi: narrator.isAnsi });
  const whole = workspace.readAs(user.id, { width: 100_000 });

  const until = async <T>(what: string, predicate: () => T) => {
    const found = await workspace.waitFor(predicate, { timeoutMs: PATIENCE_MS, signal, what });
    const [violation] = workspace.violations;
    if (violation !== undefined)
      throw new Error(`Slack would not forgive this: ${violation.kind}, ${violation.message}`);
    return found;
  };

  const cardOrNull = () => workspace.channel(channel).messages().findLast(isInvestigation) ?? null;
  function card(): Message {
    const message = cardOrNull();
    if (message === null) throw new Error('There is no card in the channel');
    return message;
  }
  const cardText = () => whole.message(card(), { withThread: false });
  const thread = () => workspace.channel(channel).thread(card().ts);
  const replyOf = (step: StepId, run: number) => {
    const { number, title } = stepById(step);
    const headline = `Step ${number}, ${title}${run > 1 ? `, run ${run}` : ''}: `;
    return thread().find(({ text }) => text.includes(headline) && !text.includes(`${headline}running`));
  };
  const diagnosis = () => thread().find(({ text }) => text.includes('🔎 Diagnosis'));
  const runsOf = (step: StepId) => {
    const { number, title } = stepById(step);
    return thread().filter(({ text }) => text.includes(`Step ${number}, ${title}`)).length;
  };
  const isCurrent = (step: StepId) => cardText().includes(`▸ ${stepById(step).number} ${stepById(step).title}`);

  async function press(target: Message | View, which: Which): Promise<void> {
    const blocks: readonly Block[] = 'blocks' in target ? target.blocks : target.content.blocks;
    const button = elementsOf(blocks).find(({ element }) => element.action_id === which.actionId);
    narrator.does(user.name, `presses [${button === undefined ? which.actionId : labelOf(button)}]`);
    arrived(await me.click(target, which));
  }

  const told = (texts: readonly string[]) =>
    narrator.shows(texts.flatMap((text) => wrap(text, narrator.width)).join('\n'));

  async function readReply(step: StepId, run: number): Promise<void> {
    const reply = await until(`the answer of step ${stepById(step).number}`, () => replyOf(step, run));
    narrator.shows(seen.message(reply));
  }

  /** A modal first says that it is coming. */
  function modal(title: RegExp): Promise<View> {
    return until(`the window ${title.source}`, () => {
      const { top } = workspace.views(user.id);
      return top?.content.type === 'modal' && title.test(whole.view(top)) && !whole.view(top).includes('One moment')
        ? top
        : null;
    });
  }

  async function submit(view: View, entries: Readonly<Record<string, Entry>>, button: string): Promise<void> {
    me.fill(view, entries);
    const { top } = workspace.views(user.id);
    if (top !== null) narrator.shows(seen.view(top));
    narrator.does(user.name, `presses [${button}]`);
    arrived(await me.submit(view));
  }

  return {
    async status() {
      narrator.does(user.name, 'types  /apidown status');
      arrived(await me.command(channel, '/apidown', 'status'));
      const answer = await until('the answer to /apidown status', () => workspace.ephemerals(user.id, channel).at(-1));
      narrator.shows(seen.message(answer));
    },

    async investigate(cluster, { standing, title }) {
      const before = cardOrNull()?.ts;
      narrator.does(user.name, `types  /apidown investigate ${cluster}`);
      const typedAt = performance.now();
      arrived(await me.command(channel, '/apidown', `investigate ${cluster}`));
      await until('the card', () => cardOrNull() !== null && card().ts !== before);
      const leads = () => /Leading cause \((\w+)\):.*/.exec(cardText()) ?? [''];
      await until('the leading cause', () => leads()[1] === standing && title.test(leads()[0])).catch(
        (cause: unknown) => {
          signal.throwIfAborted();
          throw new Error(`No cause like ${title} leads. The card says:\n${cardText()}`, { cause });
        },
      );
      const tookS = ((performance.now() - typedAt) / 1000).toFixed(1);
      narrator.shows(seen.message(card(), { withThread: false }));
      narrator.say(
        '',
        `Verdict and leading cause stood there ${tookS} s after the command, before anybody pressed anything.`,
      );
      await until('all six steps to be through', () => !/⏳|▫️|steps are through/.test(cardText()));
    },

    async readDiagnosis({ standing, title }) {
      const reply = await until('the diagnosis in the thread', diagnosis);
      const said = () => whole.message(diagnosis() ?? reply);
      const first = () => /^ *1\. \S+ (\w+): .*/m.exec(said()) ?? [''];
      await until('the first cause', () => first()[1] === standing && title.test(first()[0])).catch(
        (cause: unknown) => {
          signal.throwIfAborted();
          throw new Error(`No cause like ${title} comes first. The diagnosis says:\n${said()}`, { cause });
        },
      );
      narrator.shows(seen.message(diagnosis() ?? reply));
    },

    async widen(news) {
      await press(card(), { actionId: 'widen' });
      const fresh = await until('what the widened windows bring', () => {
        const lines = whole.message(diagnosis() ?? card()).split('\n');
        const found = lines.filter((line) => line.includes('🆕'));
        return found.some((line) => news.test(line)) ? found : null;
      });
      narrator.say('', 'The diagnosis marks what is new:');
      told(fresh.map((line) => line.trim()));
    },

    async seePicture() {
      const file = await until('the picture of the timeline', () => workspace.files().find(({ isShared }) => isShared));
      narrator.say(
        '',
        `In the thread stands a picture (${file.name}, ${Math.ceil(file.size / 1024)} KB); read aloud it says:`,
      );
      told([file.altText ?? '']);
    },

    async next() {
      const current = steps.findIndex(({ id }) => isCurrent(id));
      const following = steps[current + 1]?.id;
      await press(card(), { actionId: 'next' });
      if (following === undefined) {
        await until('the walk to be finished', () => cardText().includes('All six steps are walked'));
      } else {
        await until(`step ${stepById(following).number} to be the current one`, () => isCurrent(following));
        await readReply(following, 1);
      }
    },

    async goTo(step) {
      const { number, title } = stepById(step);
      narrator.does(user.name, `chooses  ${number} ${title}  under "Another step…"`);
      arrived(await me.select(card(), { actionId: 'go-to-step' }, `${number} ${title}`));
      await until(`step ${number} to be the current one`, () => isCurrent(step));
      await until(`the answer of step ${number}`, () => replyOf(step, 1));
    },

    async runAgain(step) {
      const run = runsOf(step) + 1;
      await press(card(), { actionId: 'run-again' });
      await readReply(step, run);
    },

    async readCommands(step) {
      const reply = await until(`the answer of step ${stepById(step).number}`, () => replyOf(step, 1));
      await press(reply, { actionId: 'commands' });
      const view = await modal(/by hand/);
      narrator.shows(seen.view(view));
      await me.close(view);
    },

    async recordByHand(step, found) {
      const run = runsOf(step) + 1;
      await press(card(), { actionId: 'record-by-hand' });
      await submit(await modal(/What does it show/), found, 'Record');
      await readReply(step, run);
    },

    async conclude(summary) {
      await press(card(), { actionId: 'conclude' });
      await submit(await modal(/What was the cause/), { summary }, 'Conclude');
      await until('the conclusion in the thread', () => thread().some(({ text }) => text.includes('Concluded')));
      await until('the concluded card', () => cardText().includes('concluded'));
      await until('the last picture', () =>
        workspace.files().some(({ isShared, title }) => isShared && title === 'Timeline at the conclusion'),
      );
    },

    readCard: () => narrator.shows(seen.message(card(), { withThread: false })),
    readThread: () => narrator.shows(seen.channel(channel)),

    async findsOnCard(...expected) {
      const missing = () => expected.filter((one) => !one.test(cardText()));
      await until('the card', () => missing().length === 0).catch((cause: unknown) => {
        signal.throwIfAborted();
        if (missing().length === 0) throw cause;
        throw new Error(`The card does not say ${missing().join(', ')}. It says:\n${cardText()}`, { cause });
      });
    },
  };
}

/** Slack tells a person whose press went nowhere. */
function arrived(delivery: Delivery): void {
  if (delivery.kind !== 'acked') throw new Error(`What was pressed or typed did not reach the bot: ${delivery.kind}`);
}

/** Cards of outages stand in the channel as well. */
export function isInvestigation({ metadata }: Message): boolean {
  return /^inv-[^/]+\/card$/.test(String(metadata?.event_payload.key));
}
