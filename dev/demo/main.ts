import { parseArgs } from 'node:util';
import { createNarrator } from './narrator.ts';
import { play } from './play.ts';
import { crashLoop } from './stories/crash-loop.ts';
import { firewall } from './stories/firewall.ts';
import type { Story } from './story.ts';

const stories: Readonly<Record<string, Story>> = { firewall, 'crash-loop': crashLoop };

const usage = [
  'usage: npm run demo -- [--play] [--story NAME]     (default: firewall)',
  ...Object.entries(stories).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`),
].join('\n');

/** Exit codes: 0 the story was played to its end, 1 it was not, 2 bad usage, 130 interrupted. */
async function main(): Promise<number> {
  const chosen = chooseStory(process.argv.slice(2));
  if (chosen === null) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => interrupted.abort(new Error('interrupted')));
  }
  // Whoever reads has gone: `npm run demo | head`.
  process.stdout.on('error', (cause) => interrupted.abort(new Error('nobody reads any more', { cause })));
  const ending = await play(chosen, createNarrator(process.stdout, process.env), interrupted.signal);
  if (interrupted.signal.aborted) return 130;
  return ending === 'played' ? 0 : 1;
}

function chooseStory(args: readonly string[]): Story | null {
  try {
    // `--play` is what there is so far; with a page to play in it will mean "without me".
    const options = { play: { type: 'boolean' }, story: { type: 'string', default: 'firewall' } } as const;
    return stories[parseArgs({ args: [...args], options }).values.story] ?? null;
  } catch {
    return null;
  }
}

process.exitCode = await main();
