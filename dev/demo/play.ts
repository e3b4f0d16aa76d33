import type { Workspace } from '../workspace/workspace.ts';
import type { Narrator } from './narrator.ts';
import { createPerson } from './person.ts';
import { playStory } from './play-story.ts';
import type { Processes } from './processes.ts';
import type { Story } from './story.ts';
import { channels, inDemoWorld, people } from './world.ts';

/** Plays a story from nothing to nothing: whatever it started is ended and every file removed, however it ends. */
export async function play(story: Story, narrator: Narrator, interrupted: AbortSignal): Promise<'played' | 'failed'> {
  const startedAt = Date.now();
  narrator.say(
    `apidown, a demo: ${story.script.about}.`,
    'The bot with its prober, both agents and the command line are the real ones, each a process of its own. The cluster, its node and Slack are stand-ins: nothing leaves this machine, and its addresses are examples.',
    'What to look at: the line "Leading cause" on the card, which stands there before anybody presses anything; the diagnosis below it, which says why, and what it did not see; what a wider window adds; then the walk, step by step. ▶ is what a person does, ■ what happens to the cluster. Starting, and watching for ten seconds what a healthy cluster looks like …',
  );
  const ending = await inDemoWorld(
    { narrator, interrupted },
    async ({ cluster, workspace, knows, processes, signal }) => {
      const person = createPerson({
        workspace,
        user: people.ana,
        channel: channels.incidents.id,
        narrator,
        signal,
      });
      await playStory(story, { cluster, knows, person, narrator });
      noTroubleIn(workspace, processes);
      narrator.say('', `Played to its end in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
    },
  );
  return ending === 'lived' ? 'played' : 'failed';
}

/** A story that ends well may have hidden something on its way. */
function noTroubleIn({ violations }: Workspace, processes: Processes): void {
  const [violation] = violations;
  if (violation !== undefined) throw new Error(`Slack would not forgive this: ${violation.kind}, ${violation.message}`);
  const [error] = processes.errors();
  if (error !== undefined) throw new Error(`a program logged an error: ${error}`);
}
