import type { Vantages } from '../investigation/ports.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Outbound, SendOutcome } from './outbound.ts';
import type { CardContext } from './render/card.ts';
import { cardKey, desiredMessages } from './render/desired.ts';

export interface Publisher {
  /**
   * Makes Slack show the investigation as it is: its card and the replies below it. Safe to call as often as
   * anything changes, and after a restart. Resolves with what became of the card; null for one without a room.
   */
  publish(investigation: Investigation): Promise<SendOutcome | null>;
}

/** Investigations whose newest state is remembered; a state of one that is older than these is not on its way any more. */
const remembered = 500;

export function createPublisher(outbound: Outbound, vantages: Pick<Vantages, 'connected' | 'absent'>): Publisher {
  /** The newest state that was published, so that a slower caller can't bring back an older one. */
  const published = new Map<string, number>();

  return {
    async publish(investigation) {
      const { id, room, seq } = investigation;
      if (room === null) return null;
      const newest = published.get(id) ?? 0;
      if (seq < newest) return null;
      published.delete(id);
      published.set(id, seq);
      for (const oldest of [...published.keys()].slice(0, -remembered)) published.delete(oldest);
      const desired = desiredMessages(investigation, aroundOf(investigation.cluster, vantages));
      const [card] = await Promise.all(
        desired.map(({ key, thread, ...content }) =>
          outbound.upsert(
            key,
            { channel: room.channel, thread: thread === 'root' ? room.thread : { under: cardKey(id) } },
            content,
          ),
        ),
      );
      return card ?? null;
    },
  };
}

export function aroundOf(cluster: string, vantages: Pick<Vantages, 'connected' | 'absent'>): CardContext {
  return {
    connected: vantages.connected(cluster).map(({ vantage }) => vantage),
    absent: vantages.absent(cluster),
  };
}
