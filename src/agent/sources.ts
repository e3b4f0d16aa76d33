import type { Learned } from '../checks/ports.ts';
import { leavesBy } from '../probe/leaves-by.ts';
import { pause } from './pause.ts';

const EVERY_MS = 60_000;
const MOST_ENDPOINTS = 8;

/** By which of its own addresses packets leave towards the cluster's endpoints, looked at again every minute. */
export interface Sources {
  addresses(): readonly string[];
  run(signal: AbortSignal): Promise<void>;
}

export function watchSources(learned: Learned): Sources {
  let addresses: readonly string[] = [];
  return {
    addresses: () => addresses,
    async run(signal) {
      while (!signal.aborted) {
        const endpoints = learned.knowledge().endpoints.slice(0, MOST_ENDPOINTS);
        const found = await Promise.all(endpoints.map(({ host, port }) => leavesBy(host, port, signal)));
        addresses = [...new Set(found.flat())];
        await pause(endpoints.length === 0 ? EVERY_MS / 10 : EVERY_MS, signal);
      }
    },
  };
}
