import { z } from 'zod';
import {
  constant,
  doubt,
  type Entry,
  type Expr,
  field,
  type MatchSet,
  never,
  type Outcome,
  type Statement,
  type Test,
} from '../model.ts';
import { harmlessTargets } from '../targets.ts';
import { exactly, type Pattern, unknown } from '../value.ts';
import { kindOf } from './document.ts';
import { elementsOf, type FindSet, readEntries, readExpression, readValue } from './expression.ts';
import { readPattern, readScalar, type Type } from './literal.ts';

export interface StatementContext {
  readonly find: FindSet;
  /** The key of a chain in the same table. */
  chainKey(name: string): string;
  /** Of the table; `inet` and `netdev` see both. */
  readonly family: 4 | 6 | null;
}

/** One statement of a rule. Never fails: what has no meaning here becomes a doubt or a handing over. */
export function readStatement(json: unknown, context: StatementContext): readonly Statement[] {
  const thing = kindOf(json);
  if (thing === null) return [handedOver(json)];
  const { kind, body } = thing;
  if (harmless.has(kind)) return [];
  const outcome = readOutcome(json, context);
  if (outcome?.kind === 'reject') return [...ofRejectedFamily(outcome.with, context), outcome];
  if (outcome !== null) return [outcome];
  switch (kind) {
    case 'match':
      return [readMatch(body, context.find)];
    case 'vmap':
      return [readVerdictMap(body, context) ?? handedOver(json)];
    case 'mangle':
      return [readMangle(body, context.find) ?? handedOver(json)];
    case 'notrack':
      return [{ kind: 'doNotTrack' }];
    case 'masquerade':
      return [{ kind: 'masquerade' }];
    case 'redirect':
      return [{ kind: 'redirect', port: portOf(body, context.find) }];
    case 'dnat':
    case 'snat':
      return readTranslation(kind, body, context) ?? [handedOver(json)];
    case 'limit':
    case 'quota':
    case 'ct count':
    case 'meter':
    case 'hashlimit':
      return [doubt(`whether the ${kind === 'meter' ? 'limit' : kind} of the rule is used up`)];
    case 'set':
    case 'map':
      return limitsWithin(body) ? [doubt('whether the limit of the rule is used up')] : [];
    case 'xt':
      return readExtension(body);
    default:
      return [handedOver(json)];
  }
}

/** Statements that decide nothing about the packet. */
const harmless = new Set([
  'counter',
  'log',
  'last',
  'flow',
  'dup',
  'secmark',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'tunnel',
]);

function readOutcome(json: unknown, context: Pick<StatementContext, 'chainKey'>): Outcome | null {
  const thing = kindOf(json);
  if (thing === null) return null;
  const { kind, body } = thing;
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'continue':
    case 'return':
      return { kind };
    case 'jump':
    case 'goto': {
      const target = Target.safeParse(body);
      return target.success ? { kind, chain: context.chainKey(target.data.target) } : null;
    }
    case 'reject': {
      const reject = Reject.safeParse(body ?? {});
      const { type = '', expr = '' } = reject.success ? reject.data : {};
      return { kind: 'reject', with: type === '' ? 'icmpx port-unreachable' : `${type} ${expr}`.trim() };
    }
    default:
      return null;
  }
}

/** nft leaves out that a rule is for one family where its rejection says so: `reject with icmp …` is for IPv4. */
function ofRejectedFamily(type: string, { family }: StatementContext): readonly Statement[] {
  if (family !== null) return [];
  const number = /^icmp\b/.test(type) ? 2 : /^icmpv6\b/.test(type) ? 10 : null;
  return number === null ? [] : [inSet(field('nfproto'), single(exactly(number)), false)];
}

const Target = z.object({ target: z.string() });
const Reject = z.object({ type: z.string().optional(), expr: z.string().optional() });

function handedOver(json: unknown): Outcome {
  return { kind: 'handedOver', why: `what \`${(JSON.stringify(json) ?? '').slice(0, 120)}\` does` };
}

const Match = z.object({ op: z.string(), left: z.unknown(), right: z.unknown() });

function readMatch(body: unknown, find: FindSet): Statement {
  const match = Match.safeParse(body);
  if (!match.success) return doubt('a match of an unknown form');
  const { op, right } = match.data;
  const left = readExpression(match.data.left, find);
  if (left.expr.kind === 'absent') return never;
  const negated = op === '!=' || op === '!';
  const exists = existence(left.expr, right);
  if (exists !== null) return inSet(exists.expr, single(exactly(exists.wanted)), negated);
  const status = statusMask(left.expr, left.type, right);
  if (status !== null)
    return test({ kind: 'anyBit', left: status.of, bits: status.bits, negated: negated !== status.inverted });
  const set = elementsOf(right, find);
  if (set !== null) {
    const patterns = set.elements.map((element) => readPattern(element, left.type));
    return inSet(left.expr, { name: set.name, patterns, growing: set.growing }, negated);
  }
  switch (op) {
    case '==':
    case '!=':
      return inSet(left.expr, single(readPattern(right, left.type)), negated);
    case 'in':
    case '!': {
      const bits = readScalar(right, left.type);
      if (bits === null) return doubt(`what \`${JSON.stringify(right)}\` stands for`);
      return test({ kind: 'anyBit', left: left.expr, bits, negated });
    }
    case '<':
    case '>':
    case '<=':
    case '>=': {
      const bound = readScalar(right, left.type);
      return bound === null
        ? doubt(`what \`${JSON.stringify(right)}\` stands for`)
        : test({ kind: 'order', left: left.expr, op, right: bound });
    }
    default:
      return doubt(`the comparison \`${op}\``);
  }
}

const test = (of: Test): Statement => ({ kind: 'test', test: of });
const single = (pattern: Pattern): MatchSet => ({ name: null, patterns: [pattern], growing: false });
const inSet = (left: Expr, set: MatchSet, negated: boolean): Statement => test({ kind: 'in', left, set, negated });

/** `fib … oif missing` is printed as false, `exists` as true, and `oif 0` as "0". */
function existence(left: Expr, right: unknown): { expr: Expr; wanted: bigint } | null {
  if (left.kind !== 'route' || left.result === 'type') return null;
  const wanted = right === true || right === 1 ? 1n : right === false || right === 0 || right === '0' ? 0n : null;
  return wanted === null ? null : { expr: { ...left, result: 'exists' }, wanted };
}

/** `ct status & dnat == dnat`: some bits of a status are known though the whole is not. */
function statusMask(left: Expr, type: Type, right: unknown): { of: Expr; bits: bigint; inverted: boolean } | null {
  if (left.kind !== 'bits' || left.op !== '&' || type !== 'ctStatus' || left.left.kind !== 'field') return null;
  if (left.right.kind !== 'constant' || left.right.value.kind !== 'numbers') return null;
  const mask = left.right.value.lo;
  const wanted = readScalar(right, type);
  const isOneBit = (mask & (mask - 1n)) === 0n;
  if (wanted === 0n) return { of: left.left, bits: mask, inverted: true };
  return wanted === mask && isOneBit ? { of: left.left, bits: mask, inverted: false } : null;
}

const Vmap = z.object({ key: z.unknown(), data: z.unknown() });

function readVerdictMap(body: unknown, context: StatementContext): Statement | null {
  const map = Vmap.safeParse(body);
  if (!map.success) return null;
  const key = readExpression(map.data.key, context.find);
  if (key.expr.kind === 'absent') return never;
  const read = readEntries(map.data.data, key.type, context.find);
  if (read === null) return null;
  const cases = read.entries.map(
    ({ when, gives }): Entry<Outcome> => ({ when, gives: readOutcome(gives, context) ?? handedOver(gives) }),
  );
  return { kind: 'switch', key: key.expr, cases, growing: read.growing };
}

const Mangle = z.object({ key: z.unknown(), value: z.unknown() });
const MangleKey = z.object({ key: z.string() });

function readMangle(body: unknown, find: FindSet): Statement | null {
  const mangle = Mangle.safeParse(body);
  const of = mangle.success ? kindOf(mangle.data.key) : null;
  if (!mangle.success || of === null) return null;
  const key = MangleKey.safeParse(of.body);
  const named = `${of.kind} ${key.success ? key.data.key : ''}`;
  if (named === 'meta mark') return { kind: 'setMark', value: readValue(mangle.data.value, 'number', find) };
  if (named === 'ct mark') return { kind: 'setConnectionMark', value: readValue(mangle.data.value, 'number', find) };
  // Rewrites of addresses and ports change where the packet goes; the others (priority, TTL, segment size) don't.
  const payload = of.kind === 'payload' ? JSON.stringify(of.body) : '';
  return /"(saddr|daddr|sport|dport)"|"base"/.test(payload) ? null : { kind: 'test', test: always };
}

const always: Test = {
  kind: 'in',
  left: constant({ kind: 'numbers', lo: 0n, hi: 0n, why: '' }),
  set: { name: null, patterns: [{ kind: 'anything' }], growing: false },
  negated: false,
};

const Translation = z.object({
  family: z.enum(['ip', 'ip6']).optional(),
  addr: z.unknown().optional(),
  port: z.unknown().optional(),
  type_flags: z.unknown().optional(),
});

function readTranslation(kind: 'dnat' | 'snat', body: unknown, context: StatementContext): Statement[] | null {
  const translation = Translation.safeParse(body);
  if (!translation.success) return null;
  const { family, addr, port, type_flags } = translation.data;
  const type =
    family === 'ip6' || (family === undefined && (context.family === 6 || looksLikeV6(addr))) ? 'address6' : 'address4';
  const side = kind === 'dnat' ? 'destination' : 'source';
  const address =
    addr === undefined
      ? null
      : type_flags === undefined
        ? readValue(addr, type, context.find)
        : constant(unknown('a mapping of prefixes'));
  const translate: Statement = {
    kind: 'translate',
    side,
    address,
    port: port === undefined ? null : readValue(port, 'port', context.find),
  };
  // In a table of both families, an address of one is meant for packets of that one.
  const ofFamily = inSet(field('nfproto'), single(exactly(type === 'address6' ? 10 : 2)), false);
  return address === null || context.family !== null ? [translate] : [ofFamily, translate];
}

function looksLikeV6(addr: unknown): boolean {
  return (JSON.stringify(addr) ?? '').includes('::') || /"[0-9a-f]*:[0-9a-f:]*"/i.test(JSON.stringify(addr) ?? '');
}

function portOf(body: unknown, find: FindSet): Expr | null {
  const redirect = Translation.safeParse(body ?? {});
  return redirect.success && redirect.data.port !== undefined ? readValue(redirect.data.port, 'port', find) : null;
}

/** `update @meter { ip saddr limit rate … }` matches only while the limit isn't used up. */
function limitsWithin(body: unknown): boolean {
  return /"(limit|quota|ct count)"/.test(JSON.stringify(body) ?? '');
}

const Extension = z.object({ type: z.string(), name: z.string() });

/** An extension of iptables, which nft prints without its arguments. */
function readExtension(body: unknown): readonly Statement[] {
  const extension = Extension.safeParse(body);
  const { type, name } = extension.success ? extension.data : { type: 'target', name: 'unknown' };
  if (type === 'match') {
    return name === 'comment' ? [] : [doubt(`the iptables match \`${name}\`, which nft does not spell out`)];
  }
  if (harmlessTargets.has(name)) return [];
  return [{ kind: 'handedOver', why: `what the iptables target \`${name}\` does, which nft does not spell out` }];
}
