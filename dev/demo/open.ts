import { once } from 'node:events';
import { startPage } from '../workspace/page/page.ts';
import type { Stage } from '../workspace/page/stage.ts';
import type { Narrator } from './narrator.ts';
import { channels, type DemoWorld, inDemoWorld, people } from './world.ts';

export interface OpenDemoOptions {
  readonly narrator: Narrator;
  readonly interrupted: AbortSignal;
  /** The page's; 0 for one that is free. */
  readonly port: number;
  /** Makes what newcomers break things with, while the world still starts; null when there is nothing to break. */
  readonly stageFor: (ready: Promise<DemoWorld>) => Stage | null;
}

/** The workspace's page with the demo's cluster behind it, until somebody interrupts. */
export async function openDemo(options: OpenDemoOptions): Promise<'ended' | 'failed'> {
  const { narrator, interrupted, port, stageFor } = options;
  const startedAt = Date.now();
  narrator.say(
    'apidown, a demo to play with: the real bot with its prober and agents; the cluster, its node and Slack are stand-ins. Nothing leaves this machine. Starting …',
  );
  const ending = await inDemoWorld(
    {
      narrator,
      interrupted,
      async open(workspace, ready) {
        const page = await startPage({ workspace, stage: stageFor(ready), port });
        narrator.say('', `  ${page.url}`, '', 'Open it in a browser; the cluster is up in a moment.');
        return { [Symbol.asyncDispose]: page.close };
      },
    },
    async ({ signal }) => {
      const { ana, ben, cleo } = people;
      narrator.say(
        `It is up and watched, ${Math.round((Date.now() - startedAt) / 1000)} s after the start.`,
        '',
        `First choose in the page what breaks, then type /apidown investigate in #${channels.incidents.name}, and press what its card offers.`,
        `You are ${ana.realName}; act as ${ben.realName} or as ${cleo.realName}, who may only look, by the name at the top left. Ctrl-C ends everything.`,
      );
      if (!signal.aborted) await once(signal, 'abort');
    },
  );
  // To interrupt it is how it ends; what breaks by itself is told as such.
  return ending === 'lived' || interrupted.aborted ? 'ended' : 'failed';
}
