import type { HostView } from './host.ts';
import { type Look, look, statusOf } from './look.ts';
import type { MatchSet, Test } from './model.ts';
import type { Packet } from './packet.ts';
import { agreed, fitsAny, not, type Truth } from './value.ts';

/** Does the packet pass this test of a rule? */
export function passes(test: Test, packet: Packet, host: HostView): Truth {
  switch (test.kind) {
    case 'never':
      return false;
    case 'perhaps':
      return passes(test.test, packet, host) === true || { why: test.why };
    case 'doubt':
      return { why: test.why };
    case 'in':
      return overall(look(test.left, packet, host), (value) => inSet(value, test.set, test.negated));
    case 'order':
      return overall(look(test.left, packet, host), (value) => ordered(value, test.op, test.right));
    case 'anyBit':
      if (test.left.kind === 'field' && test.left.field === 'ctStatus') {
        return anyStatus(packet, test.bits, test.negated);
      }
      return overall(look(test.left, packet, host), (value) => anyBit(value, test.bits, test.negated));
    default:
      return test satisfies never;
  }
}

function overall(looks: readonly Look[], judge: (value: Exclude<Look, 'absent'>) => Truth): Truth {
  return agreed(
    looks.map((value) => (value === 'absent' ? false : judge(value))),
    'a value that the rule looks up',
  );
}

function inSet(value: Exclude<Look, 'absent'>, set: MatchSet, negated: boolean): Truth {
  const truth = fitsAny(value, set.patterns);
  const settled =
    truth === false && set.growing ? { why: `whether @${set.name} holds it by then: rules add to it` } : truth;
  return negated ? not(settled) : settled;
}

function ordered(value: Exclude<Look, 'absent'>, op: '<' | '>' | '<=' | '>=', right: bigint): Truth {
  if (value.kind === 'unknown') return { why: value.why };
  if (value.kind !== 'numbers') return { why: 'an order of things that are no numbers' };
  const holds = (left: bigint): boolean => {
    switch (op) {
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '<=':
        return left <= right;
      case '>=':
        return left >= right;
      default:
        return op satisfies never;
    }
  };
  return holds(value.lo) === holds(value.hi) ? holds(value.lo) : { why: value.why };
}

function anyBit(value: Exclude<Look, 'absent'>, bits: bigint, negated: boolean): Truth {
  if (value.kind === 'unknown') return { why: value.why };
  if (value.kind !== 'numbers') return { why: 'bits of something that is no number' };
  if (value.lo !== value.hi) return { why: value.why };
  return ((value.lo & bits) !== 0n) !== negated;
}

function anyStatus(packet: Packet, bits: bigint, negated: boolean): Truth {
  const status = statusOf(packet);
  if (status === 'absent') return false;
  if (status === 'unsure') return { why: 'the state of a connection that is tracked in part only' };
  if ((status.set & bits) !== 0n) return !negated;
  return (bits & ~status.known) === 0n ? negated : { why: 'the whole status of the connection' };
}
