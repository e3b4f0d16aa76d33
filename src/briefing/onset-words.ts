import { leadingOnset } from '../investigation/leading.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Onset, OnsetMethod, OutageScope } from '../words/onset.ts';
import type { Phrase } from './phrase.ts';
import { distance } from './time.ts';

const methods: Readonly<Record<OnsetMethod, { readonly by: string; readonly says: string }>> = {
  prober: { by: 'own probes', says: 'own probes say' },
  'prometheus-samples': { by: 'the samples in Prometheus', says: 'the samples in Prometheus say' },
  'active-at': { by: 'the alert', says: 'the alert says' },
  'starts-at': { by: "the alert, less its rule's waiting time", says: 'the alert says' },
  report: { by: "a person's word", says: 'a report says' },
  correction: { by: 'a person', says: 'a person says' },
};

const scopes: Readonly<Record<OutageScope, string | null>> = {
  everywhere: 'from everywhere',
  outsideOnly: 'only from outside',
  someVantages: 'only from some places',
  oneAddress: 'only at one of its addresses',
  unknown: null,
};

/** `Failing since 14:03:27, to within 5 s`; `Failed from 14:03:27 for 12 min, to within 5 s`. */
export function sinceWords(onset: Onset): Phrase {
  const lasted = lastedMs(onset);
  const sure = sureWords(onset);
  const from = { at: onset.earliestAt };
  if (lasted === null) return ['Failing since ', from, sure];
  return ['Failed from ', from, ` for ${distance(lasted)}`, sure];
}

/** How it was found, and how sure that is, as whoever found it says. */
export function foundWords({ method, words }: Onset): string {
  return words.trim() || `told by ${methods[method].by}`;
}

/** From where it fails, as far as that is known: `only from outside, for clients in 203.0.113.0/24`; may be empty. */
export function scopeWords({ scope, sources, method, words }: Onset): string {
  // What a prober knows of sources are the addresses that it leaves by itself.
  const isTold = method === 'report' || method === 'correction';
  const told = isTold && !sources.some((source) => words.includes(source)) ? sources : [];
  const shown = told.slice(0, 3).join(', ') + (told.length > 3 ? ` and ${told.length - 3} more` : '');
  return [scopes[scope], ...(told.length > 0 ? [`for clients in ${shown}`] : [])]
    .filter((part) => part !== null)
    .join(', ');
}

/** One line for each onset that does not lead, and how it stands to the one that does. */
export function otherOnsets(investigation: Pick<Investigation, 'onsets'>): readonly Phrase[] {
  const leads = leadingOnset(investigation);
  if (leads === null) return [];
  // Of several corrections the newest counts; the others were set right themselves.
  const others = investigation.onsets.filter(({ id, method }) => id !== leads.id && method !== 'correction');
  return others.map((onset) => besideWords(onset, leads));
}

function besideWords(onset: Onset, leads: Onset): Phrase {
  const lasted = lastedMs(onset);
  const length = lasted === null ? '' : `, lasted ${distance(lasted)}`;
  const [earlier, later] = [leads.earliestAt - onset.latestAt, onset.earliestAt - leads.latestAt];
  const from = { at: onset.earliestAt };
  if (onset.method === 'prober' && leads.method === 'prober') {
    return [earlier > 0 ? 'Was down before: ' : 'Was down again: ', from, length];
  }
  const { says } = methods[onset.method];
  if (earlier <= 0 && later <= 0) return [`Agrees: ${says} `, from, length];
  const apart = earlier > 0 ? `${distance(earlier)} earlier` : `${distance(later)} later`;
  return [`Disagrees: ${says} `, from, `, ${apart}${length}`];
}

/** How long it failed; null while it lasts. Milliseconds. */
function lastedMs({ latestAt, recovery }: Onset): number | null {
  return recovery === null ? null : recovery.latestAt - latestAt;
}

function sureWords({ earliestAt, latestAt }: Onset): string {
  return latestAt > earliestAt ? `, to within ${distance(latestAt - earliestAt)}` : '';
}
