import { existsSync } from 'node:fs';
import { openStore } from '../src/store/open.ts';
import { deployAgents, removeAgents } from '../test/e2e/harness/agents.ts';
import { type Staged, stageBot } from '../test/e2e/harness/bot.ts';
import { loadImage } from '../test/e2e/harness/image.ts';
import { kubectl, kubectlRan, testbed } from '../test/e2e/harness/testbed.ts';
import { insideStandingPod, removeCurlPod, sixByHand } from './checks/by-hand.ts';
import { type Compared, checksPart } from './checks/part.ts';
import { investigateOnce } from './checks/rounds.ts';
import type { Part } from './figures.ts';
import { leavingAfter } from './leave.ts';
import { agentProcesses } from './memory/containers.ts';
import type { Resting } from './memory/part.ts';
import { atRest } from './memory/resident.ts';

/** A channel a round: an investigation is of one channel, so each round opens its own. */
const channels = Array.from({ length: 5 }, (_, index) => `C0ROUND${index}`);

/** Why the testbed can't be used now, and what to do; null when it can. */
export async function testbedMissing(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'the testbed needs root';
  if (!existsSync(testbed.script)) return `no testbed at ${testbed.script}; name its script in $TESTBED`;
  if ((await kubectlRan('get', '--raw', '/readyz')).code !== 0) return 'the testbed is not up; start it: testbed up';
  const deployed = await kubectlRan('-n', 'apidown', 'get', 'deployment', '-o', 'name');
  return deployed.stdout === '' ? null : 'agents stand there already; remove them, or wait until their run has ended';
}

/** The bot outside, the agents in the testbed's cluster; nothing of them is left, not even when this is interrupted. */
export async function measureOnTestbed(wants: { checks: boolean; memory: boolean }): Promise<{
  checks: Part | null;
  resting: readonly Resting[];
}> {
  await loadImage();
  const staged = await stageBot(channels);
  const leave = async (): Promise<void> => {
    await Promise.all([removeAgents(), removeCurlPod()]);
    await staged.close();
  };
  return await leavingAfter(leave, async () => {
    await deployAgents(staged);
    await everyContainerReady();
    const compared = await rounds(staged, wants.checks ? channels : channels.slice(0, 1));
    return { checks: wants.checks ? checksPart(compared) : null, resting: wants.memory ? await whoRests(staged) : [] };
  });
}

/** The firewall's reader, a container of its own, may come up after the agent that asks it. */
async function everyContainerReady(): Promise<void> {
  for (const namespace of ['apidown', 'apidown-node']) {
    await kubectl('-n', namespace, 'wait', 'pod', '--all', '--for=condition=Ready', '--timeout=60s');
  }
}

async function rounds({ workspace, storeFile }: Staged, inChannels: readonly string[]): Promise<Compared[]> {
  const opened = await openStore({ kind: 'sqlite', file: storeFile });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const compared: Compared[] = [];
  try {
    for (const channel of inChannels) {
      const round = await investigateOnce(workspace, opened.store, channel);
      compared.push({ round, byHand: await sixByHand(), inStandingPodMs: await insideStandingPod() });
    }
  } finally {
    await opened.store.close();
  }
  return compared;
}

/** Everybody who has worked in these rounds, measured at the same time. */
async function whoRests(staged: Staged): Promise<readonly Resting[]> {
  const agents = (await agentProcesses()).map(({ who, pid }) => ({ who, pid, program: 'agent' as const }));
  const pid = staged.pid();
  const bot = pid === null ? [] : [{ who: 'bot with one cluster and its agents', pid, program: 'bot' as const }];
  return Promise.all(
    [...agents, ...bot].map(async ({ who, program, pid }) => ({
      who: `${who}, after the investigations`,
      program,
      resident: await atRest(pid),
    })),
  );
}
