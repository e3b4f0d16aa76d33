/**
 * What is known of a field of a packet. Not every field is known to the last bit (a client's port, a
 * random number, a set that grows), so a number is an interval and every comparison may come out as a doubt.
 */
export type Value = Numbers | Name | Tuple | Unknown;

/** A number between `lo` and `hi`, both included; `why` says what keeps it from being known when they differ. */
export interface Numbers {
  readonly kind: 'numbers';
  readonly lo: bigint;
  readonly hi: bigint;
  readonly why: string;
  /** Another number for every packet of its kind: what hits hardly any of them is no match for such packets. */
  readonly isSpread?: true;
}

/** The name of an interface; empty where a packet has none, as in the kernel. */
export interface Name {
  readonly kind: 'name';
  readonly name: string;
}

interface Tuple {
  readonly kind: 'tuple';
  readonly parts: readonly Value[];
}

export interface Unknown {
  readonly kind: 'unknown';
  readonly why: string;
}

/** What a rule or a set compares with. */
export type Pattern =
  | { readonly kind: 'range'; readonly lo: bigint; readonly hi: bigint }
  | { readonly kind: 'name'; readonly name: string; readonly isStart: boolean }
  | { readonly kind: 'tuple'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'anything' }
  | { readonly kind: 'unread'; readonly why: string };

/** Yes, no, or a doubt with its reason. */
export type Truth = boolean | Doubt;

interface Doubt {
  readonly why: string;
}

export const number = (value: bigint | number): Numbers => ({
  kind: 'numbers',
  lo: BigInt(value),
  hi: BigInt(value),
  why: '',
});

export const between = (lo: bigint | number, hi: bigint | number, why: string): Numbers => ({
  kind: 'numbers',
  lo: BigInt(lo),
  hi: BigInt(hi),
  why,
});

export const name = (text: string): Name => ({ kind: 'name', name: text });
export const unknown = (why: string): Unknown => ({ kind: 'unknown', why });
export const exactly = (value: bigint | number): Pattern => ({ kind: 'range', lo: BigInt(value), hi: BigInt(value) });

export function fits(value: Value, pattern: Pattern): Truth {
  if (pattern.kind === 'anything') return true;
  if (pattern.kind === 'unread') return { why: pattern.why };
  switch (value.kind) {
    case 'unknown':
      return { why: value.why };
    case 'numbers':
      return pattern.kind === 'range' ? inRange(value, pattern.lo, pattern.hi) : mismatch;
    case 'name':
      if (pattern.kind !== 'name') return mismatch;
      return pattern.isStart ? value.name.startsWith(pattern.name) : value.name === pattern.name;
    case 'tuple':
      if (pattern.kind !== 'tuple' || pattern.parts.length !== value.parts.length) return mismatch;
      return all(pattern.parts.map((part, place) => fits(value.parts[place] ?? unknown(mismatch.why), part)));
    default:
      return value satisfies never;
  }
}

export function fitsAny(value: Value, patterns: readonly Pattern[]): Truth {
  let doubt: Doubt | false = false;
  for (const pattern of patterns) {
    const truth = fits(value, pattern);
    if (truth === true) return true;
    if (truth !== false) doubt ||= truth;
  }
  return doubt;
}

export function not(truth: Truth): Truth {
  return typeof truth === 'boolean' ? !truth : truth;
}

function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.find((truth) => truth !== true) ?? true;
}

/** The same statement judged in every possible way the packet may look: known when all agree. */
export function agreed(truths: readonly Truth[], why: string): Truth {
  const [first, ...rest] = truths;
  if (first === undefined) return false;
  if (rest.every((truth) => truth === first)) return first;
  return truths.find((truth): truth is Doubt => typeof truth === 'object') ?? { why };
}

export function isExact(value: Value): value is Numbers {
  return value.kind === 'numbers' && value.lo === value.hi;
}

/** For telling two states of a packet apart. */
export function valueKey(value: Value): string {
  switch (value.kind) {
    case 'numbers':
      return value.lo === value.hi ? String(value.lo) : `${value.lo}-${value.hi}`;
    case 'name':
      return value.name;
    case 'tuple':
      return value.parts.map(valueKey).join('.');
    case 'unknown':
      return '?';
    default:
      return value satisfies never;
  }
}

/**
 * One in so many: a rule for source port 6443 does not keep a client out that takes another port of sixty
 * thousand for every connection, and one for all but a few does.
 */
const hardlyAny = 50n;

function inRange(value: Numbers, lo: bigint, hi: bigint): Truth {
  if (value.hi < lo || value.lo > hi) return false;
  if (value.lo >= lo && value.hi <= hi) return true;
  if (value.isSpread) {
    const size = value.hi - value.lo + 1n;
    const hit = (hi < value.hi ? hi : value.hi) - (lo > value.lo ? lo : value.lo) + 1n;
    if (hit * hardlyAny < size) return false;
    if ((size - hit) * hardlyAny < size) return true;
  }
  return { why: value.why };
}

/** Can't happen with rule sets that the kernel accepted; if it does, it is no reason to guess. */
const mismatch: Doubt = { why: 'the rule compares values of different kinds' };
