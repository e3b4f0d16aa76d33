import { clusterBook } from '../investigation/cluster-book.ts';
import type { ClusterProfile } from '../investigation/ports.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { Situation } from './check.ts';
import { readStore } from './open-store.ts';

/** A cluster as the bot knows it: what is configured, then what its agents learned. */
export interface KnownCluster {
  readonly profile: ClusterProfile;
  /** null: not known. */
  readonly endpoint: string | null;
}

export async function knownClusters(situation: Situation): Promise<readonly KnownCluster[]> {
  const { settings, caPems } = situation;
  const names = Object.keys(settings.clusters);
  const learned = await readStore(situation, async ({ knowledge }) => {
    const all = await Promise.all(names.map(async (name) => [name, await knowledge.get(name)] as const));
    return new Map<string, ClusterKnowledge | null>(all);
  });
  const configured = Object.entries(settings.clusters).map(
    ([name, cluster]) => [name, { ...cluster, caPem: caPems[name] ?? null }] as const,
  );
  const book = clusterBook(new Map(configured), { get: async (name) => learned?.get(name) ?? null });
  const known = await Promise.all(
    names.map(async (name) => ({ profile: await book.profile(name), endpoint: await book.endpointOf(name) })),
  );
  return known.flatMap(({ profile, endpoint }) => (profile === null ? [] : [{ profile, endpoint }]));
}
