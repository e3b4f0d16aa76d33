import { hostResolver } from '../../checks/endpoint/resolve.ts';
import { runnersFor } from '../../checks/runners.ts';
import { KubeSnapshot } from '../../words/kube.ts';
import { keepNewest, keptFile } from '../keep.ts';
import { kubeAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/client.ts';
import { keepLearning } from '../kube/learn.ts';
import { watchState } from '../kube/state.ts';
import type { AgentRole, RoleInput } from '../role.ts';

/** A snapshot of a large cluster is megabytes: often enough to be useful after a restart, seldom enough for the disk. */
const KEEP_EVERY_MS = 30_000;

/** In a Deployment: watches the cluster, probes from a pod. @throws when it has no way to ask the API server at all. */
export async function clusterRole({ config, env, learned, probe, clock, log }: RoleInput): Promise<AgentRole> {
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
  const state = watchState({
    client,
    clock,
    log,
    kept: keptSnapshot,
    onProgress() {
      keeper.touch();
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
          keepLearning({ client, state, clock, log, signal, onLesson: learned.add }),
          keeper.run(signal),
        ]);
      } finally {
        client.close();
      }
    },
  };
}
