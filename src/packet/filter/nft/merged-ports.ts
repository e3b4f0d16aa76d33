import type { Expr, Statement, Test } from '../model.ts';
import type { Pattern } from '../value.ts';

/**
 * nftables 1.0.6 loads `tcp sport != 1 tcp dport != 2` as "not both", one comparison of four bytes, and lists it as
 * it was written, which means "neither". Which of the two the kernel holds can't be told from the listing: what
 * passes both is judged, the rest stays a doubt.
 */
export function doubtMergedPorts(statements: readonly Statement[]): readonly Statement[] {
  const out: Statement[] = [];
  for (const statement of statements) {
    const before = out.at(-1);
    const [first, second] = [before, statement].map(unequalPort);
    if (before === undefined || !first || !second || first.field === second.field) {
      out.push(statement);
      continue;
    }
    out.pop();
    out.push(
      { kind: 'test', test: notBoth(first, second) },
      { kind: 'test', test: { kind: 'perhaps', test: first.test, why } },
      { kind: 'test', test: { kind: 'perhaps', test: second.test, why } },
    );
  }
  return out;
}

const why = 'whether the kernel took two `!=` for ports as "neither" or, as nftables 1.0.6 loads them, as "not both"';

interface Unequal {
  readonly field: 'sport' | 'dport';
  readonly expr: Expr;
  readonly pattern: Pattern;
  readonly test: Test;
}

function unequalPort(statement: Statement | undefined): Unequal | null {
  if (statement?.kind !== 'test' || statement.test.kind !== 'in' || !statement.test.negated) return null;
  const { left, set } = statement.test;
  const [pattern, ...more] = set.patterns;
  if (left.kind !== 'field' || (left.field !== 'sport' && left.field !== 'dport') || set.name !== null) return null;
  if (pattern?.kind !== 'range' || pattern.lo !== pattern.hi || more.length > 0) return null;
  return { field: left.field, expr: left, pattern, test: statement.test };
}

function notBoth(first: Unequal, second: Unequal): Test {
  return {
    kind: 'in',
    left: { kind: 'tuple', parts: [first.expr, second.expr] },
    set: { name: null, patterns: [{ kind: 'tuple', parts: [first.pattern, second.pattern] }], growing: false },
    negated: true,
  };
}
