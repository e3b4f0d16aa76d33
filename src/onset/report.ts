import { readSources } from './said-sources.ts';
import { readTime, type SaidTime } from './said-time.ts';

/** A person's word on a failure: since when, and for whom. */
export interface Report {
  readonly kind: 'report';
  /** What stands before `since` and `from`: the cluster, if one was named. */
  readonly rest: string;
  /** When clients began to fail; null when not said. */
  readonly since: SaidTime | null;
  /** Addresses and CIDRs of the clients that fail; empty when not said: everyone's. */
  readonly sources: readonly string[];
  readonly understood: Understood;
}

/** What to say back, so that a wrong reading is seen. */
interface Understood {
  /** ISO 8601 with offset, in `zone`; null when no time was said. */
  readonly at: string | null;
  readonly zone: string;
  readonly sources: readonly string[];
  /** What was not said and had to be taken in one way: `23:55 was taken as yesterday`. */
  readonly notes: readonly string[];
}

/** Better refused than taken wrongly. */
export interface UnclearReport {
  readonly kind: 'unclear';
  /** The words that were not understood. */
  readonly part: string;
  /** Why, and what to say instead. */
  readonly why: string;
}

/**
 * Reads `prod since 14:05 from 203.0.113.0/24`, what follows `investigate`. Pure.
 * @param told `nowAt` in epoch ms; `zone`: the person's, an IANA name (Slack's `users.info` gives it as `tz`)
 */
export function parseReport(text: string, told: { nowAt: number; zone: string }): Report | UnclearReport {
  const parts = partsOf(text);
  if (parts.kind === 'unclear') return parts;
  const zone = knownZone(told.zone);
  const since = parts.since === null ? null : readTime(parts.since, { nowAt: told.nowAt, zone: zone ?? 'UTC' });
  if (since?.kind === 'unclear') return since;
  const from = parts.from === null ? null : readSources(parts.from);
  if (from?.kind === 'unclear') return from;

  const sources = from?.sources ?? [];
  const zoneNote =
    zone === null && since !== null ? [`the time zone "${told.zone}" is not known here, UTC was taken`] : [];
  return {
    kind: 'report',
    rest: parts.rest,
    since,
    sources,
    understood: {
      at: since?.said ?? null,
      zone: since?.zone ?? zone ?? 'UTC',
      sources,
      notes: [...zoneNote, ...(since?.notes ?? []), ...(from?.notes ?? [])],
    },
  };
}

interface Parts {
  readonly kind: 'parts';
  readonly rest: string;
  readonly since: string | null;
  readonly from: string | null;
}

/** Cuts at the words `since` and `from`, in whichever order. */
function partsOf(text: string): Parts | UnclearReport {
  const [rest = '', ...tail] = text.trim().split(/(?:^|\s+)(since|from)(?=\s|$)/i);
  const found = new Map<string, string>();
  for (let index = 0; index < tail.length; index += 2) {
    const keyword = (tail[index] ?? '').toLowerCase();
    const said = (tail[index + 1] ?? '').trim();
    if (found.has(keyword)) return { kind: 'unclear', part: `${keyword} ${said}`.trim(), why: `say "${keyword}" once` };
    if (said === '') {
      const wanted = keyword === 'since' ? 'a time, such as since 14:05' : 'addresses, such as from 203.0.113.0/24';
      return { kind: 'unclear', part: keyword, why: `after "${keyword}" goes ${wanted}` };
    }
    found.set(keyword, said);
  }
  return { kind: 'parts', rest: rest.trim(), since: found.get('since') ?? null, from: found.get('from') ?? null };
}

/** The name as it is usually written; null when this machine does not know it. */
function knownZone(zone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
