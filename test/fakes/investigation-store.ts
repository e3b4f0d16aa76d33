import type { InvestigationEvent } from '../../src/investigation/events.ts';
import type { InvestigationStore } from '../../src/investigation/ports.ts';

/** Keeps events in memory; the same answers as the real store gives. */
export function memoryInvestigations(): InvestigationStore {
  const logs = new Map<string, InvestigationEvent[]>();
  return {
    async append(id, expectedSeq, events) {
      const log = logs.get(id) ?? [];
      if (log.length !== expectedSeq) return false;
      logs.set(id, [...log, ...events]);
      return true;
    },
    async events(id, after = 0) {
      return (logs.get(id) ?? []).slice(after);
    },
    async open(filter = {}) {
      return [...logs.entries()]
        .filter(([, log]) => !log.some((event) => event.kind === 'concluded'))
        .filter(([, [first]]) => {
          if (first?.kind !== 'opened') return false;
          if (filter.cluster !== undefined && first.cluster !== filter.cluster) return false;
          return filter.channel === undefined || first.room?.channel === filter.channel;
        })
        .map(([id]) => id)
        .reverse();
    },
    async concludedSince(at) {
      return [...logs.entries()]
        .filter(([, log]) => log.some((event) => event.kind === 'concluded' && event.at >= at))
        .map(([id]) => id);
    },
  };
}
