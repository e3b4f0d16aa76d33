import { join } from 'node:path';
import { vi } from 'vitest';
import { cluster, type Staged } from './bot.ts';
import { output } from './exec.ts';
import { kubectl, kubectlRan, testbed } from './testbed.ts';

const overlay = join(import.meta.dirname, '../overlay');

/** Enrolls and deploys the agents as the documents say, and waits until the bot hears them. */
export async function deployAgents(staged: Staged): Promise<void> {
  const secrets = await staged.apidown('enroll', cluster);
  for (const namespace of ['apidown', 'apidown-node']) {
    await kubectlRan('create', 'namespace', namespace);
  }
  await output(testbed.script, ['kubectl', 'apply', '-f', '-'], { input: secrets });
  await kubectl('apply', '-k', overlay);
  await agentsConnected(staged, 2);
}

export async function removeAgents(): Promise<void> {
  await kubectlRan('delete', '-k', overlay, '--ignore-not-found', '--wait=true', '--timeout=60s');
}

/** Waits until this many agents of the cluster are connected, as the bot's health page tells. */
export async function agentsConnected(staged: Staged, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(`${staged.healthUrl}/metrics`)).text();
      const connected = Number(/^apidown_agents_connected\{cluster="testbed"\} (\d+)$/m.exec(metrics)?.[1] ?? 'NaN');
      if (connected !== count) throw new Error(`${connected} of ${count} agents are connected\n${metrics}`);
    },
    { timeout: 120_000, interval: 250 },
  );
}
