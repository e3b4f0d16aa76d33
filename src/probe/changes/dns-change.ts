import type { Change } from '../../words/change.ts';
import type { DnsAnswer, DnsLook } from './dns-answer.ts';
import { type Answers, isSame, nextAnswer } from './turns.ts';

type Answered = Exclude<DnsAnswer, { kind: 'failed' }>;

/** What is known of one name. */
export interface KnownName {
  readonly answers: Answers;
  readonly last: Answered;
  /** The longest that any look told of this answer: a resolver that keeps it tells what is left. */
  readonly ttlMs: number | null;
  /** When the last look began. Epoch ms. */
  readonly at: number;
}

/** A name, and the port that clients use with it. */
export interface NamedEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Takes one look in, with those that were made right after it because it differed. Failed ones are none. Pure. */
export function afterLook(
  before: KnownName | null,
  { at, endAt, answer }: DnsLook,
  again: readonly DnsLook[],
  endpoint: NamedEndpoint,
): { readonly known: KnownName | null; readonly changes: readonly Change[] } {
  if (answer.kind === 'failed') return { known: before, changes: [] };
  const now = completed(answer, before?.last ?? null);
  const asWell = again.flatMap((look) => (look.answer.kind === 'failed' ? [] : [thingsOf(look.answer)]));
  const { answers, isNews } = nextAnswer(before?.answers ?? null, thingsOf(now), at, asWell);
  const ttlMs = now.kind === 'addresses' ? now.ttlMs : null;
  const isKept = before !== null && isSame(before.answers.now, answers.now);
  const known = { answers, last: now, at, ttlMs: isKept ? longer(before.ttlMs, ttlMs) : ttlMs };
  if (before === null) return { known, changes: [] };
  const changes = isNews ? [ofAnswer(before, now, endAt, endpoint)] : [];
  return { known, changes: [...changes, ...ofResolvers(before, now, endAt, endpoint, isNews)] };
}

/** Would it be told? Then it is worth asking again. */
export function differs(before: KnownName | null, { answer }: DnsLook): boolean {
  if (answer.kind === 'failed') return false;
  return before === null || !isSame(before.answers.now, thingsOf(completed(answer, before.last)));
}

function longer(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** That aliases could not be asked for looks like having none: with the same addresses they are taken to be the same. */
function completed(answer: Answered, last: Answered | null): Answered {
  if (answer.kind !== 'addresses' || last?.kind !== 'addresses' || answer.aliases.length > 0) return answer;
  return isSame(answer.addresses, last.addresses) ? { ...answer, aliases: last.aliases } : answer;
}

function thingsOf(answer: Answered): readonly string[] {
  if (answer.kind === 'nothing') return [];
  return [...answer.addresses, ...answer.aliases.map((alias) => `alias ${alias}`)];
}

function addressesOf(answer: Answered): readonly string[] {
  return answer.kind === 'nothing' ? [] : answer.addresses;
}

function ofAnswer(before: KnownName, now: Answered, endAt: number, { host, port }: NamedEndpoint): Change {
  const was = before.last;
  const [old, current] = [addressesOf(was), addressesOf(now)];
  return {
    ...about(host, before.at, endAt),
    id: `prober:dns:${host}:${before.at}`,
    action: now.kind === 'nothing' ? 'delete' : was.kind === 'nothing' ? 'create' : 'update',
    target: {
      kind: 'DNS name',
      namespace: null,
      name: host,
      node: null,
      addresses: [...new Set([...current, ...old])].slice(0, 64),
      ports: [port],
    },
    summary: `DNS: ${summaryOf(host, was, now)}`.slice(0, 500),
    diff: diffOf(before, now),
    effect: effectOf(was, now),
    // Resolvers may hand out the answer before until then.
    untilAt: before.ttlMs === null ? null : endAt + before.ttlMs,
  };
}

function about(host: string, earliestAt: number, latestAt: number) {
  return {
    source: 'prober',
    instance: 'bot',
    category: 'dns' as const,
    earliestAt,
    latestAt,
    observedAt: latestAt,
    certainty: 'seen' as const,
    actor: null,
    link: null,
    id: `prober:dns:${host}:${earliestAt}`,
  };
}

function summaryOf(host: string, was: Answered, now: Answered): string {
  const [old, current] = [addressesOf(was), addressesOf(now)];
  if (now.kind === 'nothing') return `${host} leads nowhere any more (${now.code}); it led to ${listed(old)}`;
  if (was.kind === 'nothing') return `${host} leads to ${listed(current)}; it led nowhere before (${was.code})`;
  const added = current.filter((one) => !old.includes(one));
  const removed = old.filter((one) => !current.includes(one));
  if (added.length === 0 && removed.length === 0) return `${host} leads by other aliases to the same addresses`;
  if (removed.length === 0) return `${host} leads to ${listed(added)} as well`;
  if (added.length === 0) return `${host} does not lead to ${listed(removed)} any more`;
  return `${host} leads to ${listed(current)} rather than ${listed(old)}`;
}

function diffOf({ last: was, ttlMs }: KnownName, now: Answered): string[] {
  const [old, current] = [thingsOf(was), thingsOf(now)];
  const named = (thing: string) => (thing.startsWith('alias ') ? thing : `address ${thing}`);
  const newTtlMs = now.kind === 'addresses' ? now.ttlMs : null;
  return [
    ...old.filter((thing) => !current.includes(thing)).map((thing) => `${named(thing)} removed`),
    ...current.filter((thing) => !old.includes(thing)).map((thing) => `${named(thing)} added`),
    ...(ttlMs === null || newTtlMs === null || ttlMs === newTtlMs
      ? []
      : [`TTL ${ttlMs / 1000} s -> ${newTtlMs / 1000} s`]),
    ...(now.kind === 'nothing' ? [now.code] : []),
    `asked of ${listed(now.resolvers)}`,
  ].slice(0, 40);
}

/** Whether the API server answers at other addresses is not known here. */
function effectOf(was: Answered, now: Answered): Change['effect'] {
  const [old, current] = [addressesOf(was), addressesOf(now)];
  const judged = (verdict: 'breaks' | 'mends' | 'none', words: string) => ({ kind: 'judged' as const, verdict, words });
  if (now.kind === 'nothing')
    return judged('breaks', 'After it the name has no address: who looks it up anew can not connect.');
  if (was.kind === 'nothing') return judged('mends', 'After it the name has an address again.');
  if (isSame(old, current)) return judged('none', 'It leads to the same addresses as before.');
  return null;
}

function ofResolvers(
  before: KnownName,
  now: Answered,
  endAt: number,
  { host, port }: NamedEndpoint,
  isNews: boolean,
): readonly Change[] {
  const [old, current] = [before.last.resolvers, now.resolvers];
  if (isSame(old.toSorted(), current.toSorted())) return [];
  const words = isNews
    ? 'Another answer came with it: it may be theirs.'
    : 'They answer as those before: for this name it changed nothing.';
  return [
    {
      ...about(host, before.at, endAt),
      id: `prober:dns:resolvers:${host}:${before.at}`,
      action: 'update',
      target: {
        kind: 'DNS resolver',
        namespace: null,
        name: 'resolvers of the bot',
        node: null,
        addresses: [],
        ports: [port],
      },
      summary: `DNS: the bot asks ${listed(current)} rather than ${listed(old)}`.slice(0, 500),
      diff: [],
      effect: { kind: 'judged', verdict: isNews ? 'unknown' : 'none', words },
      untilAt: null,
    },
  ];
}

const mostListed = 6;

function listed(things: readonly string[]): string {
  const rest = things.length - mostListed;
  return things.slice(0, mostListed).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
