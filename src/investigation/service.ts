import { randomInt } from 'node:crypto';
import type { Clock } from '../ops/clock.ts';
import { steps } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Actor } from '../words/person.ts';
import { createChanges } from './changes.ts';
import type { Investigations, WalkOutcome } from './commands.ts';
import { decide, startOf } from './decide.ts';
import type { InvestigationEvent } from './events.ts';
import { evolve, stepsInOrder } from './evolve.ts';
import type { InvestigationStore } from './ports.ts';
import { createRuns, type RunPorts } from './runs.ts';
import type { Investigation, Room } from './state.ts';
import { turns } from './turns.ts';

export interface InvestigationPorts extends RunPorts {
  readonly store: InvestigationStore;
  readonly clock: Clock;
  /** The endpoint a new investigation of this cluster starts with; null when none is known. */
  endpointOf(cluster: string): Promise<string | null>;
  /** Told after every change; must not throw. */
  onChange(investigation: Investigation): void;
}

export interface InvestigationService extends Investigations {
  /** Picks up what a stopped bot left running. */
  resume(): Promise<void>;
  /** Aborts running checks; they are picked up by the next `resume`. */
  close(): Promise<void>;
}

const itself: Actor = { kind: 'itself' };

/** How far back a starting bot looks for conclusions that were stored and perhaps not shown. */
const shownAgainForMs = 60 * 60_000;

/** Everything an investigation can be asked, safe against double clicks, redelivery and two people at once. */
export function createInvestigations(ports: InvestigationPorts): InvestigationService {
  const inTurn = turns();
  const change = createChanges({ append: ports.store.append, load, onChange: ports.onChange });
  const runs = createRuns(ports, { change, load });

  /** What the events added up to when they were last read: only newer ones are read again. */
  const read = new Map<string, Investigation>();

  async function load(id: string): Promise<Investigation | null> {
    const known = read.get(id) ?? null;
    const state = (await ports.store.events(id, known?.seq ?? 0)).reduce<Investigation | null>(evolve, known);
    if (state !== null && state.conclusion === null) read.set(id, state);
    else read.delete(id);
    return state;
  }

  async function mustLoad(id: string): Promise<Investigation> {
    const state = await load(id);
    if (state === null) throw new Error(`investigation ${id} vanished from the store`);
    return state;
  }

  async function open(request: { cluster: string; by: Actor; room: Room | null; endpoint: string | null }) {
    const place = request.room === null ? 'terminal' : `${request.room.channel} ${request.room.thread ?? ''}`;
    return inTurn(`${request.cluster} ${place}`, async () => {
      const standing = await findOpen(request.cluster, request.room);
      if (standing !== null) return { kind: 'joined' as const, investigation: standing };
      const id = newId();
      const at = ports.clock.now();
      const endpoint = request.endpoint ?? (await ports.endpointOf(request.cluster));
      const opened: InvestigationEvent = {
        kind: 'opened',
        at,
        by: request.by,
        id,
        cluster: request.cluster,
        endpoint,
        room: request.room,
      };
      // Without an endpoint the other steps would not know what to ask about: step 1 goes first.
      const first: readonly StepId[] = endpoint === null ? ['endpoint'] : steps.map((step) => step.id);
      const blank = evolve(null, opened);
      const events = [opened, ...first.map((step) => startOf(blank.steps[step], itself, at))];
      if (!(await ports.store.append(id, 0, events))) throw new Error(`investigation id ${id} is taken`);
      const investigation = await mustLoad(id);
      ports.onChange(investigation);
      runs.start(investigation, events);
      return { kind: 'opened' as const, investigation };
    });
  }

  async function findOpen(cluster: string, room: Room | null): Promise<Investigation | null> {
    const ids = await ports.store.open(room === null ? { cluster } : { cluster, channel: room.channel });
    for (const id of ids) {
      const state = await load(id);
      if (state !== null && sameRoom(state.room, room)) return state;
    }
    return null;
  }

  async function act(id: string, by: Actor, command: Parameters<Investigations['act']>[2]): Promise<WalkOutcome> {
    const changed = await change(id, (state) => decide(state, by, ports.clock.now(), command));
    if (changed.kind !== 'done') return changed;
    if (command.kind === 'conclude') runs.abort(id);
    runs.start(changed.investigation, changed.events);
    return { kind: 'done', investigation: changed.investigation };
  }

  return {
    open,
    act,
    find: load,
    async listOpen() {
      const found = await Promise.all((await ports.store.open()).map(load));
      return found.filter((state) => state !== null);
    },
    async resume() {
      for (const id of await ports.store.open()) {
        const state = await load(id);
        if (state === null) continue;
        for (const step of stepsInOrder(state)) {
          for (const run of step.runs) if (run.status === 'running') runs.pickUp(state, step.id, run.run);
        }
        ports.onChange(state);
      }
      // A bot that died right after a conclusion may not have shown it.
      for (const id of await ports.store.concludedSince(ports.clock.now() - shownAgainForMs)) {
        const state = await load(id);
        if (state !== null) ports.onChange(state);
      }
    },
    close: runs.close,
  };
}

function sameRoom(a: Room | null, b: Room | null): boolean {
  return a === null || b === null ? a === b : a.channel === b.channel && a.thread === b.thread;
}

/** Letters and digits that are not mistaken for one another when read aloud. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

function newId(): string {
  return `inv-${Array.from({ length: 6 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')}`;
}
