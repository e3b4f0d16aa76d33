import type { WayPart, WayStep, WayVerdict } from './judge-way.ts';

/**
 * The way in a line, as far as it is open: `203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 denied: no rule
 * of sg-0a1 (api) allows tcp 6443 from 203.0.113.7`. A client that is treated differently in parts is told part by part.
 */
export function wayWords({ client, parts }: WayVerdict): string {
  const told = parts
    .filter(({ counts }) => counts)
    .map((part) => ({ verdict: part.verdict, from: part.client, words: partWords(part) }));
  const [first, ...others] = told;
  if (first === undefined) return `${client} unknown`;
  if (others.every(({ words }) => words === first.words)) return `${client}${first.words}`;
  const shown = told.toSorted((a, b) => order[a.verdict] - order[b.verdict]).slice(0, mostParts);
  const more = told.length > shown.length ? `; ${told.length - shown.length} more parts` : '';
  return `of ${client}: ${shown.map(({ from, words }) => `${from}${words}`).join('; ')}${more}`;
}

const order = { deny: 0, unknown: 1, allow: 2 } as const;
const mostParts = 3;

/** What follows the client. */
function partWords({ steps, verdict, decides }: WayPart): string {
  const legs: string[] = [''];
  const stages = [...new Set(steps.map(({ stage }) => stage))].sort((a, b) => a - b);
  for (const stage of stages) {
    const hops = hopsOf(steps.filter((step) => step.stage === stage && !isLater(step)));
    if (hops.length > 0) legs.push(stageWords(hops));
    // Beyond a hop that lets nothing pass nobody needs to look.
    if (hops.length > 0 && hops.every(({ step }) => step?.verdict === 'deny')) return legs.join(' → ');
  }
  const way = legs.join(' → ');
  const later = steps.filter(isLater);
  const trouble = later.find((step) => step.verdict === 'deny') ?? later.find((step) => step.verdict !== 'allow');
  if (trouble !== undefined) {
    const place = trouble.what === 'unread' ? 'the rest' : `replies at ${trouble.at}`;
    return `${way} → ${place} ${verdictWords(trouble)}`;
  }
  if (verdict === 'allow') return `${way} → replies allowed`;
  return legs.length === 1 && decides !== null ? `${way} ${verdictWords(decides)}` : way;
}

interface Hop {
  readonly at: string;
  /** What is worst about it; null when it lets all pass. */
  readonly step: WayStep | null;
}

function hopsOf(steps: readonly WayStep[]): readonly Hop[] {
  const places = [...new Set(steps.map(({ at }) => at))];
  return places.map((at) => {
    const own = steps.filter((step) => step.at === at);
    const denial = own.find(({ verdict }) => verdict === 'deny');
    return { at, step: denial ?? own.find(({ verdict }) => verdict === 'unknown') ?? null };
  });
}

/** Choices that fare alike are told in one. */
function stageWords(hops: readonly Hop[]): string {
  const alike = Map.groupBy(hops, ({ step }) => (step === null ? 'allowed' : verdictWords(step)));
  return [...alike].map(([words, those]) => `${listed(those.map(({ at }) => at))} ${words}`).join(', ');
}

function verdictWords({ verdict, rule, why }: WayStep): string {
  switch (verdict) {
    case 'allow':
      return 'allowed';
    case 'deny':
      return rule === null ? 'denied' : `denied: ${rule}`;
    case 'unknown':
      return `unknown, it hangs on ${why ?? 'what was not read'}${rule === null ? '' : ` (${rule})`}`;
    default:
      return verdict satisfies never;
  }
}

/** Replies, and what is about the way as a whole. */
function isLater({ what }: WayStep): boolean {
  return ['acl replies', 'acl replies in', 'route back', 'unread'].includes(what);
}

function listed(words: readonly string[]): string {
  const shown =
    words.length > mostListed ? [...words.slice(0, mostListed), `${words.length - mostListed} more`] : words;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

const mostListed = 4;
