import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployAgents, nodeEnrolment, removeAgents } from './agents.ts';
import type { Staged } from './bot.ts';
import { output, ran } from './exec.ts';
import { healthy, manifestMovedAway, type Undo } from './faults.ts';
import { testbed } from './testbed.ts';
import { until } from './until.ts';

const staticPod = join(testbed.manifests, 'apidown-node.yaml');
const overlay = join(import.meta.dirname, '../static-pod');

/**
 * The node restarted while its API server's manifest was away: the kubelet starts static pods and nothing else,
 * the node agent among them.
 */
export async function rebootedNode(staged: Staged): Promise<Undo> {
  await removeAgents();
  await mkdir('/etc/apidown', { recursive: true });
  await writeFile('/etc/apidown/enrolment.yaml', await nodeEnrolment(staged), { mode: 0o600 });
  await writeFile(staticPod, await output(testbed.script, ['kubectl', 'kustomize', overlay]));
  const back = await manifestMovedAway();
  await stopKubelet();
  await killContainers();
  await startKubelet();
  return async () => {
    await rm(staticPod);
    await back();
    await rm('/etc/apidown', { recursive: true, force: true });
    await healthy();
    await deployAgents(staged);
  };
}

/** The container beside the agent starts after it; a look before that has no rules to read. */
export function firewallReaderAnswers(): Promise<void> {
  return until(60_000, async () => {
    const { stdout } = await ran('sh', ['-c', 'cat /var/log/pods/apidown-node_apidown-node-*/firewall-reader/*.log']);
    return stdout.includes('the firewall reader answers') ? null : `the firewall reader has only said: ${stdout}`;
  });
}

const pidFile = join(testbed.home, 'run/kubelet.pid');

async function stopKubelet(): Promise<void> {
  await ran('kill', ['-KILL', (await readFile(pidFile, 'utf8')).trim()]);
}

/** As the testbed starts it. */
async function startKubelet(): Promise<void> {
  const log = openSync(join(testbed.home, 'log/kubelet.log'), 'a');
  const words = ['kubelet', '--config', '/var/lib/kubelet/config.yaml', '--kubeconfig', '/etc/kubernetes/kubelet.conf'];
  const child = spawn(
    'nsenter',
    [
      '--net=/var/run/netns/tb-cp1',
      '--',
      ...words,
      '--hostname-override',
      testbed.node,
      '--node-ip',
      testbed.nodeAddress,
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        PATH: `${process.env.TESTBED_CACHE ?? '/var/cache/testbed'}/bin:${process.env.PATH}:/usr/sbin:/sbin`,
      },
    },
  );
  child.unref();
  await writeFile(pidFile, `${child.pid}\n`);
}

async function killContainers(): Promise<void> {
  const ctr = [
    `${process.env.TESTBED_CACHE ?? '/var/cache/testbed'}/bin/ctr`,
    '-a',
    '/run/testbed/containerd.sock',
    '-n',
    'k8s.io',
  ];
  const [program = 'ctr', ...words] = ctr;
  const tasks = (await output(program, [...words, 'tasks', 'ls', '-q'])).split('\n').filter((id) => id !== '');
  await Promise.all(tasks.map((id) => ran(program, [...words, 'tasks', 'kill', '-s', 'KILL', id])));
}
