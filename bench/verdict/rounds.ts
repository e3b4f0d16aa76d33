import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { clusterName, deploy } from '../../dev/demo/deployment.ts';
import type { Knows } from '../../dev/demo/knows.ts';
import { isInvestigation } from '../../dev/demo/person.ts';
import { createProcesses } from '../../dev/demo/processes.ts';
import { type StandInCluster, startCluster } from '../../dev/stand-in/cluster.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { leavingAfter } from '../leave.ts';

/** One command, in a channel that nobody asked in before. All in ms after it was typed. */
export interface Round {
  readonly cardMs: number;
  /** The card says that it can't be reached, and which cause leads. */
  readonly answerMs: number;
  /** It says so with all six steps through. */
  readonly allStepsMs: number;
  /** The manifest's edit, which really did it, is what leads, and explains it. */
  readonly isTrueCause: boolean;
}

export interface Rounds {
  /** Each at the end of an outage's first moments: the investigation that has stood by since its onset is brought. */
  readonly stoodBy: readonly Round[];
  /** More people ask elsewhere while the first outage lasts. */
  readonly anew: readonly Round[];
  /** What Slack would not have forgiven, and what the programs logged as errors. */
  readonly trouble: readonly string[];
}

const ana = { id: 'U0ANA', name: 'ana' };
const patience = { timeoutMs: 30_000 };
const mostAgain = 3;
/** More often, and it is Slack's limits on updates a minute, of all channels together, that are measured. */
export const everyMs = 6_000;

export async function severalCommands(count: { readonly outages: number; readonly anew: number }): Promise<Rounds> {
  const channels = Array.from({ length: count.outages + count.anew }, (_, index) => ({
    id: `C0BENCH${index}`,
    name: `incident-${index}`,
  }));
  // Short, since there are sockets in it.
  const folder = await mkdtemp(join(tmpdir(), 'apidown-b-'));
  const processes = createProcesses();
  let cluster: StandInCluster | null = null;
  let workspace: Workspace | null = null;
  let knows: Knows | null = null;
  const leave = async (): Promise<void> => {
    await processes.stop();
    await knows?.close();
    await workspace?.close();
    await cluster?.close();
    await rm(folder, { recursive: true, force: true });
  };
  return await leavingAfter(leave, async () => {
    try {
      cluster = await startCluster(folder);
      workspace = await startWorkspace({
        manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
        users: [ana],
        channels,
      });
      const standing = workspace;
      knows = await deploy({ folder, cluster, workspace, channel: 'C0BENCH0', processes });
      cluster.tuneDns();
      const stoodBy: Round[] = [];
      const anew: Round[] = [];
      let pressedAgain = 0;
      let lastAt = 0;
      const ask = async (channel: string): Promise<Round> => {
        processes.signal.throwIfAborted();
        await wait(Math.max(0, lastAt + everyMs - performance.now()));
        lastAt = performance.now();
        const round = await askIn(standing, channel);
        pressedAgain += await conclude(standing, channel);
        return round;
      };
      for (const [index, { id }] of channels.slice(0, count.outages).entries()) {
        await cluster.breakFlag();
        await knows.isDown();
        stoodBy.push(await ask(id));
        // Only now is it the one outage that is known: later ones would be judged by all that came shortly before.
        if (index === 0) for (const later of channels.slice(count.outages)) anew.push(await ask(later.id));
        await cluster.mendFlag();
        await knows.isBack();
      }
      const trouble = [
        ...workspace.violations.map(({ message }) => message),
        ...processes.errors(),
        ...Array.from({ length: pressedAgain }, () => '"Conclude" had to be pressed again'),
      ];
      return { stoodBy, anew, trouble };
    } catch (error) {
      const cause = processes.signal.aborted ? processes.signal.reason : error;
      throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${processes.tails()}`, {
        cause: error,
      });
    }
  });
}

async function askIn(workspace: Workspace, channel: string): Promise<Round> {
  const typedAt = performance.now();
  const seen: { card?: number; answer?: number; allSteps?: number } = {};
  const look = (): boolean => {
    const card = cardText(workspace, channel);
    if (card === '') return false;
    const after = performance.now() - typedAt;
    seen.card ??= after;
    if (!hasAnswer(card)) return false;
    seen.answer ??= after;
    if (!card.includes('steps are through')) seen.allSteps ??= after;
    return seen.allSteps !== undefined;
  };
  const typed = workspace.as(ana.id).command(channel, '/apidown', `investigate ${clusterName}`);
  await workspace.waitFor(look, patience).catch((cause: unknown) => {
    throw new Error(`not in time; the card: ${cardText(workspace, channel)}`, { cause });
  });
  const delivery = await typed;
  if (delivery.kind !== 'acked') throw new Error(`the command did not reach the bot: ${delivery.kind}`);
  const isTrueCause = /\*Leading cause \(explains\):\*[^"]*etcd-server/.test(cardText(workspace, channel));
  const { card = Number.NaN, answer = Number.NaN, allSteps = Number.NaN } = seen;
  return { cardMs: card, answerMs: answer, allStepsMs: allSteps, isTrueCause };
}

function hasAnswer(card: string): boolean {
  return card.includes('Not reachable') && card.includes('*Leading cause');
}

/** What stands on it now; empty while there is none. */
function cardText(workspace: Workspace, channel: string): string {
  const card = workspace.channel(channel).messages().find(isInvestigation);
  return card === undefined ? '' : JSON.stringify(card.blocks);
}

/** @returns how often a person would have had to press again */
async function conclude(workspace: Workspace, channel: string): Promise<number> {
  const person = workspace.as(ana.id);
  const reading = workspace.readAs(ana.id, { width: 100_000 });
  const modal = () => {
    const { top } = workspace.views(ana.id);
    return top !== null && reading.view(top).includes('What was the cause') ? top : null;
  };
  for (let again = 0; ; again++) {
    const card = workspace.channel(channel).messages().find(isInvestigation);
    if (card === undefined) throw new Error('there is no card');
    await workspace.waitFor(() => workspace.socket.connections > 0, patience);
    const { kind } = await person.click(card, { actionId: 'conclude' });
    const shown = kind === 'acked' ? await workspace.waitFor(modal, { timeoutMs: 10_000 }).catch(() => null) : null;
    if (shown !== null) {
      await person.submit(shown, { summary: 'A flag in the manifest.' });
      await workspace.waitFor(() => cardText(workspace, channel).includes('Concluded by'), patience);
      return again;
    }
    if (again === mostAgain) throw new Error('the investigation could not be concluded');
    const { top } = workspace.views(ana.id);
    if (top !== null) await person.close(top, { all: true });
  }
}
