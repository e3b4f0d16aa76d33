import { setTimeout as wait } from 'node:timers/promises';
import type { Vantages } from '../investigation/ports.ts';
import type { Investigation } from '../investigation/state.ts';
import { isPlace } from '../playbook/asked.ts';
import type { Outbound, SendOutcome } from './outbound.ts';
import type { CardContext } from './render/card.ts';
import { cardKey, desiredMessages } from './render/desired.ts';

export interface Publisher {
  /**
   * Makes Slack show the investigation as it is: its card and the replies below it. Safe to call as often as
   * anything changes, and after a restart. Changes that follow one another closely are drawn once, as the newest of
   * them says. Resolves with what became of the card; null for one without a room.
   */
  publish(investigation: Investigation): Promise<SendOutcome | null>;
  /** Resolves when everything is drawn and handed on; what is published after that is drawn as ever. */
  drawn(): Promise<void>;
}

interface Gathered {
  newest: Investigation;
  readonly outcome: Promise<SendOutcome | null>;
}

/** Six checks that begin and end at once are dozens of changes: drawing each would keep the others' answers waiting. */
const gatherMs = 40;

/** Investigations whose newest state is remembered; a state of one that is older than these is not on its way any more. */
const remembered = 500;

export function createPublisher(
  outbound: Pick<Outbound, 'upsert'>,
  vantages: Pick<Vantages, 'connected' | 'absent'>,
  issuesIn?: string,
): Publisher {
  /** The newest state that was published, so that a slower caller can't bring back an older one. */
  const published = new Map<string, number>();
  const gathering = new Map<string, Gathered>();

  async function drawNewest(id: string): Promise<SendOutcome | null> {
    await wait(gatherMs);
    const gathered = gathering.get(id);
    gathering.delete(id);
    return gathered === undefined ? null : draw(gathered.newest);
  }

  async function draw(investigation: Investigation): Promise<SendOutcome | null> {
    const { id, room, seq } = investigation;
    if (room === null || seq < (published.get(id) ?? 0)) return null;
    published.delete(id);
    published.set(id, seq);
    for (const oldest of [...published.keys()].slice(0, -remembered)) published.delete(oldest);
    const around = aroundOf(investigation.cluster, vantages);
    const desired = desiredMessages(investigation, issuesIn === undefined ? around : { ...around, issuesIn });
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
  }

  return {
    publish(investigation) {
      const { id, room, seq } = investigation;
      if (room === null) return Promise.resolve(null);
      const gathered = gathering.get(id);
      if (gathered === undefined) {
        const outcome = drawNewest(id);
        gathering.set(id, { newest: investigation, outcome });
        return outcome;
      }
      if (seq >= gathered.newest.seq) gathered.newest = investigation;
      return gathered.outcome;
    },
    async drawn() {
      if (gathering.size > 0) await wait(gatherMs);
    },
  };
}

export function aroundOf(cluster: string, vantages: Pick<Vantages, 'connected' | 'absent'>): CardContext {
  return {
    connected: vantages
      .connected(cluster)
      .filter(({ checks }) => isPlace(checks))
      .map(({ vantage }) => vantage),
    absent: vantages.absent(cluster),
  };
}
