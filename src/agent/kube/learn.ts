import type { Log } from '../../ops/log.ts';
import {
  type ClusterKnowledge,
  type EndpointOrigin,
  endpointUrl,
  type KnownEndpoint,
  parseEndpoint,
} from '../../words/endpoint.ts';
import type { KubeSnapshot } from '../../words/kube.ts';
import type { Lesson } from '../knowledge.ts';
import { pause } from '../pause.ts';
import type { KubeAccess } from './access.ts';
import type { KubeClient } from './client.ts';
import type { WatchedState } from './state.ts';
import { readTold, type Told } from './told.ts';

/** How often all is read again; how soon after a failure; how soon while the watches don't stand yet. */
export const LEARN_PACE = { everyMs: 300_000, retryMs: 10_000, unsettledMs: 1_000 };

/** Learns the cluster's endpoints and CA while it is healthy, again and again until the signal aborts. */
export async function keepLearning(options: {
  readonly client: KubeClient;
  readonly state: WatchedState;
  readonly clock: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onLesson: (lesson: Lesson) => void;
  readonly pace?: typeof LEARN_PACE;
}): Promise<void> {
  const { client, state, clock, log, signal, onLesson, pace = LEARN_PACE } = options;
  let said = '';
  while (!signal.aborted) {
    const at = clock();
    const told = await readTold(client, at, signal);
    if (signal.aborted) return;
    if (told !== null && told.trouble.join() !== said) {
      said = told.trouble.join();
      if (said !== '') log.warn({ trouble: told.trouble }, 'could not read all that the cluster says of its endpoint');
    }
    const live = state.live() ? state.snapshot() : null;
    if (told !== null) onLesson(lessonFrom(client.access, told, live, state.provider(), at));
    // Until the watches stand as well, the nodes and addresses are not learned.
    await pause(told === null ? pace.retryMs : live === null ? pace.unsettledMs : pace.everyMs, signal);
  }
}

function lessonFrom(
  access: KubeAccess,
  told: Told,
  snapshot: KubeSnapshot | null,
  provider: ClusterKnowledge['provider'],
  at: number,
): Lesson {
  const endpoint = (host: string, port: number, origin: EndpointOrigin): KnownEndpoint => ({
    url: endpointUrl(host, port),
    host,
    port,
    origin,
    learnedAt: at,
  });
  const kubernetes = snapshot?.services.find(({ namespace, name }) => namespace === 'default' && name === 'kubernetes');
  const service = kubernetes?.clusterIps.flatMap((ip) =>
    kubernetes.ports.map(({ port }) => endpoint(ip, port, 'service')),
  );
  const endpoints = [
    ...told.endpoints,
    parseEndpoint(access.server.origin, access.origin, at),
    ...(service ?? []),
    ...(snapshot?.apiServers.map(({ address, port }) => endpoint(address, port, 'endpointslice')) ?? []),
  ];
  return {
    endpoints,
    caPem: (access.caPem ?? '') + told.caPem,
    controlPlaneNodes: snapshot?.nodes.filter(({ controlPlane }) => controlPlane).map(({ name }) => name) ?? [],
    provider: provider === 'unknown' ? providerByName(endpoints) : provider,
    provenAt: at,
  };
}

/** Nodes may be unlabelled, or not there yet: the provider's own names for its endpoints tell as well. */
function providerByName(endpoints: readonly KnownEndpoint[]): ClusterKnowledge['provider'] {
  const ends = (suffix: string) => endpoints.some(({ host }) => host.endsWith(suffix));
  if (ends('.eks.amazonaws.com')) return 'eks';
  if (ends('.azmk8s.io')) return 'aks';
  return ends('.gke.goog') ? 'gke' : 'unknown';
}
