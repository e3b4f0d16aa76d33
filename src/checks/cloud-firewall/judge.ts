import type { Detail, Finding } from '../../words/evidence.ts';
import type { JudgeInput } from '../contract.ts';
import type { CloudFirewallFacts, CloudFirewallParams, CloudJudged, Walk } from './contract.ts';
import { placeWords } from './entry.ts';

/**
 * A source that a way in denies is a problem; one of which only a part is denied leaves open whether the failing clients
 * are among it. What could not be read is never taken for allowed.
 */
export function judgeCloudFirewall({ params, facts }: JudgeInput<CloudFirewallParams, CloudFirewallFacts>): Finding {
  const details = detailsOf(facts);
  const { judged } = facts;
  if (judged.length === 0) return { ...nobodyJudged(params, facts), details };

  const outcomes = judged.map((one) => ({ source: one.source, ...worstOf(one) }));
  const leading = (['denied', 'someWays', 'unsure', 'allowed'] as const).flatMap((kind) =>
    outcomes.filter((one) => one.kind === kind),
  );
  const [first] = leading;
  if (first === undefined) throw new TypeError('none of the sources has an outcome');
  const alike = leading.filter((one) => one.kind === first.kind && waySaid(one) === waySaid(first));
  const way = wayOf(
    alike.map(({ source }) => source),
    first,
  );
  const verdict = verdicts[first.kind];
  const others = leading.filter((one) => one.kind === first.kind).length - alike.length;
  return {
    verdict,
    way,
    reason: [`${way}.`, ...restWords(first, others, outcomes.length), ...unreadWords(facts, verdict)].join(' '),
    details,
  };
}

function nobodyJudged(
  { entry }: CloudFirewallParams,
  { leftOut, troubles, waysIn, elsewhere }: CloudFirewallFacts,
): Pick<Finding, 'verdict' | 'reason'> {
  const where = entry === null ? 'the API server' : placeWords(entry.host, entry.port);
  const [trouble] = troubles;
  if (waysIn > 0) {
    const why = leftOut.map((one) => `${one.source} (it hangs on ${one.why})`).join('; ');
    return {
      verdict: 'unknown',
      reason: `The cloud's rules were read, but whom they are to be judged for is not known: ${why}.`,
    };
  }
  if (trouble !== undefined) return { verdict: 'unknown', reason: `The cloud's rules can't be read: ${trouble}.` };
  if (elsewhere > 0) {
    const ways = elsewhere === 1 ? 'the way in that was read begins' : `the ${elsewhere} ways in that were read begin`;
    return {
      verdict: 'unknown',
      reason: `Whether a cloud's rules stand before ${where} can't be told: ${ways} elsewhere.`,
    };
  }
  return { verdict: 'notApplicable', reason: `No cloud that is read stands on the way to ${where}.` };
}

/** What is worst about a source, over all ways in: a client may take any of them. */
interface Worst {
  readonly kind: 'denied' | 'someWays' | 'unsure' | 'allowed';
  readonly walk: Walk;
  /** How many ways fare alike. */
  readonly alike: number;
}

const verdicts = { denied: 'problem', someWays: 'problem', unsure: 'unknown', allowed: 'ok' } as const;

function worstOf({ walks: [walk], ways }: CloudJudged): Worst {
  if (walk === undefined) throw new TypeError('a source was judged along no way at all');
  const { allow, deny, unknown } = ways;
  if (deny > 0) return { kind: allow + unknown === 0 ? 'denied' : 'someWays', walk, alike: deny };
  return unknown > 0 ? { kind: 'unsure', walk, alike: unknown } : { kind: 'allowed', walk, alike: allow };
}

/** Rules that deny name whom they deny: told of several sources, these are them. */
function waySaid({ source, walk }: { readonly source: string; readonly walk: Walk }): string {
  return walk.words.replaceAll(source, 'them');
}

/** `203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 denied: … (removed 14:03:12 UTC by alice)`. */
function wayOf(sources: readonly string[], first: Worst & { readonly source: string }): string {
  const { alike } = first;
  const { changed } = first.walk;
  const words = sources.length > 1 ? waySaid(first) : first.walk.words;
  const since = changed === null ? '' : ` (${changed})`;
  const ways = alike < 2 ? '' : `, and so by ${alike - 1} more ${alike === 2 ? 'way' : 'ways'}`;
  const from = words.startsWith('→') ? `${listed(sources.map(sourceWords))} ` : '';
  return `${from}${words}${since}${ways}`;
}

function restWords({ kind, walk }: Worst, others: number, sources: number): string[] {
  const more =
    others === 0 ? [] : [`${others} more of ${sources} sources ${others === 1 ? 'fares' : 'fare'} no better.`];
  switch (kind) {
    case 'denied':
      return more;
    case 'someWays':
      return ['Other ways in are not denied, but clients that take this one fail.', ...more];
    case 'unsure': {
      return walk.split
        ? ['Whether the failing clients are among those that are not let in is not known.', ...more]
        : more;
    }
    case 'allowed':
      return [];
    default:
      return kind satisfies never;
  }
}

/** A denial stands whatever else could not be read. */
function unreadWords({ leftOut, troubles }: CloudFirewallFacts, verdict: Finding['verdict']): string[] {
  if (verdict === 'problem') return [];
  const [trouble] = troubles;
  return [
    ...(leftOut.length === 0
      ? []
      : [`Not judged, as it arrives by another address: ${listed(leftOut.map(({ source }) => source))}.`]),
    ...(trouble === undefined ? [] : [`Not all of it could be read: ${trouble}.`]),
  ];
}

function detailsOf({ judged, leftOut, walked, accounts, troubles }: CloudFirewallFacts): Detail[] {
  return [
    ...judged.flatMap(({ source, walks, ways }) => [
      ...walks.map(({ account, words, changed }) => ({
        label: `${source}, in ${account}`,
        value: `${words}${changed === null ? '' : ` (${changed})`}`,
      })),
      ...moreDetail(source, walks.length, ways),
    ]),
    ...walked.map(({ source, account, steps }) => ({
      label: `Step by step: ${source}, in ${account}`,
      value: steps.map(stepWords).join('\n'),
    })),
    ...leftOut.map(({ source, why }) => ({ label: source, value: `not judged: it hangs on ${why}` })),
    ...accounts.map(({ name, ways, readAt }) => ({
      label: name,
      value: readAt === null ? 'not read' : `${ways} ${ways === 1 ? 'way' : 'ways'} in, read ${utc(readAt)}`,
    })),
    ...troubles.map((value) => ({ label: 'Not read', value })),
  ];
}

function moreDetail(source: string, shown: number, { allow, deny, unknown }: CloudJudged['ways']): Detail[] {
  const more = allow + deny + unknown - shown;
  return more <= 0 ? [] : [{ label: source, value: `${more} more ways, judged like those told or better` }];
}

function stepWords({ at, what, verdict, rule, why }: CloudFirewallFacts['walked'][number]['steps'][number]): string {
  const because = [rule, why].filter((words) => words !== null).join('; ');
  return `${at}, ${what}: ${verdict}${because === '' ? '' : `: ${because}`}`;
}

function sourceWords(source: string): string {
  if (source === '0.0.0.0/0') return 'any IPv4 client';
  return source === '::/0' ? 'any IPv6 client' : source;
}

/** `a`, `a and b`, `a, b and c`; of many, how many more. */
function listed(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  const shown = distinct.length > 5 ? [...distinct.slice(0, 5), `${distinct.length - 5} more`] : distinct;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
