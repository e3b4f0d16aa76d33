import type { Sample } from '../../words/onset.ts';
import { Phase, ProbeFailureKind } from '../../words/probe.ts';

/** In the order of their flags in a packed sample, which never changes; a new one is added at the end. */
export const PHASE_ORDER = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const satisfies readonly Phase[];

/** Numbers of a file: never changed, never given again. */
const phaseCodes: Readonly<Record<Phase, number>> = { resolve: 0, connect: 1, tls: 2, processing: 3, transfer: 4 };
const kindCodes: Readonly<Record<ProbeFailureKind, number>> = {
  nameNotFound: 0,
  resolverFailed: 1,
  refused: 2,
  timeout: 3,
  hostUnreachable: 4,
  networkUnreachable: 5,
  blackholed: 6,
  prohibited: 7,
  reset: 8,
  closed: 9,
  plainHttp: 10,
  tlsAlert: 11,
  certificate: 12,
  notAnApiServer: 13,
  serverError: 14,
  other: 15,
};

type Failure = NonNullable<Sample['failure']>;

/** One byte: three bits for the phase, five for the kind. */
export function failureCode({ phase, kind }: Failure): number {
  return (phaseCodes[phase] << 5) | kindCodes[kind];
}

/** @throws RangeError for a code that nobody gives */
export function failureOf(code: number): Failure {
  const phase = Phase.options.find((one) => phaseCodes[one] === code >> 5);
  const kind = ProbeFailureKind.options.find((one) => kindCodes[one] === (code & 31));
  if (phase === undefined || kind === undefined) throw new RangeError(`no failure has the code ${code}`);
  return { phase, kind };
}
