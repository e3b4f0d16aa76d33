import type { Clock } from '../../../ops/clock.ts';
import type { ChangeCategory } from '../../../words/change.ts';
import type { SourceTrouble, Stretch } from '../source.ts';
import type { Failure } from './api/failure.ts';
import type { AwsApi } from './api/open.ts';
import type { RawEvent } from './api/others.ts';
import type { Deed } from './deed.ts';
import { type AwsEvent, readEvent } from './events/event.ts';
import { knownEvent } from './events/known.ts';

export interface ToldEvent {
  readonly event: AwsEvent;
  readonly deeds: readonly Deed[];
}

export interface History {
  /** Newest first. */
  readonly events: readonly ToldEvent[];
  /** Whole from here to the end of what was asked; null: nothing of it. */
  readonly fromAt: number | null;
  /** Moments at which something of a category happened that can't be read. Epoch ms. */
  readonly gaps: readonly { readonly category: ChangeCategory; readonly at: number }[];
  readonly troubles: readonly SourceTrouble[];
}

export interface AskedHistory {
  readonly region: string;
  /** Of this service alone; null: everything that was no mere reading. */
  readonly source: string | null;
  readonly stretch: Stretch;
  /** What it is asked for: what fails, fails for these. */
  readonly categories: readonly ChangeCategory[];
  /** Pages are turned for as long as this; what is older then is not covered. */
  readonly mostMs: number;
}

/**
 * Changes that CloudTrail has by now, page by page, newest first: names and forms are sorted out here, since it takes
 * one attribute to look for. Source: CloudTrail LookupEvents.
 */
export async function readHistory(
  api: AwsApi,
  asked: AskedHistory,
  clock: Clock,
  signal: AbortSignal,
): Promise<History> {
  const { region, source, stretch, categories, mostMs } = asked;
  const startedAt = clock.now();
  const raws: RawEvent[] = [];
  let token: string | undefined;
  let fromAt: number | null = null;
  const troubles: SourceTrouble[] = [];
  do {
    const page = await api.others.events({ region, ...stretch, source, token }, signal);
    if (page.kind === 'failed') {
      troubles.push(troubleOf(page.failure, categories));
      return { ...sorted(raws, categories), fromAt, troubles };
    }
    raws.push(...page.value.events);
    token = page.value.next;
    // What is older than the oldest that came is not known; of that second there may be more.
    const oldest = Math.min(...raws.map(({ at }) => at ?? Number.POSITIVE_INFINITY));
    fromAt = token === undefined ? stretch.fromAt : Number.isFinite(oldest) ? oldest + 1_000 : fromAt;
  } while (token !== undefined && clock.now() - startedAt < mostMs);

  const read = sorted(raws, categories);
  if (token !== undefined) {
    const words = `CloudTrail has more events than could be read in ${Math.round(mostMs / 1000)} s; those before ${new Date(fromAt ?? stretch.toAt).toISOString()} are left out`;
    troubles.push({ kind: 'limited', categories, words });
  }
  return { ...read, fromAt, troubles: [...troubles, ...read.troubles] };
}

export function troubleOf({ kind, words }: Failure, categories: readonly ChangeCategory[]): SourceTrouble {
  return { kind, categories, words };
}

function sorted(
  raws: readonly RawEvent[],
  asked: readonly ChangeCategory[],
): Pick<History, 'events' | 'gaps' | 'troubles'> {
  const events: ToldEvent[] = [];
  const gaps: { category: ChangeCategory; at: number }[] = [];
  const unreadable = new Map<ChangeCategory, { name: string; why: string }>();
  const seen = new Set<string>();
  for (const raw of raws) {
    const known = raw.name === null ? null : knownEvent(null, raw.name);
    if (known === null || (raw.id !== null && seen.has(raw.id))) continue;
    if (raw.id !== null) seen.add(raw.id);
    const read = readEvent(raw);
    if (read.kind === 'failed') continue;
    if (read.kind === 'event' && knownEvent(read.event.source, read.event.name) === null) continue;
    const deeds = read.kind === 'event' ? deedsOf(read.event, known.read) : read.why;
    if (typeof deeds !== 'string' && read.kind === 'event') events.push({ event: read.event, deeds });
    else if (typeof deeds === 'string' && asked.includes(known.category)) {
      unreadable.set(known.category, { name: raw.name ?? '', why: deeds });
      gaps.push({ category: known.category, at: raw.at ?? (read.kind === 'event' ? read.event.at : 0) });
    }
  }
  const troubles = [...unreadable].map(([category, { name, why }]): SourceTrouble => {
    const words = `an event ${name} of CloudTrail has a form that is not known here (${why})`;
    return { kind: 'malformed', categories: [category], words: words.slice(0, 500) };
  });
  return { events: events.sort((a, b) => b.event.at - a.event.at), gaps, troubles };
}

/** @returns why they can't be read, in words */
function deedsOf(event: AwsEvent, read: (event: AwsEvent) => readonly Deed[]): readonly Deed[] | string {
  try {
    return read(event);
  } catch (error) {
    // What schemas and readers throw is expected of what comes from outside; its words say where it differs.
    const words = error instanceof Error ? error.message : String(error);
    return words.replaceAll(/\s+/g, ' ').slice(0, 200);
  }
}
