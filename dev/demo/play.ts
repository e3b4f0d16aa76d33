import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StandInCluster, startCluster } from '../stand-in/cluster.ts';
import { startWorkspace, type Workspace } from '../workspace/workspace.ts';
import { deploy } from './deployment.ts';
import type { Knows } from './knows.ts';
import type { Narrator } from './narrator.ts';
import { createPerson } from './person.ts';
import { playStory } from './play-story.ts';
import { createProcesses, type Processes } from './processes.ts';
import type { Story } from './story.ts';

const ana = { id: 'U0ANA', name: 'ana', realName: 'Ana', tz: 'Europe/Berlin' };
const incidents = { id: 'C0INCIDENTS', name: 'incidents' };

/** Plays a story from nothing to nothing: whatever it started is ended and every file removed, however it ends. */
export async function play(story: Story, narrator: Narrator, interrupted: AbortSignal): Promise<'played' | 'failed'> {
  const startedAt = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'apidown-demo-'));
  // Should this process break before it can tidy up; its children end with it by themselves.
  const lastResort = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', lastResort);
  const processes = createProcesses();
  const signal = AbortSignal.any([interrupted, processes.signal]);
  let cluster: StandInCluster | null = null;
  let workspace: Workspace | null = null;
  let knows: Knows | null = null;
  let work: Promise<unknown> = Promise.resolve();
  try {
    narrator.say(
      `apidown, a demo: ${story.script.about}.`,
      'The bot with its prober, both agents and the command line are the real ones, each a process of its own. The cluster, its node and Slack are stand-ins: nothing leaves this machine, and its addresses are examples.',
      'What to look at: the line "Leading cause" on the card, which stands there before anybody presses anything; the diagnosis below it, which says why, and what it did not see; what a wider window adds; then the walk, step by step. ▶ is what a person does, ■ what happens to the cluster. Starting, and watching for ten seconds what a healthy cluster looks like …',
    );
    cluster = await startCluster(folder);
    workspace = await startWorkspace({
      manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
      users: [ana],
      channels: [incidents],
    });
    const deployed = deploy({ folder, cluster, workspace, channel: incidents.id, processes });
    work = deployed;
    knows = await unlessAborted(deployed, signal);
    const person = createPerson({ workspace, user: ana, channel: incidents.id, narrator, signal });
    work = playStory(story, { cluster, knows, person, narrator });
    await unlessAborted(work, signal);
    noTroubleIn(workspace, processes);
    narrator.say('', `Played to its end in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
    return 'played';
  } catch (error) {
    tellFailure(error, narrator, processes, interrupted);
    return 'failed';
  } finally {
    await processes.stop();
    // What was given up still writes into the folder until it notices; why it ends does not matter any more.
    await Promise.allSettled([work]);
    await knows?.close();
    await workspace?.close();
    await cluster?.close();
    await rm(folder, { recursive: true, force: true });
    process.removeListener('exit', lastResort);
  }
}

/** A story that ends well may have hidden something on its way. */
function noTroubleIn({ violations }: Workspace, processes: Processes): void {
  const [violation] = violations;
  if (violation !== undefined) throw new Error(`Slack would not forgive this: ${violation.kind}, ${violation.message}`);
  const [error] = processes.errors();
  if (error !== undefined) throw new Error(`a program logged an error: ${error}`);
}

function tellFailure(error: unknown, narrator: Narrator, processes: Processes, interrupted: AbortSignal): void {
  if (interrupted.aborted) {
    narrator.fails('Interrupted.');
    return;
  }
  const cause = processes.signal.aborted ? processes.signal.reason : error;
  narrator.fails(`The demo stopped: ${cause instanceof Error ? cause.message : String(cause)}`, processes.tails());
}

/** Rejects as soon as the signal aborts; the work may then go on for a moment. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
