import { isIP } from 'node:net';
import { type Lookup, lookupAll } from '../../probe/lookup.ts';
import { startStopwatch, within } from '../../probe/time.ts';
import type { HostResolution } from './contract.ts';
import { queryDns, wordsOfFault } from './query-dns.ts';

/** How a host resolves from here. Failures are part of the answer. @throws the signal's reason when aborted */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<HostResolution>;

export interface ResolveOptions {
  readonly lookup?: Lookup;
  /** `address` or `address:port`; those of the system when omitted. */
  readonly servers?: readonly string[];
  /** For everything asked of one host. */
  readonly deadlineMs?: number;
}

const USUAL_DEADLINE_MS = 4_000;

/**
 * Looks a name up twice at once: as clients do where they connect (getaddrinfo), and by DNS queries, which alone tell
 * records and how long they live. They may differ: DNS knows neither the hosts file nor the search list.
 */
export function hostResolver(options: ResolveOptions = {}): ResolveHost {
  const { lookup = lookupAll, servers, deadlineMs = USUAL_DEADLINE_MS } = options;
  return async (host, signal) => {
    if (isIP(host) !== 0) return { host, addresses: [host], fault: null, tookMs: 0, dns: null };
    const elapsed = startStopwatch();
    const [looked, dns] = await Promise.all([
      within(deadlineMs, signal, (stop) => lookup(host, stop)).then((outcome) => ({ outcome, tookMs: elapsed() })),
      queryDns(host, { deadlineMs, ...(servers === undefined ? {} : { servers }) }, signal),
    ]);
    const { outcome, tookMs } = looked;
    return {
      host,
      addresses: outcome.kind === 'done' ? outcome.value : [],
      fault: outcome.kind === 'done' ? null : wordsOfFault(outcome),
      tookMs,
      dns,
    };
  };
}
