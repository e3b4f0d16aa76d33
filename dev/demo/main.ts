import { parseArgs } from 'node:util';
import { createNarrator } from './narrator.ts';
import { openDemo } from './open.ts';
import { play } from './play.ts';
import { createStage } from './stage.ts';
import { stories } from './stories.ts';
import type { Story } from './story.ts';
import type { DemoWorld } from './world.ts';

const usage = [
  'usage: npm run demo -- [--port PORT]             a page to play in, until Ctrl-C',
  '       npm run demo -- --play [--story NAME]     plays by itself (default: firewall)',
  ...stories.map(({ id, script }) => `  ${id.padEnd(14)} ${script.about}`),
].join('\n');

/** Exit codes: 0 the story was played to its end, or the page was ended by Ctrl-C; 1 it failed, 2 bad usage, 130 a play was interrupted. */
async function main(): Promise<number> {
  const wish = readWish(process.argv.slice(2));
  if (wish === null) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => interrupted.abort(new Error('interrupted')));
  }
  // Whoever reads has gone: `npm run demo | head`.
  process.stdout.on('error', (cause) => interrupted.abort(new Error('nobody reads any more', { cause })));
  const narrator = createNarrator(process.stdout, process.env);
  const { signal } = interrupted;
  if (wish.kind === 'open') {
    const stageFor = (ready: Promise<DemoWorld>) => createStage({ ready, stories });
    const ending = await openDemo({ narrator, interrupted: signal, port: wish.port, stageFor });
    return ending === 'ended' ? 0 : 1;
  }
  const ending = await play(wish.story, narrator, signal);
  if (signal.aborted) return 130;
  return ending === 'played' ? 0 : 1;
}

type Wish = { readonly kind: 'open'; readonly port: number } | { readonly kind: 'play'; readonly story: Story };

/** Null for what can't be meant. */
function readWish(args: readonly string[]): Wish | null {
  try {
    const options = { play: { type: 'boolean' }, story: { type: 'string' }, port: { type: 'string' } } as const;
    const { play: isPlay = false, story, port } = parseArgs({ args: [...args], options }).values;
    if (isPlay) {
      const chosen = stories.find(({ id }) => id === (story ?? 'firewall'));
      return chosen === undefined || port !== undefined ? null : { kind: 'play', story: chosen };
    }
    const wanted = Number(port ?? 0);
    const isPort = Number.isInteger(wanted) && wanted >= 0 && wanted < 65_536;
    return story === undefined && isPort ? { kind: 'open', port: wanted } : null;
  } catch {
    return null;
  }
}

process.exitCode = await main();
