import type { Actor } from '../words/person.ts';
import type { Decision } from './decide.ts';
import type { InvestigationEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { InvestigationStore } from './ports.ts';
import type { Investigation } from './state.ts';

/** `done` and `already` carry the investigation as it stands now, which may be further than this one change brought it. */
export type Changed =
  | { readonly kind: 'done'; readonly investigation: Investigation; readonly events: readonly InvestigationEvent[] }
  | { readonly kind: 'already'; readonly by: Actor; readonly at: number; readonly investigation: Investigation }
  | { readonly kind: 'refused'; readonly message: string };

/** Decides on the newest state and appends what that brings. Rejects with what the decision threw, or the store. */
export type Change = (id: string, decideOn: (state: Investigation) => Decision) => Promise<Changed>;

interface Asked {
  readonly decideOn: (state: Investigation) => Decision;
  readonly resolve: (changed: Changed) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One change of an investigation after the other. Those that are asked for while one is being stored are decided in
 * order, each on what the ones before it bring, and stored together: the store waits for the disk each time.
 */
export function createChanges(ports: {
  readonly append: InvestigationStore['append'];
  load(id: string): Promise<Investigation | null>;
  /** Told after every append; must not throw. */
  onChange(investigation: Investigation): void;
}): Change {
  const waiting = new Map<string, Asked[]>();

  function change(id: string, decideOn: Asked['decideOn']): Promise<Changed> {
    return new Promise((resolve, reject) => {
      const asked = { decideOn, resolve, reject };
      const others = waiting.get(id);
      if (others !== undefined) others.push(asked);
      else {
        waiting.set(id, [asked]);
        void workOff(id);
      }
    });
  }

  async function workOff(id: string): Promise<void> {
    for (let together = take(id); together.length > 0; together = take(id)) {
      try {
        await changeTogether(id, together);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    waiting.delete(id);
  }

  function take(id: string): readonly Asked[] {
    return waiting.get(id)?.splice(0) ?? [];
  }

  /** Decides anew whenever another process was faster. */
  async function changeTogether(id: string, together: readonly Asked[]): Promise<void> {
    for (;;) {
      const state = await ports.load(id);
      if (state === null) {
        for (const { resolve } of together) resolve({ kind: 'refused', message: `There is no investigation ${id}.` });
        return;
      }
      const { events, tell } = decideInOrder(state, together);
      if (events.length === 0) return tell(state);
      if (!(await ports.append(id, state.seq, events))) continue;
      const investigation = await ports.load(id);
      if (investigation === null) throw new Error(`investigation ${id} vanished from the store`);
      ports.onChange(investigation);
      return tell(investigation);
    }
  }

  return change;
}

function decideInOrder(state: Investigation, together: readonly Asked[]) {
  let newest = state;
  const events: InvestigationEvent[] = [];
  const answers: ((investigation: Investigation) => void)[] = [];
  for (const { decideOn, resolve, reject } of together) {
    try {
      const decision = decideOn(newest);
      if (decision.kind === 'events') {
        newest = decision.events.reduce<Investigation>(evolve, newest);
        events.push(...decision.events);
        answers.push((investigation) => resolve({ kind: 'done', investigation, events: decision.events }));
      } else {
        answers.push((investigation) =>
          resolve(decision.kind === 'already' ? { ...decision, investigation } : decision),
        );
      }
    } catch (error) {
      answers.push(() => reject(error));
    }
  }
  return {
    events,
    tell: (investigation: Investigation) => {
      for (const answer of answers) answer(investigation);
    },
  };
}
