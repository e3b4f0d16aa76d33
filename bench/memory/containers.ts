import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { kubectl } from '../../test/e2e/harness/testbed.ts';

/** Processes of apidown's containers, as this machine sees them: the testbed's node runs on it. */
export async function agentProcesses(): Promise<readonly { who: string; pid: number }[]> {
  const pods = await Promise.all(
    ['apidown', 'apidown-node'].map(async (namespace) =>
      Pods.parse(JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-o', 'json'))),
    ),
  );
  const containers = pods
    .flatMap(({ items }) => items)
    .flatMap(({ metadata, status }) =>
      status.containerStatuses.map(({ name, containerID }) => ({
        who: name === 'agent' ? agentName(metadata.namespace) : `${name} beside the node agent`,
        id: containerID.replace('containerd://', ''),
      })),
    );
  return Promise.all(containers.map(async ({ who, id }) => ({ who, pid: await pidIn(id) })));
}

function agentName(namespace: string): string {
  return namespace === 'apidown' ? 'cluster agent' : 'node agent';
}

/** The first process of a container; those that probe its health come and go after it. */
async function pidIn(container: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.toSorted((a, b) => a - b)) {
    // A process may have ended since the folder was read.
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (groups.includes(container)) return pid;
  }
  throw new Error(`no process of the container ${container} is to be seen`);
}

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ namespace: z.string() }),
      status: z.object({ containerStatuses: z.array(z.object({ name: z.string(), containerID: z.string() })) }),
    }),
  ),
});
