import { z } from 'zod';

/** Phases of a probe, named as blackbox_exporter names them. */
export const Phase = z.enum(['resolve', 'connect', 'tls', 'processing', 'transfer']);
export type Phase = z.infer<typeof Phase>;

/** Which way to the API server a target stands for. */
export const ProbePath = z.enum([
  'endpoint',
  'cluster-info',
  'kubeadm-config',
  'service-ip',
  'service-dns',
  'api-server-address',
  'loopback',
]);
export type ProbePath = z.infer<typeof ProbePath>;

export const ProbeTarget = z.object({
  path: ProbePath,
  /** Name or address to connect to; IPv6 without brackets. */
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65535),
});
export type ProbeTarget = z.infer<typeof ProbeTarget>;

/** A certificate as it was served. Times are epoch ms. */
export const ServedCertificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  names: z.array(z.string()),
  notBeforeAt: z.number(),
  notAfterAt: z.number(),
  fingerprint256: z.string(),
});
export type ServedCertificate = z.infer<typeof ServedCertificate>;

export const TlsFault = z.enum(['expired', 'notYetValid', 'wrongName', 'otherAuthority', 'selfSigned', 'unverifiable']);
export type TlsFault = z.infer<typeof TlsFault>;

/** Why a probe failed. Source of the mapping from Node's codes: measured, see `docs/decisions/`. */
export const ProbeFailureKind = z.enum([
  'nameNotFound',
  'resolverFailed',
  'refused',
  'timeout',
  'hostUnreachable',
  'networkUnreachable',
  'blackholed',
  'prohibited',
  'reset',
  'closed',
  'plainHttp',
  'tlsAlert',
  'certificate',
  'notAnApiServer',
  'serverError',
  'other',
]);
export type ProbeFailureKind = z.infer<typeof ProbeFailureKind>;

/** One timed attempt at one address of one target. */
export const ProbeResult = z.object({
  target: ProbeTarget,
  /** The address tried; null when the name did not resolve. */
  address: z.string().nullable(),
  /** Epoch ms. */
  startedAt: z.number(),
  tookMs: z.number(),
  /** Milliseconds per phase that was completed. */
  phases: z.partialRecord(Phase, z.number()),
  failure: z.object({ phase: Phase, kind: ProbeFailureKind, message: z.string() }).nullable(),
  /** Every fault of the certificate at once, not only the first. */
  tlsFaults: z.array(TlsFault),
  certificate: ServedCertificate.nullable(),
  /** Was the certificate issued by the cluster's learned CA? null: no CA learned, or no certificate seen. */
  byClusterCa: z.boolean().nullable(),
  httpStatus: z.number().int().nullable(),
  /** Fresh resolve, TCP, TLS by the cluster's learned CA, and an HTTP answer that an API server gives. */
  good: z.boolean(),
});
export type ProbeResult = z.infer<typeof ProbeResult>;
