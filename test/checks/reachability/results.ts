import { describeFailure } from '../../../src/probe/failure.ts';
import type { Phase, ProbeFailureKind, ProbePath, ProbeResult, ServedCertificate } from '../../../src/words/probe.ts';

export const NOW_AT = Date.UTC(2026, 4, 9, 12, 0, 0);

const CERTIFICATE: ServedCertificate = {
  subject: 'CN=kube-apiserver',
  issuer: 'CN=kubernetes',
  serial: '01',
  names: ['kubernetes', '10.0.0.10'],
  notBeforeAt: NOW_AT - 86_400_000,
  notAfterAt: NOW_AT + 200 * 86_400_000,
  fingerprint256: Array.from({ length: 32 }, () => 'AB').join(':'),
};

/** A good probe of a path at `host`, IPv6 without brackets. */
export function good(
  path: ProbePath,
  host: string,
  changes: Partial<ProbeResult> & { port?: number } = {},
): ProbeResult {
  const { port = 6443, ...rest } = changes;
  return {
    target: { path, host, port },
    address: host,
    startedAt: NOW_AT,
    tookMs: 14.2,
    phases: { connect: 1, tls: 8, processing: 4, transfer: 1.2 },
    failure: null,
    tlsFaults: [],
    certificate: CERTIFICATE,
    byClusterCa: true,
    httpStatus: 403,
    good: true,
    ...rest,
  };
}

/** A probe that failed, in the words that a real one has. */
export function bad(
  path: ProbePath,
  host: string,
  kind: ProbeFailureKind,
  phase: Phase = 'connect',
  changes: Partial<ProbeResult> & { port?: number; because?: string } = {},
): ProbeResult {
  const { because = null, ...rest } = changes;
  const result = good(path, host, {
    phases: {},
    certificate: null,
    byClusterCa: null,
    httpStatus: null,
    good: false,
    ...rest,
  });
  const { target, address, tookMs } = result;
  const message = describeFailure({ kind, phase, host, port: target.port, address, afterMs: tookMs, because });
  return { ...result, failure: { phase, kind, message } };
}
