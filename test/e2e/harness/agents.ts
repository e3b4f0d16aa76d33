import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ENROLMENT_FILE, enrolmentSecretName } from '../../../src/link/enrolment.ts';
import { cluster, type Staged } from './bot.ts';
import { output } from './exec.ts';
import { kubectl, kubectlRan, testbed } from './testbed.ts';
import { until } from './until.ts';

const overlay = join(import.meta.dirname, '../overlay');

/** Enrolls and deploys the agents as the documents say, and waits until the bot hears them. */
export async function deployAgents(staged: Staged): Promise<void> {
  // Those of an earlier run were enrolled with another bot.
  await removeAgents();
  const secrets = await secretsOf(staged);
  for (const namespace of ['apidown', 'apidown-node']) {
    await kubectlRan('create', 'namespace', namespace);
  }
  await output(testbed.script, ['kubectl', 'apply', '-f', '-'], { input: secrets });
  await kubectl('apply', '-k', overlay);
  await agentsConnected(staged, 2);
}

const enrolled = new WeakMap<Staged, Promise<string>>();

/** Enrolled once: a bot lets only two keys of a role be valid at a time. */
function secretsOf(staged: Staged): Promise<string> {
  const secrets = enrolled.get(staged) ?? staged.apidown('enroll', cluster);
  enrolled.set(staged, secrets);
  return secrets;
}

/** The node agent's enrolment file, as it stands in its Secret. */
export async function nodeEnrolment(staged: Staged): Promise<string> {
  const files = parseAllDocuments(await secretsOf(staged)).map((document) => Secret.parse(document.toJS()));
  const node = files.find(({ metadata }) => metadata.name === enrolmentSecretName('node'));
  if (node === undefined) throw new Error('no Secret for the node agents was printed');
  return node.stringData[ENROLMENT_FILE];
}

const Secret = z.object({
  metadata: z.object({ name: z.string() }),
  stringData: z.object({ [ENROLMENT_FILE]: z.string() }),
});

/** `wait: false`: they go by themselves; whoever deploys them next waits for that. */
export async function removeAgents({ wait = true } = {}): Promise<void> {
  await kubectlRan('delete', '-k', overlay, '--ignore-not-found', `--wait=${wait}`, '--timeout=60s');
}

/** Waits until this many agents of the cluster are connected, as the bot's health page tells. */
export async function agentsConnected(staged: Staged, count: number): Promise<void> {
  await until(120_000, async () => {
    const metrics = await (await fetch(`${staged.healthUrl}/metrics`)).text();
    const connected = Number(/^apidown_agents_connected\{cluster="testbed"\} (\d+)$/m.exec(metrics)?.[1] ?? 'NaN');
    return connected === count ? null : `${connected} of ${count} agents are connected\n${metrics}`;
  });
}
