import { closest } from '../briefing/closest.ts';
import { type LookBack, parseLookBack } from './look-back.ts';

/** What somebody asked of the product in words, by slash command or mention. */
export type Request =
  /** `report`: what was said of when it began and for whom, to be read in the person's time zone: `since 14:05 from 203.0.113.0/24`. */
  | { readonly kind: 'investigate'; readonly cluster: string | null; readonly report: string | null }
  | { readonly kind: 'status' }
  /** `cluster`: null: all. */
  | { readonly kind: 'health'; readonly cluster: string | null }
  | { readonly kind: 'schedule'; readonly wants: ScheduleWish }
  | (LookBack & { readonly kind: 'history' | 'audit' })
  | { readonly kind: 'help' }
  /** `part`: what was not understood; `suggestion`: what was likely meant, to type. */
  | { readonly kind: 'unclear'; readonly part: string; readonly suggestion: string | null };

/** What is asked of health posts. `text`: when, where and of which clusters, as it was typed; empty: by a window. */
export type ScheduleWish =
  | { readonly kind: 'list' }
  | { readonly kind: 'add'; readonly text: string }
  | { readonly kind: 'pause' | 'resume' | 'remove'; readonly id: string };

export const verbs = ['investigate', 'status', 'health', 'schedule', 'history', 'audit', 'help'] as const;

/** Pure. `clusters`: the names that are configured. */
export function parseRequest(text: string, clusters: readonly string[]): Request {
  const [verb = 'help', first, ...rest] = text.trim().split(/\s+/).filter(Boolean);
  switch (verb.toLowerCase()) {
    case 'investigate':
      return investigate(first === undefined ? [] : [first, ...rest]);
    case 'health':
      if (rest.length > 0) return unclear(rest.join(' '), `health ${first}`);
      return { kind: 'health', cluster: first ?? null };
    case 'schedule':
      return schedule(first, rest);
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
/** What was said beside the mention, as Slack hands it over: the words of a command, if it is one. */
export function withoutMentions(text: string): string {
  return text.replaceAll(/<@[A-Z0-9]+(\|[^>]*)?>/g, ' ');
}

function investigate(words: readonly string[]): Request {
  const told = words.findIndex((word) => /^(since|from)$/i.test(word));
  const [cluster = null, ...others] = told === -1 ? words : words.slice(0, told);
  if (others.length > 0) return unclear(others.join(' '), `investigate ${cluster}`);
  return { kind: 'investigate', cluster, report: told === -1 ? null : words.slice(told).join(' ') };
}

const wishes = ['list', 'add', 'pause', 'resume', 'remove'] as const;

function schedule(first: string | undefined, rest: readonly string[]): Request {
  const wish = first?.toLowerCase() ?? 'list';
  switch (wish) {
    case 'list':
      return { kind: 'schedule', wants: { kind: 'list' } };
    case 'add':
      return { kind: 'schedule', wants: { kind: 'add', text: rest.join(' ') } };
    case 'pause':
    case 'resume':
    case 'remove': {
      const [id, ...others] = rest;
      if (id === undefined || others.length > 0) return unclear(rest.join(' ') || wish, `schedule ${wish} hp-k3f9x2`);
      return { kind: 'schedule', wants: { kind: wish, id: id.toLowerCase() } };
    }
    default: {
      const near = closest(wish, wishes);
      return unclear(first ?? wish, near === null ? 'schedule' : ['schedule', near, ...rest].join(' '));
    }
  }
}

export type ClusterChoice =
  | { readonly kind: 'chosen'; readonly cluster: string }
  /** Not named, and not the only one: the one of the last time in this channel. `others`: what else there is. */
  | { readonly kind: 'remembered'; readonly cluster: string; readonly others: readonly string[] }
  | { readonly kind: 'unknown'; readonly given: string; readonly suggestion: string | null }
  /** More than one would do. */
  | { readonly kind: 'ask'; readonly names: readonly string[] }
  | { readonly kind: 'none' };

/** A cluster, and the channels it belongs to by configuration. */
export interface ClusterInSlack {
  readonly name: string;
  readonly channels: readonly string[];
}

/**
 * The name that was given; else the only one of this channel; else the only one there is; else the one that was asked
 * for last in this channel; else the person chooses. Pure.
 */
export function chooseCluster(
  clusters: readonly ClusterInSlack[],
  channel: string,
  given: string | null,
  last: string | null = null,
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
  const hereFirst = [...here, ...names.filter((name) => !here.includes(name))];
  // One that is not configured any more is forgotten.
  if (last !== null && names.includes(last)) {
    return { kind: 'remembered', cluster: last, others: hereFirst.filter((name) => name !== last) };
  }
  return { kind: 'ask', names: hereFirst };
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
