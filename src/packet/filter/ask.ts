import { type AddressRange, formatRange } from './address.ts';
import { converse, type Leg } from './conversation.ts';
import { type Host, viewOf } from './host.ts';
import type { Ruleset } from './model.ts';
import type { Decision } from './packet.ts';
import { piecesOf } from './pieces.ts';
import { inWords, type RuleInWords, seenByClient } from './words.ts';

/** Would the host's firewall let a new TCP connection through, and its replies out? */
export interface Question {
  /** The client's address, or a range of which every part is judged. */
  readonly source: AddressRange;
  /** One address that the client connects to. */
  readonly address: AddressRange;
  readonly port: number;
}

export interface Answer {
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** What stops it, or may; null when nothing does. */
  readonly how: 'drop' | 'reject' | 'unreadable' | null;
  /** What the client sees of a denial, such as `a timeout`; null unless denied. */
  readonly seen: string | null;
  /** The rule or policy that decides: the one that stops it, may stop it, or let it pass last. */
  readonly rule: RuleInWords | null;
  /** In a person's words, without the rule's text. */
  readonly why: string;
}

export interface Passage {
  /** The part of the asked source that is treated alike: an address, a CIDR or `first-last`. */
  readonly source: string;
  readonly in: Answer;
  readonly replies: Answer;
}

/** One passage for each part of the source that the rules treat differently; one in all where they don't. */
export function ask(question: Question, ruleset: Ruleset, host: Host): readonly Passage[] {
  const view = viewOf(host);
  const judged = piecesOf(question.source, ruleset, view).map((source) => {
    const legs = converse({ ...question, source }, ruleset, view);
    return { range: source, in: answerOf('in', legs, ruleset), replies: answerOf('replies', legs, ruleset) };
  });
  const merged: typeof judged = [];
  for (const piece of judged) {
    const before = merged.at(-1);
    if (before !== undefined && sameAnswer(before.in, piece.in) && sameAnswer(before.replies, piece.replies)) {
      merged[merged.length - 1] = { ...before, range: { ...before.range, hi: piece.range.hi } };
    } else merged.push(piece);
  }
  const [only, ...others] = merged;
  const isWhole = only !== undefined && others.length === 0;
  return merged.map(({ range, ...answers }) => ({
    source: formatRange(isWhole ? question.source : range),
    ...answers,
  }));
}

function answerOf(direction: Leg['direction'], legs: readonly Leg[], ruleset: Ruleset): Answer {
  const own = legs.filter((leg) => leg.direction === direction);
  const denied = own.find(({ arrived }) => arrived.length === 0);
  if (denied !== undefined) return denial(denied);
  const doubtful = own.find(({ stopped }) => stopped.length > 0);
  if (doubtful !== undefined) return uncertainty(doubtful);
  const rule = decisionIn(own);
  if (ruleset.gaps.length > 0) {
    return {
      verdict: 'unknown',
      how: null,
      seen: null,
      rule,
      why: `what could be read lets it pass, but ${ruleset.gaps.join('; ')}`,
    };
  }
  return {
    verdict: 'allow',
    how: null,
    seen: null,
    rule,
    why: rule === null ? 'no rule stands in its way' : 'it is let pass',
  };
}

function denial(leg: Leg): Answer {
  const first = leg.stopped.find(({ how }) => how !== 'lost') ?? leg.stopped[0];
  if (first === undefined || first.how === 'lost') return unheardOf(leg);
  const how = first.how === 'reject' ? 'reject' : 'drop';
  const several = new Set(leg.stopped.map(({ by }) => by?.rule ?? by?.chain)).size > 1;
  const end = first.how === 'astray' ? `goes astray: ${first.detail}` : `is ${words[first.how]}`;
  return {
    verdict: 'deny',
    how,
    seen: seenByClient(leg.direction, leg.stopped),
    rule: first.by === null ? null : inWords(first.by, first.how, first.detail),
    why: `${leg.packet} ${end}${several ? ', by this rule or another' : ''}`,
  };
}

function uncertainty(leg: Leg): Answer {
  const stop = leg.stopped.find(({ how }) => how !== 'lost') ?? leg.stopped[0];
  if (stop === undefined) return unheardOf(leg);
  const doubts = [...new Set([stop, ...leg.stopped].flatMap(({ packet }) => packet.doubts))].slice(0, 4);
  const dependsOn = doubts.length > 0 ? doubts.join('; ') : 'what an earlier rule does';
  const end = stop.how === 'astray' ? `go astray (${stop.detail})` : `be ${words[stop.how]}`;
  return {
    verdict: 'unknown',
    how: stop.how === 'lost' ? 'unreadable' : stop.how === 'reject' ? 'reject' : 'drop',
    seen: null,
    rule: stop.by === null ? null : inWords(stop.by, stop.how, stop.detail),
    why: `${leg.packet} may ${end}; that depends on what can't be read from the rules: ${dependsOn}`,
  };
}

const words = { drop: 'dropped', reject: 'rejected', lost: 'stopped' } as const;

/** Neither arrived nor stopped: a packet that never set out, since none before it could be made out. */
function unheardOf(leg: Leg): Answer {
  return { verdict: 'unknown', how: null, seen: null, rule: null, why: `what becomes of ${leg.packet} can't be told` };
}

/** What let the first packet of that direction pass. */
function decisionIn(legs: readonly Leg[]): RuleInWords | null {
  const decision: Decision | null | undefined = legs[0]?.arrived[0]?.passedBy;
  return decision ? inWords(decision, 'accept', '') : null;
}

function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.verdict === 'allow' && b.verdict === 'allow') return true;
  return a.verdict === b.verdict && a.rule?.place === b.rule?.place && a.rule?.text === b.rule?.text && a.why === b.why;
}
