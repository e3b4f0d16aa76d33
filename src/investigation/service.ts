import type { Clock } from '../ops/clock.ts';
import type { Outage } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import type { Vantage } from '../words/vantage.ts';
import { createChanges } from './changes.ts';
import type { Investigations, WalkOutcome } from './commands.ts';
import { decide } from './decide.ts';
import type { InvestigationEvent } from './events.ts';
import { evolve, stepsInOrder } from './evolve.ts';
import { createOpening } from './open.ts';
import type { InvestigationStore } from './ports.ts';
import { createRuns, type RunPorts } from './runs.ts';
import type { Investigation } from './state.ts';

export interface InvestigationPorts extends RunPorts {
  readonly store: InvestigationStore;
  readonly clock: Clock;
  /** The endpoint a new investigation of this cluster starts with; null when none is known. */
  endpointOf(cluster: string): Promise<string | null>;
  /** Outages that last, or ended not long ago; newest first. */
  outagesOf(cluster: string): Promise<readonly Outage[]>;
  /** Told after every change; must not throw. */
  onChange(investigation: Investigation): void;
}

export interface InvestigationService extends Investigations {
  /** An outage began, went on or ended. */
  outageSeen(outage: Outage): Promise<void>;
  /** A vantage of this cluster is connected, again or for the first time. */
  vantageBack(cluster: string, vantage: Vantage): Promise<void>;
  /** Adds what is newly known of an open investigation: an onset, a diagnosis. Nothing when `make` gives none. */
  learn(id: string, make: (state: Investigation) => readonly InvestigationEvent[]): Promise<void>;
  /** What came of asking for an issue, which is asked for once it is concluded. */
  issueTold(id: string, event: IssueEvent): Promise<void>;
  /** Picks up what a stopped bot left running. */
  resume(): Promise<void>;
  /** Aborts running checks; they are picked up by the next `resume`. */
  close(): Promise<void>;
}

type IssueEvent = Extract<InvestigationEvent, { kind: 'issue-opened' | 'issue-failed' }>;

/** How far back a starting bot looks for conclusions that were stored and perhaps not shown. */
const shownAgainForMs = 60 * 60_000;

/** Everything an investigation can be asked, safe against double clicks, redelivery and two people at once. */
export function createInvestigations(ports: InvestigationPorts): InvestigationService {
  const change = createChanges({ append: ports.store.append, load, onChange: ports.onChange });
  const runs = createRuns(ports, { change, load });
  const opening = createOpening({
    store: ports.store,
    change,
    load,
    endpointOf: ports.endpointOf,
    outagesOf: ports.outagesOf,
    now: () => ports.clock.now(),
    onChange: ports.onChange,
    start: runs.start,
  });

  /** What the events added up to when they were last read: only newer ones are read again. */
  const read = new Map<string, Investigation>();

  async function load(id: string): Promise<Investigation | null> {
    const known = read.get(id) ?? null;
    const state = (await ports.store.events(id, known?.seq ?? 0)).reduce<Investigation | null>(evolve, known);
    if (state !== null && state.conclusion === null) read.set(id, state);
    else read.delete(id);
    return state;
  }

  async function act(id: string, by: Actor, command: Parameters<Investigations['act']>[2]): Promise<WalkOutcome> {
    const changed = await change(id, (state) => decide(state, by, ports.clock.now(), command));
    if (changed.kind !== 'done') return changed;
    if (command.kind === 'conclude') runs.abort(id);
    runs.start(changed.investigation, changed.events);
    return { kind: 'done', investigation: changed.investigation };
  }

  async function listJustConcluded(): Promise<readonly Investigation[]> {
    const ids = await ports.store.concludedSince(ports.clock.now() - shownAgainForMs);
    return (await Promise.all(ids.map(load))).filter((state) => state !== null);
  }

  return {
    ...opening,
    act,
    async learn(id, make) {
      await change(id, (state) => {
        const events = state.conclusion === null ? make(state) : [];
        return events.length > 0 ? { kind: 'events', events } : { kind: 'refused', message: 'nothing new' };
      });
    },
    async issueTold(id, event) {
      await change(id, ({ issue }) =>
        issue?.kind === 'asked'
          ? { kind: 'events', events: [event] }
          : { kind: 'refused', message: 'nobody waits for it' },
      );
    },
    find: load,
    async listOpen(cluster) {
      const ids = await ports.store.open(cluster === undefined ? {} : { cluster });
      const found = await Promise.all(ids.map(load));
      return found.filter((state) => state !== null);
    },
    listJustConcluded,
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
      for (const state of await listJustConcluded()) ports.onChange(state);
    },
    close: runs.close,
  };
}
