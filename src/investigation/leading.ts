import type { Cause, Diagnosis } from '../words/diagnosis.ts';
import type { Onset, OnsetMethod } from '../words/onset.ts';
import type { Investigation } from './state.ts';

/** Best first; what a person set right stands before everything. Source: the design's order of methods. */
const methods: readonly OnsetMethod[] = [
  'correction',
  'prober',
  'prometheus-samples',
  'active-at',
  'starts-at',
  'report',
];

/**
 * The onset that the card leads with: by the best method; of a prober's several stretches the one that lasts, else the
 * longest; of several corrections the newest. The others are shown and judged beside it. null: none is known.
 */
export function leadingOnset({ onsets }: Pick<Investigation, 'onsets'>): Onset | null {
  const method = methods.find((one) => onsets.some((onset) => onset.method === one));
  const candidates = onsets.filter((onset) => onset.method === method);
  if (method === 'correction' || method === 'report') return candidates.at(-1) ?? null;
  return candidates.reduce<Onset | null>(
    (best, one) => (best === null || lasted(one) >= lasted(best) ? one : best),
    null,
  );
}

function lasted({ recovery, earliestAt }: Onset): number {
  return recovery === null ? Number.POSITIVE_INFINITY : recovery.latestAt - earliestAt;
}

export function diagnosisOf({ diagnoses }: Pick<Investigation, 'diagnoses'>, onsetId: string): Diagnosis | null {
  return diagnoses.find(({ onset }) => onset.id === onsetId) ?? null;
}

/** The first cause of the leading onset; else one that explains any other onset. null: no cause is found. */
export function leadingCause(
  state: Pick<Investigation, 'onsets' | 'diagnoses'>,
): { readonly onsetId: string; readonly cause: Cause } | null {
  const leads = leadingOnset(state);
  if (leads === null) return null;
  const own = diagnosisOf(state, leads.id)?.causes.find(
    ({ standing }) => standing === 'explains' || standing === 'possible',
  );
  if (own !== undefined) return { onsetId: leads.id, cause: own };
  for (const { onset, causes } of state.diagnoses) {
    const explains = causes.find(({ standing }) => standing === 'explains');
    if (explains !== undefined) return { onsetId: onset.id, cause: explains };
  }
  return null;
}
