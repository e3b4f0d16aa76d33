import { closest } from '../briefing/closest.ts';
import { type LookBack, parseLookBack } from './look-back.ts';

/** What somebody asked of the product in words, by slash command or mention. */
export type Request =
  /** `report`: what was said of when it began and for whom, to be read in the person's time zone: `since 14:05 from 203.0.113.0/24`. */
  | { readonly kind: 'investigate'; readonly cluster: string | null; readonly report: string | null }
  | { readonly kind: 'status' }
  | (LookBack & { readonly kind: 'history' | 'audit' })
  | { readonly kind: 'help' }
  /** `part`: what was not understood; `suggestion`: what was likely meant, to type. */
  | { readonly kind: 'unclear'; readonly part: string; readonly suggestion: string | null };

export const verbs = ['investigate', 'status', 'history', 'audit', 'help'] as const;

/** Pure. `clusters`: the names that are configured. */
export function parseRequest(text: string, clusters: readonly string[]): Request {
  const [verb = 'help', first, ...rest] = text.trim().split(/\s+/).filter(Boolean);
  switch (verb.toLowerCase()) {
    case 'investigate':
      return investigate(first === undefined ? [] : [first, ...rest]);
    case 'history':
    case 'audit': {
      const kind = verb.toLowerCase() === 'history' ? 'history' : 'audit';
      return { kind, ...parseLookBack(first === undefined ? [] : [first, ...rest], clusters) };
    }
    case 'status':
    case 'help':
      if (first !== undefined) return unclear([first, ...rest].join(' '), verb.toLowerCase());
      return { kind: verb.toLowerCase() === 'status' ? 'status' : 'help' };
    default:
      return unclear(verb, suggestionFor(verb, first, clusters));
  }
}

/** The cluster goes first, then what is told of the failure. */
function investigate(words: readonly string[]): Request {
  const told = words.findIndex((word) => /^(since|from)$/i.test(word));
  const [cluster = null, ...others] = told === -1 ? words : words.slice(0, told);
  if (others.length > 0) return unclear(others.join(' '), `investigate ${cluster}`);
  return { kind: 'investigate', cluster, report: told === -1 ? null : words.slice(told).join(' ') };
}

export type ClusterChoice =
  | { readonly kind: 'chosen'; readonly cluster: string }
  | { readonly kind: 'unknown'; readonly given: string; readonly suggestion: string | null }
  /** More than one would do. */
  | { readonly kind: 'ask'; readonly names: readonly string[] }
  | { readonly kind: 'none' };

/** A cluster, and the channels it belongs to by configuration. */
export interface ClusterInSlack {
  readonly name: string;
  readonly channels: readonly string[];
}

/** The name that was given; else the only one of this channel; else the only one there is; else the person chooses. Pure. */
export function chooseCluster(
  clusters: readonly ClusterInSlack[],
  channel: string,
  given: string | null,
): ClusterChoice {
  const names = clusters.map(({ name }) => name);
  if (given !== null) {
    const exact = names.find((name) => name === given) ?? onlyOne(names.filter((name) => same(name, given)));
    return exact === null
      ? { kind: 'unknown', given, suggestion: closest(given, names) }
      : { kind: 'chosen', cluster: exact };
  }
  const here = clusters.filter(({ channels }) => channels.includes(channel)).map(({ name }) => name);
  const only = onlyOne(here) ?? onlyOne(names);
  if (only !== null) return { kind: 'chosen', cluster: only };
  if (names.length === 0) return { kind: 'none' };
  return { kind: 'ask', names: here.length > 0 ? [...here, ...names.filter((name) => !here.includes(name))] : names };
}

function unclear(part: string, suggestion: string | null): Request {
  return { kind: 'unclear', part, suggestion };
}

function suggestionFor(verb: string, first: string | undefined, clusters: readonly string[]): string | null {
  const cluster = clusters.find((name) => same(name, verb));
  if (cluster !== undefined) return `investigate ${cluster}`;
  const near = closest(verb, verbs);
  if (near === 'investigate' && first !== undefined) return `investigate ${closest(first, clusters) ?? first}`;
  return near;
}

function onlyOne(names: readonly string[]): string | null {
  return names.length === 1 ? (names[0] ?? null) : null;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
