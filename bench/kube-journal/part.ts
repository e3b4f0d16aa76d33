import { kubectl, testbedUp } from '../../test/e2e/harness/testbed.ts';
import { type Figure, mb, ms, type Part } from '../figures.ts';
import { leavingAfter } from '../leave.ts';
import { atRest } from '../memory/resident.ts';
import { max, median } from '../spread.ts';
import { emptyCluster, fillCluster } from './filled-cluster.ts';
import { startLoneAgent } from './lone-agent.ts';

export const kubeJournalTitle = 'The journal of a large cluster';
const count = 10_000;
const rounds = 3;
const atMostMb = 120;

/** Needs the testbed, and fills it for the time of the measurement. `missing`: why it can't be had; null when it can. */
export async function kubeJournalPart(missing: string | null): Promise<Part> {
  if (missing !== null) return { kind: 'skipped', title: kubeJournalTitle, why: missing };
  const kubeconfig = await testbedUp();
  const empty = await once(kubeconfig);
  const watching = await startLoneAgent(kubeconfig);
  const leave = async (): Promise<void> => {
    await watching.stop();
    await emptyCluster(kubeconfig);
  };
  return await leavingAfter(leave, async () => {
    await fillCluster(kubeconfig, count);
    const watched = { rss: (await atRest(watching.pid)).rss, peak: await watching.peak() };
    const filled: Synced[] = [];
    const byKubectl: number[] = [];
    for (let round = 0; round < rounds; round++) {
      byKubectl.push(await getAll());
      filled.push(await once(kubeconfig));
    }
    return partOf({ empty, filled, watched, byKubectl });
  });
}

interface Synced {
  readonly syncMs: number;
  readonly rss: number;
  readonly peak: number;
}

async function once(kubeconfig: string): Promise<Synced> {
  const agent = await startLoneAgent(kubeconfig);
  return await leavingAfter(agent.stop, async () => {
    const { rss } = await atRest(agent.pid);
    return { syncMs: agent.syncMs, rss, peak: await agent.peak() };
  });
}

async function getAll(): Promise<number> {
  const startedAt = performance.now();
  await kubectl('get', 'networkpolicies,configmaps', '-A', '-o', 'json');
  return performance.now() - startedAt;
}

function partOf({
  empty,
  filled,
  watched,
  byKubectl,
}: {
  readonly empty: Synced;
  readonly filled: readonly Synced[];
  readonly watched: { readonly rss: number; readonly peak: number };
  readonly byKubectl: readonly number[];
}): Part {
  const above = (what: string, bytes: number): Figure => ({
    what,
    measured: mb(bytes - empty.rss),
    reference: { what: 'the agent at rest on the same cluster, empty', amount: mb(empty.rss) },
    limit: { kind: 'atMost', value: atMostMb },
  });
  return {
    kind: 'measured',
    title: kubeJournalTitle,
    notes: [
      `${count} NetworkPolicies and as many ConfigMaps in kube-system on a real API server. First sync: from the beginning of the watches until every kind was listed, every policy and ConfigMap noted; median of ${rounds} fresh agents, each beside one kubectl. On the empty cluster: ${empty.syncMs} ms.`,
      'RSS as the kernel counts it, the largest of several readings after 15 s; the most that was ever taken (VmHWM) holds what the sync itself needed. No garbage collection is asked for.',
    ],
    figures: [
      {
        what: 'first sync',
        measured: ms(median(filled.map(({ syncMs }) => syncMs))),
        reference: { what: 'kubectl get -A of the same, as JSON', amount: ms(median(byKubectl)) },
        limit: null,
      },
      above('RSS above rest, after the first sync', max(filled.map(({ rss }) => rss))),
      above('RSS above rest, of an agent that saw each of them made', watched.rss),
      { ...above('RSS above rest, the most ever: first sync', max(filled.map(({ peak }) => peak))), limit: null },
      { ...above('RSS above rest, the most ever: each seen made', watched.peak), limit: null },
    ],
  };
}
