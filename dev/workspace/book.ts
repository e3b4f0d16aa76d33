import type { Answer } from './api/method.ts';
import type { Changes } from './changes.ts';
import type { Clock } from './options.ts';

/** One request to the Web API. */
export interface Call {
  readonly method: string;
  readonly token: string | null;
  /** As sent; form values that are JSON are parsed. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: number;
  /** What went back; null while it hangs or when the connection was cut. */
  answer: Answer | null;
  /** HTTP status that went back; null while it hangs or when the connection was cut. */
  status: number | null;
}

/** Something that Slack would not have forgiven, or that a good app doesn't do. A test asserts that there are none. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly message: string;
  readonly at: number;
}

export type ViolationKind =
  | 'unknownMethod'
  | 'unknownArgument'
  | 'missingText'
  | 'unacked'
  | 'lateAck'
  | 'doubleAck'
  | 'unknownEnvelope'
  | 'badAck'
  | 'unknownPath'
  | 'internal';

export interface Book {
  readonly calls: readonly Call[];
  readonly violations: readonly Violation[];
  call(method: string, token: string | null, args: Readonly<Record<string, unknown>>): Call;
  violation(kind: ViolationKind, message: string): void;
  forgive(kind?: ViolationKind): readonly Violation[];
}

export function createBook(clock: Clock, changes: Changes): Book {
  const calls: Call[] = [];
  const violations: Violation[] = [];
  return {
    calls,
    violations,
    call(method, token, args) {
      const call: Call = { method, token, args, at: clock.nowAt(), answer: null, status: null };
      calls.push(call);
      changes.happened();
      return call;
    },
    violation(kind, message) {
      violations.push({ kind, message, at: clock.nowAt() });
      changes.happened();
    },
    forgive(kind) {
      const forgiven = violations.filter((violation) => kind === undefined || violation.kind === kind);
      const kept = violations.filter((violation) => !forgiven.includes(violation));
      violations.splice(0, violations.length, ...kept);
      return forgiven;
    },
  };
}
