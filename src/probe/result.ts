import type { ProbeResult, ProbeTarget } from '../words/probe.ts';
import { classifyFault, describeFailure, type Fault } from './failure.ts';
import type { Bounded } from './time.ts';

/** The result of a probe whose name gave no address. */
export function failedToResolve(
  target: ProbeTarget,
  startedAt: number,
  tookMs: number,
  outcome: Exclude<Bounded<unknown>, { kind: 'done' }>,
): ProbeResult {
  const fault = outcome.kind === 'failed' ? faultOf('resolve', outcome.error) : null;
  const kind = fault === null ? 'timeout' : classifyFault(fault);
  const message = describeFailure({
    kind,
    phase: 'resolve',
    host: target.host,
    port: target.port,
    address: null,
    afterMs: tookMs,
    because: fault === null ? null : reasonOf(fault),
  });
  return {
    target,
    address: null,
    startedAt,
    tookMs,
    phases: {},
    failure: { phase: 'resolve', kind, message },
    tlsFaults: [],
    certificate: null,
    byClusterCa: null,
    httpStatus: null,
    good: false,
  };
}

/** What Node threw, as data. */
export function faultOf(phase: Fault['phase'], error: unknown): Fault {
  if (!(error instanceof Error)) return { phase, code: null, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return { phase, code, message: error.message };
}

/** `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED` is what OpenSSL says in words, in capitals. */
export function reasonOf({ code, message }: Fault): string {
  if (code === null) return message;
  return code.startsWith('ERR_SSL_') ? code.slice('ERR_SSL_'.length).replaceAll('_', ' ').toLowerCase() : code;
}
