import { closest } from '../briefing/closest.ts';
import type { WantedSchedule } from './desk.ts';
import { readWhen } from './read-when.ts';
import { isTimeZone } from './slots.ts';

/** What was made of the words after `schedule add`. */
export type ReadRequest =
  | { readonly kind: 'wanted'; readonly wanted: WantedSchedule }
  /** `part`: the words that were not understood; `why`: and what to say instead. */
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

export interface Asking {
  readonly clusters: readonly string[];
  /** Where it is asked. */
  readonly channel: string;
  /** Clusters of that channel by configuration; null: all. */
  readonly usual: readonly string[] | null;
  /** Of the person. */
  readonly zone: string;
  /** Epoch ms. */
  readonly nowAt: number;
}

/**
 * Reads `weekdays at 9:00 in Europe/Berlin for prod, stage to <#C0123|ops>`: when first, the others in any order or
 * left out. Pure.
 */
export function readRequest(text: string, asking: Asking): ReadRequest {
  const { when, parts } = partsOf(text);
  const zone = parts.in === undefined ? asking.zone : readZone(parts.in);
  if (zone === null) return unclear(parts.in ?? '', zoneWanted(parts.in ?? ''));
  const clusters = parts.for === undefined ? { names: asking.usual } : readClusters(parts.for, asking.clusters);
  if ('part' in clusters) return clusters;
  const channel = parts.to === undefined ? asking.channel : channelIn(parts.to);
  if (channel === null) return unclear(parts.to ?? '', 'name a channel by its #name');
  const read = readWhen(when, { zone, nowAt: asking.nowAt });
  if (read.kind === 'unclear') return read;
  return { kind: 'wanted', wanted: { clusters: clusters.names, channel, cron: read.cron, said: read.said, zone } };
}

/** As people write it: `europe/berlin` is meant as `Europe/Berlin`. null: there is none of that name. */
export function readZone(text: string): string | null {
  const name = text.trim();
  if (!isTimeZone(name)) return null;
  if (/^utc$/i.test(name)) return 'UTC';
  return zones().find((zone) => zone.toLowerCase() === name.toLowerCase()) ?? name;
}

export function zoneWanted(text: string): string {
  const meant = closest(text.trim(), zones());
  return `a time zone is meant here, such as Europe/Berlin${meant === null ? '' : `; did you mean ${meant}?`}`;
}

function zones(): readonly string[] {
  return [...Intl.supportedValuesOf('timeZone'), 'UTC'];
}

interface Parts {
  in?: string;
  for?: string;
  to?: string;
}

function partsOf(text: string): { when: string; parts: Parts } {
  const [when = '', ...rest] = ` ${text.trim()} `.split(/\s(?=(?:in|for|to)\s)/i);
  const parts: Parts = {};
  for (const part of rest) {
    const [, word = '', said = ''] = /^(\S+)\s+(.*)$/s.exec(part.trim()) ?? [];
    const key = word.toLowerCase();
    if (key === 'in' || key === 'for' || key === 'to') parts[key] = said.trim();
  }
  return { when: when.trim(), parts };
}

function readClusters(
  text: string,
  known: readonly string[],
): { names: readonly string[] | null } | Extract<ReadRequest, { kind: 'unclear' }> {
  if (/^(all|all clusters|every cluster|\*)$/i.test(text)) return { names: null };
  const names: string[] = [];
  for (const word of text.split(/\s*(?:,|\band\b|\s)\s*/).filter(Boolean)) {
    const name = known.find((one) => one.toLowerCase() === word.toLowerCase());
    if (name === undefined) {
      const meant = closest(word, known);
      return unclear(word, `it is none of the clusters${meant === null ? '' : `; did you mean ${meant}?`}`);
    }
    if (!names.includes(name)) names.push(name);
  }
  return names.length === 0 ? unclear(text, 'name clusters, or say for all') : { names };
}

/** `<#C0123|ops>` as Slack writes a channel that was typed, or its id. */
function channelIn(text: string): string | null {
  return /^<#([CG][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(text)?.[1] ?? /^[CG][A-Z0-9]{4,}$/.exec(text)?.[0] ?? null;
}

function unclear(part: string, why: string): Extract<ReadRequest, { kind: 'unclear' }> {
  return { kind: 'unclear', part, why };
}
