import type { Clock } from '../../ops/clock.ts';
import type { Change } from '../../words/change.ts';
import type { ChangeJournal } from '../ports.ts';
import type { ClusterRule } from './clusters.ts';
import type { Drafted } from './draft.ts';
import { type Settled, settle } from './settle.ts';

export interface IntakeParts {
  /** All that are configured. */
  readonly clusters: readonly string[];
  readonly rules: readonly ClusterRule[];
  readonly journal: Pick<ChangeJournal, 'add'>;
  /** Something new is in the journal of this cluster. */
  onLearned(cluster: string): void;
  readonly clock: Clock;
}

/** What became of one event. */
export interface Outcome {
  readonly id: string | null;
  readonly outcome: 'taken' | 'duplicate' | 'ignored' | 'refused';
  readonly clusters?: readonly string[];
  readonly why?: string;
  /** What was left out or put right. */
  readonly notes?: readonly string[];
}

/** An event with the id that its sender knows it by. */
export interface Arrived {
  readonly id: string | null;
  readonly drafted: Drafted;
}

/** Puts the changes into the journal, durably when it resolves, and says of each event what became of it, in their order. */
export async function takeChanges(arrived: readonly Arrived[], parts: IntakeParts): Promise<readonly Outcome[]> {
  const nowAt = parts.clock.now();
  const settled = arrived.map(({ id, drafted }) => ({ id, settled: settledOf(drafted, parts, nowAt) }));
  const changes = settled.flatMap((one) => (one.settled.kind === 'change' ? [one.settled] : []));
  const fresh = new Set<Change>();
  for (const cluster of new Set(changes.flatMap(({ clusters }) => clusters))) {
    for (const change of await addTo(cluster, changes, parts)) fresh.add(change);
  }
  return settled.map(({ id, settled: one }) => {
    switch (one.kind) {
      case 'change': {
        const outcome = fresh.has(one.change) ? 'taken' : 'duplicate';
        return { id, outcome, clusters: one.clusters, ...(one.notes.length === 0 ? {} : { notes: one.notes }) };
      }
      case 'ignored':
      case 'refused':
        return { id, outcome: one.kind, why: one.why };
      default:
        return one satisfies never;
    }
  });
}

type Made = Extract<Settled, { kind: 'change' }>;

function settledOf(drafted: Drafted, parts: IntakeParts, nowAt: number): Settled | Exclude<Drafted, { kind: 'draft' }> {
  return drafted.kind === 'draft' ? settle(drafted.draft, parts, nowAt) : drafted;
}

/** Returns those that were not known to the cluster. */
async function addTo(
  cluster: string,
  changes: readonly Made[],
  { journal, onLearned }: IntakeParts,
): Promise<readonly Change[]> {
  const byId = new Map<string, Made>();
  for (const one of changes) {
    const stands = byId.has(one.change.id) && one.known === 'leave';
    if (one.clusters.includes(cluster) && !stands) byId.set(one.change.id, one);
  }
  const of = (known: Made['known']) =>
    [...byId.values()].filter((one) => one.known === known).map(({ change }) => change);
  const added = [...(await journal.add(cluster, of('leave'), 'leave')), ...(await journal.add(cluster, of('replace')))];
  if (added.length > 0 || of('replace').length > 0) onLearned(cluster);
  return added.flatMap(({ id }) => byId.get(id)?.change ?? []);
}
