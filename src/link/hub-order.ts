import type { Log } from '../ops/log.ts';
import type { WatchOrder } from '../words/stream.ts';
import type { Session } from './hub-session.ts';
import { newestOnly } from './newest.ts';
import { PAYLOAD_BYTES } from './protocol.ts';

/** Tells agents what to watch by themselves. */
export interface OrderDesk {
  /** The order as it is when its turn comes; said again while one is under way, the last one stands. */
  tell(session: Session): void;
}

export function orderDesk(options: {
  watchOrder(cluster: string): Promise<WatchOrder | null>;
  readonly log: Log;
}): OrderDesk {
  const { log } = options;
  const tellers = new WeakMap<Session, (session: Session) => void>();

  async function tellNow(session: Session): Promise<void> {
    const { place } = session;
    try {
      const order = await options.watchOrder(place.cluster);
      if (order === null) return;
      const bytes = Buffer.byteLength(JSON.stringify(order));
      if (bytes > PAYLOAD_BYTES) {
        log.error({ ...place, bytes, most: PAYLOAD_BYTES }, 'What an agent shall watch is too large to be sent');
        return;
      }
      const answer = await session.order(order);
      if (answer.kind === 'refused') log.warn({ ...place, message: answer.message }, 'An agent does not watch as told');
    } catch (error) {
      log.error({ error, ...place }, 'An agent could not be told what to watch');
    }
  }

  return {
    tell(session) {
      if (!session.streams) return;
      const tell = tellers.get(session) ?? newestOnly(tellNow);
      tellers.set(session, tell);
      tell(session);
    },
  };
}
