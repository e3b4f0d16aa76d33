import { setFlagsFromString } from 'node:v8';
import { hostResolver } from '../../checks/endpoint/resolve.ts';
import { runnersFor } from '../../checks/runners.ts';
import { KubeSnapshot } from '../../words/kube.ts';
import { kubeJournal } from '../journal/kube/journal.ts';
import { remember } from '../journal/kube/memory.ts';
import { ALSO_FOLLOWED } from '../journal/kube/watched.ts';
import { keepNewest, keptFile } from '../keep.ts';
import { kubeAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/client.ts';
import { keepLearning } from '../kube/learn.ts';
import { watchState } from '../kube/state.ts';
import { probeOn } from '../prober/probe-on.ts';
import type { AgentRole, RoleInput } from '../role.ts';

/** A snapshot of a large cluster is megabytes: often enough to be useful after a restart, seldom enough for the disk. */
const KEEP_EVERY_MS = 30_000;

/**
 * In a Deployment: watches the cluster and keeps the journal of its changes, probes from a pod.
 * @throws when it has no way to ask the API server at all.
 */
export async function clusterRole(input: RoleInput): Promise<AgentRole> {
  const { config, env, learned, probe, sink, order, clock, log } = input;
  // Lists of large clusters are nearly all garbage; unless told to keep small, V8 makes its heap several times as large as what lives in it.
  setFlagsFromString('--optimize-for-size');
  const access = await kubeAccess({ kubeconfig: config.kubeconfig, env });
  const client = kubeClient(access);
  const kept = keptFile({
    dir: config.stateDir,
    name: 'snapshot',
    schema: KubeSnapshot,
    cluster: config.cluster,
    log,
  });
  const ready = Promise.withResolvers<void>();
  const keptSnapshot = await kept.read();
  if (keptSnapshot !== null) log.info({ asOfAt: keptSnapshot.asOfAt }, 'knows the cluster from before');
  const journal = kubeJournal({
    instance: config.instance,
    sink,
    order,
    memory: await remember({ dir: config.stateDir, cluster: config.cluster, clock, log }),
    followed: () => state,
    clock,
    log,
  });
  const state = watchState({
    client,
    clock,
    log,
    kept: keptSnapshot,
    notes: { taker: journal.taker, alsoFollow: ALSO_FOLLOWED },
    onProgress() {
      keeper.touch();
      journal.progressed();
      if (state.tried()) ready.resolve();
    },
  });
  const keeper = keepNewest({
    kept,
    // What comes from the file needs not be written to it again.
    newest: () => (state.listed() ? state.snapshot() : null),
    everyMs: KEEP_EVERY_MS,
    log,
  });

  return {
    runners: runnersFor({ role: 'cluster', learned, state, probe, resolve: hostResolver(), clock }),
    ready: ready.promise,
    async run(signal) {
      try {
        await Promise.all([
          state.run(signal),
          journal.run(signal),
          keepLearning({ client, state, clock, log, signal, onLesson: learned.add }),
          keeper.run(signal),
          probeOn(input, signal),
        ]);
      } finally {
        client.close();
      }
    },
  };
}
