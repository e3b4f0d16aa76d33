import { createHistory, type HistoryQuery, type PastShelf } from '../investigation/history.ts';
import type { Past } from '../investigation/past.ts';
import type { InvestigationStore } from '../investigation/ports.ts';
import { type ReadSince, readSince } from '../onset/said-since.ts';

/** Since when a person at a terminal looks back, in this machine's zone. */
export function sinceAt(text: string, nowAt: number): ReadSince {
  return readSince(text, { nowAt, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}

/** From the store, whether a bot runs beside it or not. */
export function findPast(
  store: { readonly investigations: InvestigationStore; readonly pasts: PastShelf },
  query: HistoryQuery,
): Promise<readonly Past[]> {
  return createHistory({ investigations: store.investigations, shelf: store.pasts }).find(query);
}
