import { isIP } from 'node:net';
import type { ProbeResult, ProbeTarget } from '../words/probe.ts';
import { attempt } from './attempt.ts';
import { type Lookup, lookupAll } from './lookup.ts';
import { failedToResolve } from './result.ts';
import { startStopwatch, within } from './time.ts';
import type { Trust } from './trust.ts';

export interface ProbeOptions {
  /** PEM of the cluster's CA; empty when none was learned: then nothing is `good`, since nobody knows who answers. */
  readonly caPem: string;
  /** `caPem` as it was read before; saves reading it for each attempt. */
  readonly trust?: Trust;
  /** Name for SNI and for the certificate's check, where it differs from the target's host. */
  readonly serverName?: string;
  /** For the whole probe: resolving and each attempt. */
  readonly deadlineMs: number;
  /** Epoch ms. */
  readonly clock?: () => number;
  readonly lookup?: Lookup;
}

export type Probe = typeof probe;

/**
 * One timed attempt at each address of one target: name looked up afresh, every address tried at the same time, IPv4
 * and IPv6 alike, each with a result of its own. Sends `GET /livez` without any credentials.
 *
 * A failure is a result, not an error; it never takes longer than `deadlineMs`.
 * @throws the signal's reason when aborted: an attempt that was broken off says nothing about the server
 * @throws TypeError when `caPem` is neither empty nor PEM
 */
export async function probe(target: ProbeTarget, options: ProbeOptions, signal: AbortSignal): Promise<ProbeResult[]> {
  const { lookup = lookupAll, deadlineMs, clock = Date.now } = options;
  if (isIP(target.host) !== 0)
    return [await attempt({ target, address: target.host, resolveMs: null }, options, signal)];

  const startedAt = clock();
  const elapsed = startStopwatch();
  const resolution = await within(deadlineMs, signal, (stop) => lookup(target.host, stop));
  if (resolution.kind !== 'done') return [failedToResolve(target, startedAt, elapsed(), resolution)];
  const resolveMs = elapsed();
  return Promise.all(resolution.value.map((address) => attempt({ target, address, resolveMs }, options, signal)));
}

/**
 * The same for one address of the target, without looking anything up.
 * @throws as `probe` does
 */
export function probeAddress(
  target: ProbeTarget,
  address: string,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return attempt({ target, address, resolveMs: null }, options, signal);
}
