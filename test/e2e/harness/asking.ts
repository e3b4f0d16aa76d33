import { expect, onTestFailed } from 'vitest';
import type { Summary } from '../../../src/terminal/summary.ts';
import { ana, cluster, type Staged } from './bot.ts';
import { decoysAmongCauses, summaryOnce } from './diagnosis.ts';
import { until } from './until.ts';

/** A person who asks the bot in Slack, each time in a channel that was not used yet. */
export interface Asking {
  /** The command in a channel of its own; resolves with the card's text once it stands. */
  ask(words?: string): Promise<{ channel: string; ts: string; tookMs: number; card: string }>;
  /** The command, then the structured answer once it is as expected, and the same cause on the card. */
  diagnosed(isIt: (summary: Summary) => string | null, words?: string): Promise<Summary>;
  /** Cards of what is open. */
  readonly opened: { channel: string; ts: string }[];
  /** Whatever is open is over: the next scenario begins with nothing. */
  concludeAll(): Promise<void>;
}

export function askingIn(staged: Staged, channels: readonly string[]): Asking {
  const { workspace } = staged;
  const unused = [...channels];
  const opened: Asking['opened'] = [];

  const cardText = (channel: string, ts: string): string => {
    const card = workspace.channel(channel).message(ts);
    return card === null ? '' : workspace.readAs(ana).message(card);
  };

  const ask: Asking['ask'] = async (words = '') => {
    const channel = unused.shift();
    if (channel === undefined) throw new Error('there are more scenarios than channels');
    onTestFailed(() => console.log(workspace.readAs(ana).channel(channel), `\n${staged.log().slice(-4_000)}`));
    const startedAt = performance.now();
    await workspace.as(ana).command(channel, '/apidown', `investigate ${cluster} ${words}`.trim());
    const { ts } = await workspace.waitFor(() => workspace.channel(channel).messages()[0], { timeoutMs: 30_000 });
    return { channel, ts, tookMs: performance.now() - startedAt, card: cardText(channel, ts) };
  };

  return {
    ask,
    opened,
    async diagnosed(isIt, words = '') {
      const asked = await ask(words);
      opened.push(asked);
      const summary = await summaryOnce(staged, isIt);
      expect(decoysAmongCauses(summary)).toEqual([]);
      const [first] = summary.causes;
      if (first !== undefined && first.standing !== 'contradicted') {
        const telling = first.title
          .split(/[^\w-]+/)
          .filter((word) => word.length > 4)
          .slice(0, 2);
        await until(20_000, async () => {
          const text = cardText(asked.channel, asked.ts);
          return telling.every((word) => text.includes(word))
            ? null
            : `the card does not tell ${first.title}:\n${text}`;
        });
      }
      return summary;
    },
    async concludeAll() {
      for (const { channel, ts } of opened.splice(0)) {
        const card = workspace.channel(channel).message(ts);
        if (card === null) continue;
        const person = workspace.as(ana);
        await person.click(card, { actionId: 'conclude' });
        const form = await workspace.waitFor(() => {
          const { top } = workspace.views(ana);
          return top?.content.blocks.some(({ type }) => type === 'input') ? top : null;
        });
        await person.submit(form, { summary: 'made on purpose' });
        await workspace.waitFor(() => /concluded/i.test(cardText(channel, ts)), { timeoutMs: 60_000 });
      }
    },
  };
}

/** As people write it. */
export function utcNow(): string {
  return new Date().toISOString().slice(0, 19).replace('T', ' ');
}
