import type { RangePassage } from '../../words/change.ts';
import { type AddressRange, formatAddress, parseAddress, parseRange } from '../filter/address.ts';
import { knownOf } from './known.ts';
import type { CloudModel, CloudWay } from './model.ts';
import { edgesOf, piecesOf } from './pieces.ts';
import { rulesInWords } from './ruling.ts';
import { type Walked, walk } from './walk.ts';

/**
 * What becomes of every client's new connection by the rules of the way, in ranges that are treated alike, for each
 * address of the way; at most 256. Whether targets are healthy is left out, save that a healthy one goes before others:
 * that follows from the rules, too, and a change to them is judged by both sides of it. Pure.
 */
export function cloudPassages(model: CloudModel, way: CloudWay): readonly RangePassage[] {
  const known = knownOf(model);
  const edges = edgesOf(known, way);
  const addresses = [...new Set(way.addresses)].slice(0, mostAddresses);
  const most = Math.floor(mostPassages / Math.max(1, addresses.length));
  return addresses.flatMap((to) => {
    const address = parseAddress(to);
    const everyone = parseRange(address?.family === 6 ? '::/0' : '0.0.0.0/0');
    if (everyone === null) return [];
    const passages = piecesOf(everyone, edges).map((range) => {
      const walked = walk(known, way, { range, to: address }, false);
      return { range, verdict: walked.verdict, rule: ruleOf(walked) };
    });
    return fewer(joined(passages), most).map(({ range: { family, lo, hi }, verdict, rule }) => ({
      first: formatAddress(family, lo),
      last: formatAddress(family, hi),
      to,
      verdict,
      rule,
    }));
  });
}

const mostPassages = 256;
const mostAddresses = 16;
const longestRule = 500;

interface Passage {
  readonly range: AddressRange;
  readonly verdict: RangePassage['verdict'];
  readonly rule: string | null;
}

/**
 * The rule that denies. Of an unknown all that is not sure: only two that hang on the same are taken for the same
 * when a change is judged. Of what is allowed none, so that neighbours which different rules let in are one.
 */
function ruleOf({ verdict, steps, decides }: Walked): string | null {
  if (verdict === 'allow' || decides === null) return null;
  const told = verdict === 'deny' ? [decides] : steps.filter(({ ruling }) => ruling.verdict !== 'allow');
  const words = told.map(({ ruling }) => {
    const rules = rulesInWords(ruling.rules, null);
    return ruling.why === null ? rules : `unknown: ${ruling.why}${rules === null ? '' : ` (${rules})`}`;
  });
  const sentence = [...new Set(words.filter((word) => word !== null))].join('; ');
  return sentence === '' ? null : sentence.slice(0, longestRule);
}

function joined(passages: readonly Passage[]): readonly Passage[] {
  const wider: Passage[] = [];
  for (const one of passages) {
    const last = wider.at(-1);
    if (last !== undefined && last.verdict === one.verdict && last.rule === one.rule) {
      wider[wider.length - 1] = { ...last, range: { ...last.range, hi: one.range.hi } };
    } else wider.push(one);
  }
  return wider;
}

/** Where there are more than can be told: neighbours in the smallest ranges become one, which is unknown unless both are denied. */
function fewer(passages: readonly Passage[], most: number): readonly Passage[] {
  let left = passages;
  while (left.length > most) {
    const widths = left.slice(1).map(({ range }, place) => range.hi - (left[place]?.range.lo ?? 0n));
    const widest = widths.toSorted((a, b) => (a < b ? -1 : 1))[left.length - most - 1] ?? 0n;
    const next: Passage[] = [];
    for (const [place, one] of left.entries()) {
      const last = next.at(-1);
      const isEnough = next.length + left.length - place <= most;
      // Each with one neighbour at a time, so that none grows while smaller ones are left.
      if (last === undefined || isEnough || last !== left[place - 1] || one.range.hi - last.range.lo > widest)
        next.push(one);
      else next[next.length - 1] = merged(last, one);
    }
    left = next;
  }
  return left;
}

function merged(one: Passage, other: Passage): Passage {
  const range = { ...one.range, hi: other.range.hi };
  const isDenied = one.verdict === 'deny' && other.verdict === 'deny';
  return isDenied ? { range, verdict: 'deny', rule: null } : { range, verdict: 'unknown', rule: tooMany };
}

const tooMany = 'unknown: rules differ within this range more often than can be told';
