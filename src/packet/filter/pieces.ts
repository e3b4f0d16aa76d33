import { type AddressRange, type Family, isLoopback, within } from './address.ts';
import type { HostView } from './host.ts';
import type { Expr, Ruleset, Statement } from './model.ts';
import type { Pattern } from './value.ts';

/** A source that the rules cut into more parts is judged whole, with doubt where rules split it. */
const mostPieces = 300;
/** Every part is judged by all rules: large rule sets may cut a source into fewer parts, or it would take too long. */
const mostWork = 1_000_000;

/** The parts of a source that no rule, set or route cuts any further. */
export function piecesOf(source: AddressRange, ruleset: Ruleset, host: HostView): readonly AddressRange[] {
  if (source.lo === source.hi) return [source];
  const starts = new Set<bigint>([source.lo]);
  const cut = (lo: bigint, hi: bigint): void => {
    if (lo > source.lo && lo <= source.hi) starts.add(lo);
    if (hi >= source.lo && hi < source.hi) starts.add(hi + 1n);
  };
  for (const range of host.edges) if (range.family === source.family) cut(range.lo, range.hi);
  let rules = 0;
  for (const chain of ruleset.chains.values()) {
    rules += chain.rules.length;
    for (const { statements } of chain.rules) {
      for (const statement of statements) edgesOf(statement, source.family, cut);
    }
  }
  const isTooMany = starts.size > mostPieces || starts.size * rules > mostWork;
  if (isTooMany || isLoopback(source)) return [source];
  const ordered = [...starts].sort((a, b) => (a < b ? -1 : 1));
  const pieces = ordered
    .map((lo, place): AddressRange => ({ family: source.family, lo, hi: (ordered[place + 1] ?? source.hi + 1n) - 1n }))
    .filter((piece) => within(piece, source) && !isOwn(piece, host));
  return pieces.length > 0 ? pieces : [source];
}

/** A range of clients never means the host itself, whose packets take another way. */
function isOwn(piece: AddressRange, host: HostView): boolean {
  return isLoopback(piece) || (piece.lo === piece.hi && host.isLocal(piece.family, piece.lo));
}

type Cut = (lo: bigint, hi: bigint) => void;

function edgesOf(statement: Statement, family: Family, cut: Cut): void {
  switch (statement.kind) {
    case 'test':
      if (statement.test.kind === 'in') patternsOf(statement.test.left, statement.test.set.patterns, family, cut);
      return;
    case 'switch':
      patternsOf(
        statement.key,
        statement.cases.map(({ when }) => when),
        family,
        cut,
      );
      return;
    case 'setMark':
    case 'setConnectionMark':
      mapsOf(statement.value, family, cut);
      return;
    case 'translate':
      if (statement.address !== null) mapsOf(statement.address, family, cut);
      return;
    default:
      return;
  }
}

function mapsOf(expr: Expr, family: Family, cut: Cut): void {
  if (expr.kind === 'map')
    patternsOf(
      expr.key,
      expr.entries.map(({ when }) => when),
      family,
      cut,
    );
  if (expr.kind === 'bits') for (const side of [expr.left, expr.right]) mapsOf(side, family, cut);
}

/** The client is the source of its own packets and the destination of the replies. */
function patternsOf(key: Expr, patterns: readonly Pattern[], family: Family, cut: Cut): void {
  mapsOf(key, family, cut);
  const places = key.kind === 'tuple' ? key.parts : [key];
  for (const [place, expr] of places.entries()) {
    if (!looksAtAddress(expr, family)) continue;
    for (const pattern of patterns) {
      const part = pattern.kind === 'tuple' ? pattern.parts[place] : pattern;
      if (part?.kind === 'range') cut(part.lo, part.hi);
    }
  }
}

function looksAtAddress(expr: Expr, family: Family): boolean {
  return expr.kind === 'field' && addresses.has(expr.field) && (expr.family === null || expr.family === family);
}

const addresses: ReadonlySet<string> = new Set(['saddr', 'daddr', 'ctOriginalSaddr', 'ctOriginalDaddr']);
