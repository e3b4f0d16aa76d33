import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { Role } from '../words/vantage.ts';
import { learn } from './learn.ts';
import { turns } from './turns.ts';

interface Shelf {
  get(cluster: string): Promise<ClusterKnowledge | null>;
  put(cluster: string, knowledge: ClusterKnowledge): Promise<void>;
}

/**
 * Adds what an agent tells to what is kept of its cluster. One after the other: agents of one cluster often connect
 * at once, and whoever read before another wrote would undo it.
 */
export function keepLearned(shelf: Shelf): (cluster: string, told: ClusterKnowledge, from: Role) => Promise<void> {
  const inTurn = turns();
  return (cluster, told, from) =>
    inTurn(cluster, async () => shelf.put(cluster, learn(await shelf.get(cluster), told, from)));
}
