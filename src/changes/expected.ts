import type { ExpectedSource, Situation } from '../correlation/situation.ts';
import { type ClusterKnowledge, isManaged } from '../words/endpoint.ts';
import { type ChangeSource, changeSources } from './registry.ts';

/** Of a cluster, what decides who should see its changes. */
export interface WatchedCluster {
  readonly knowledge: Pick<ClusterKnowledge, 'provider' | 'controlPlaneNodes'>;
}

/**
 * Who has to have looked before a rule may say "nothing" of this cluster: every control-plane node for itself, any
 * cluster agent, each source `outside` that is configured for it, and what is not there at all, with why. Nodes of a
 * provider's control plane are nobody's to look at.
 */
export function expectedSources(
  cluster: WatchedCluster,
  outside: readonly ExpectedSource[],
  sources: readonly ChangeSource[] = changeSources,
): readonly ExpectedSource[] {
  const told = new Set(outside.flatMap(({ categories }) => categories));
  const standing = sources.flatMap((source) => {
    if (source.absent === null) return [source];
    const categories = source.categories.filter((category) => !told.has(category));
    return categories.length === 0 ? [] : [{ ...source, categories }];
  });
  const inside = standing.flatMap(({ name, where, ...source }) =>
    placesOf(cluster, where).map(({ instance, suffix }) => ({
      source: name,
      instance,
      categories: source.categories,
      words: `${source.words}${suffix}`,
      lateMs: source.lateMs,
      absent: source.absent,
      trouble: null,
    })),
  );
  return [...inside, ...outside];
}

/** Rules that ask for what a provider keeps to itself. */
export function notApplicable({ knowledge: { provider } }: WatchedCluster): Situation['notApplicable'] {
  if (!isManaged(provider)) return {};
  const why = `the control plane is run by the provider (${provider.toUpperCase()}): its nodes can't be looked at`;
  return { firewall: why, routing: why };
}

interface Place {
  readonly instance: string | null;
  readonly suffix: string;
}

function placesOf({ knowledge }: WatchedCluster, where: ChangeSource['where']): readonly Place[] {
  if (where === 'anyInstance') return [{ instance: null, suffix: '' }];
  if (isManaged(knowledge.provider)) return [];
  const nodes = [...new Set(knowledge.controlPlaneNodes)].sort();
  // Not known by name: then whoever does look is taken for all of them.
  if (nodes.length === 0) return [{ instance: null, suffix: ' of the control-plane nodes' }];
  return nodes.map((node) => ({ instance: node, suffix: ` of ${node}` }));
}
