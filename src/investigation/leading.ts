import { resolve } from '../onset/resolve.ts';
import type { Cause, Diagnosis } from '../words/diagnosis.ts';
import type { Onset } from '../words/onset.ts';
import type { Investigation } from './state.ts';

/** The onset that the card leads with; the others are shown and judged beside it. null: none is known. */
export function leadingOnset({ onsets }: Pick<Investigation, 'onsets'>): Onset | null {
  return resolve(onsets).leading;
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

/** All that was ranked: of the leading onset first, then what only others have; each once. */
export function rankedCauses(state: Pick<Investigation, 'onsets' | 'diagnoses'>): readonly Cause[] {
  const leads = leadingOnset(state);
  const own = state.diagnoses.filter(({ onset }) => onset.id === leads?.id);
  const others = state.diagnoses.filter(({ onset }) => onset.id !== leads?.id);
  const all = [...own, ...others].flatMap(({ causes }) => causes);
  return all.filter(({ key }, index) => all.findIndex((other) => other.key === key) === index);
}
