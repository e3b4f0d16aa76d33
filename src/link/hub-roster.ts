import type { Log } from '../ops/log.ts';
import type { Role } from '../words/vantage.ts';
import type { AgentInfo, Session } from './hub-session.ts';

export type AgentChange =
  | { readonly kind: 'connected'; readonly agent: AgentInfo }
  /** An address it leaves by changed. */
  | { readonly kind: 'changed'; readonly agent: AgentInfo }
  | { readonly kind: 'gone'; readonly agent: AgentInfo; readonly why: string };

export type Place = { readonly cluster: string; readonly role: Role; readonly instance: string };

/** Who is connected: at most one session for each cluster, role and instance. */
export interface Roster {
  at(place: Place): Session | null;
  of(cluster: string): readonly Session[];
  all(): readonly Session[];
  /** Takes the place, from whoever has it. */
  enter(session: Session): void;
  /** Does nothing when another session has taken the place. */
  leave(session: Session, why: string): void;
  changed(session: Session): void;
  /** The session at this place as soon as there is one; null once `signal` aborts. */
  awaited(place: Place, signal: AbortSignal): Promise<Session | null>;
  onChange(listener: (change: AgentChange) => void): () => void;
}

export function makeRoster(log: Log): Roster {
  const sessions = new Map<string, Session>();
  const listeners = new Set<(change: AgentChange) => void>();

  function tell(change: AgentChange): void {
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (error) {
        // The link must not break by what somebody does with its news.
        log.error({ error, change: change.kind, cluster: change.agent.cluster }, 'A listener to agents failed');
      }
    }
  }

  function onChange(listener: (change: AgentChange) => void): () => void {
    // Wrapped, so that the same function may listen twice.
    const own = (change: AgentChange): void => listener(change);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  function at(place: Place): Session | null {
    return sessions.get(keyOf(place)) ?? null;
  }

  return {
    at,
    of: (cluster) => [...sessions.values()].filter((session) => session.place.cluster === cluster),
    all: () => [...sessions.values()],
    onChange,
    enter(session) {
      sessions.set(keyOf(session.place), session);
      tell({ kind: 'connected', agent: session.info() });
    },
    leave(session, why) {
      if (at(session.place) !== session) return;
      sessions.delete(keyOf(session.place));
      tell({ kind: 'gone', agent: session.info(), why });
    },
    changed(session) {
      if (at(session.place) === session) tell({ kind: 'changed', agent: session.info() });
    },
    awaited(place, signal) {
      return new Promise((resolve) => {
        const stop = onChange(settle);
        signal.addEventListener('abort', settle, { once: true });
        settle();
        function settle(): void {
          const session = at(place);
          if (session === null && !signal.aborted) return;
          stop();
          signal.removeEventListener('abort', settle);
          resolve(session);
        }
      });
    },
  };
}

/** Names may hold any character: JSON keeps them apart. */
function keyOf(place: Place): string {
  return JSON.stringify([place.cluster, place.role, place.instance]);
}
