import { gaps } from '../../correlation/cover.ts';
import type { ChangeCategory } from '../../words/change.ts';
import type { ChangeJournal } from '../ports.ts';
import type { OutsideSource, Stretch } from './source.ts';

/** From the first to the last moment of the window of which any of these categories is not covered; null: all are. */
export async function missingOf(
  journal: Pick<ChangeJournal, 'coverage'>,
  source: Pick<OutsideSource, 'name' | 'instance'>,
  cluster: string,
  window: Stretch,
  categories: readonly ChangeCategory[],
): Promise<Stretch | null> {
  if (window.fromAt > window.toAt) return null;
  const spans = (await journal.coverage(cluster, window.fromAt, window.toAt)).filter(
    (span) => span.source === source.name && span.instance === source.instance,
  );
  return around(
    categories.flatMap((category) =>
      gaps(
        window,
        spans.filter((span) => span.categories.includes(category)),
      ),
    ),
  );
}

/** The stretch that holds all of them; null when there are none. */
export function around(stretches: readonly Stretch[]): Stretch | null {
  if (stretches.length === 0) return null;
  return {
    fromAt: Math.min(...stretches.map(({ fromAt }) => fromAt)),
    toAt: Math.max(...stretches.map(({ toAt }) => toAt)),
  };
}
