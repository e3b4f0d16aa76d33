import { replay } from './evolve.ts';
import { type Past, pastOf } from './past.ts';
import type { InvestigationStore } from './ports.ts';

export interface HistoryQuery {
  readonly clusters: readonly string[];
  /** Each has to stand somewhere in cause, summary, impact or actions. */
  readonly words: readonly string[];
  /** Opened then or later, epoch ms; null: ever. */
  readonly sinceAt: number | null;
  /** Only what is older than this one; null: from the newest. */
  readonly before: { readonly openedAt: number; readonly id: string } | null;
  readonly most: number;
}

/** Investigations in a few words each, so that looking for one need not read them all. */
export interface PastShelf {
  /** Ids of investigations that went on since they were put here, or never were. */
  behind(most: number): Promise<readonly string[]>;
  /** `seq`: how many events it rests on. */
  put(past: Past, seq: number): Promise<void>;
  /** Newest first. */
  find(query: HistoryQuery): Promise<readonly Past[]>;
}

export interface History {
  find(query: HistoryQuery): Promise<readonly Past[]>;
}

const atOnce = 50;

/**
 * What was investigated before. The shelf is brought up to date by whoever asks, from the events: so it holds what
 * older versions and other bots wrote, too.
 */
export function createHistory(ports: {
  readonly investigations: Pick<InvestigationStore, 'events'>;
  readonly shelf: PastShelf;
}): History {
  async function catchUp(): Promise<void> {
    const seen = new Set<string>();
    for (;;) {
      const behind = (await ports.shelf.behind(atOnce)).filter((id) => !seen.has(id));
      // One that goes on meanwhile is told as it was a moment ago.
      if (behind.length === 0) return;
      for (const id of behind) {
        seen.add(id);
        const state = replay(await ports.investigations.events(id));
        if (state !== null) await ports.shelf.put(pastOf(state), state.seq);
      }
    }
  }

  return {
    async find(query) {
      await catchUp();
      return ports.shelf.find(query);
    },
  };
}
