import { parseArgs } from 'node:util';
import { createNarrator } from './narrator.ts';
import { play } from './play.ts';
import { stories } from './stories.ts';
import type { Story } from './story.ts';

const usage = [
  'usage: npm run demo -- [--play] [--story NAME]     (default: firewall)',
  ...stories.map(({ id, script }) => `  ${id.padEnd(14)} ${script.about}`),
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
    const { story } = parseArgs({ args: [...args], options }).values;
    return stories.find(({ id }) => id === story) ?? null;
  } catch {
    return null;
  }
}

process.exitCode = await main();
