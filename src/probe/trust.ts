import type { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readAuthorities } from './certificate.ts';

/** A cluster's CA, read once for all the probes that judge by it. */
export interface Trust {
  readonly authorities: readonly X509Certificate[];
  /** No roots of the public web: only the cluster's CA counts, or none. */
  readonly context: SecureContext;
}

/** @throws TypeError when `caPem` is neither empty nor PEM */
export function trustIn(caPem: string): Trust {
  const authorities = readAuthorities(caPem);
  return { authorities, context: createSecureContext({ ca: authorities.length === 0 ? [] : [caPem] }) };
}
