import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stepById, steps } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Onset, Outage } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import { sameVantage, type Vantage } from '../words/vantage.ts';
import { isAboutOutage } from './about-outage.ts';
import type { Change } from './changes.ts';
import type { Opened, OpenRequest } from './commands.ts';
import { startOf } from './decide.ts';
import type { InvestigationEvent } from './events.ts';
import { evolve, stepsInOrder } from './evolve.ts';
import type { InvestigationStore } from './ports.ts';
import type { Investigation, Room, StepState } from './state.ts';
import { turns } from './turns.ts';

export interface OpeningPorts {
  readonly store: InvestigationStore;
  readonly change: Change;
  load(id: string): Promise<Investigation | null>;
  /** The endpoint a new investigation of this cluster starts with; null when none is known. */
  endpointOf(cluster: string): Promise<string | null>;
  /** Outages that last, or ended not long ago; newest first. */
  outagesOf(cluster: string): Promise<readonly Outage[]>;
  /** Epoch ms. */
  now(): number;
  /** Told of every new investigation; of changes to one, `change` tells. */
  onChange(investigation: Investigation): void;
  /** Starts the runs that these events began. */
  start(investigation: Investigation, events: readonly InvestigationEvent[]): void;
}

const itself: Actor = { kind: 'itself' };

/** What was found at the onset stands; older than this it is looked at once more when somebody asks. */
const freshForMs = 15_000;
/** A vantage that comes back later than this finds an investigation that was left open, not one that waits for it. */
const awaitedForMs = 60 * 60_000;
/** What ended longer before an investigation was opened is not what it is about. */
const historyAfterMs = 10 * 60_000;
/** One that stood by through an outage is brought in this long after its end; later it is history. */
const broughtWithinMs = 2 * 60 * 60_000;

/** The ways into an investigation: opened by a person, joined, brought into a room, or opened by itself at an onset. */
export function createOpening(ports: OpeningPorts) {
  const inTurn = turns();

  async function open(request: OpenRequest): Promise<Opened> {
    return inTurn(request.cluster, async () => {
      const standing = await findOpen(
        request.cluster,
        ({ room }) => request.room === null || sameRoom(room, request.room),
      );
      if (standing !== null) return { kind: 'joined', investigation: await told(standing, request) };
      const outages = await ports.outagesOf(request.cluster);
      if (request.room !== null) {
        const elsewhere = await findOpen(
          request.cluster,
          (state) => state.room !== null && isAboutOutage(state, outages),
        );
        if (elsewhere !== null) return { kind: 'joined', investigation: await told(elsewhere, request) };
        const brought = await bring(request, request.room);
        if (brought !== null) return { kind: 'opened', investigation: brought };
      }
      const onsets = outages.map(({ onset }) => onset);
      if (request.report) onsets.push(request.report);
      return { kind: 'opened', investigation: await begin(request, onsets) };
    });
  }

  /** What a person who joins adds. */
  async function told(investigation: Investigation, { by, report }: OpenRequest): Promise<Investigation> {
    if (!report) return investigation;
    const changed = await ports.change(investigation.id, (state) => {
      // Slack delivers some requests twice.
      if (state.onsets.some(({ id }) => id === report.id)) return { kind: 'already', by, at: ports.now() };
      const found = { kind: 'onset-found' as const, at: ports.now(), by, onset: report };
      return { kind: 'events', events: [found, ...runsAnew(state, () => true)] };
    });
    if (changed.kind !== 'done') return investigation;
    ports.start(changed.investigation, changed.events);
    return changed.investigation;
  }

  /** The one that stands by for this cluster's outage; null when there is none. */
  async function bring({ cluster, by, report, endpoint }: OpenRequest, room: Room): Promise<Investigation | null> {
    const standsBy = await findOpen(cluster, (state) => waits(state) && isRecent(state, ports.now()));
    if (standsBy === null) return null;
    const at = ports.now();
    const changed = await ports.change(standsBy.id, (state) => {
      if (!waits(state)) return { kind: 'already', by: state.openedBy, at: state.openedAt };
      // What was found while it failed says nothing of how it is now that it is over.
      const lasts = state.onsets.some(({ recovery }) => recovery === null);
      const stale = (step: StepState) => !lasts || !step.runs.some(({ startedAt }) => startedAt > at - freshForMs);
      return {
        kind: 'events',
        events: [
          { kind: 'brought', at, by, room },
          ...(report ? [{ kind: 'onset-found' as const, at, by, onset: report }] : []),
          ...(endpoint === null ? [] : [{ kind: 'endpoint-set' as const, at, by, url: endpoint }]),
          ...runsAnew(state, report || endpoint !== null ? () => true : stale),
        ],
      };
    });
    if (changed.kind !== 'done') return null;
    ports.start(changed.investigation, changed.events);
    return changed.investigation;
  }

  async function begin(
    request: Pick<OpenRequest, 'cluster' | 'by' | 'room' | 'endpoint'> & { readonly incident?: string },
    onsets: readonly Onset[],
  ): Promise<Investigation> {
    const id = newId();
    const at = ports.now();
    const { cluster, by, room, incident } = request;
    const endpoint = request.endpoint ?? (await ports.endpointOf(cluster));
    const opened: InvestigationEvent = {
      kind: 'opened',
      at,
      by,
      id,
      cluster,
      endpoint,
      room,
      ...(incident === undefined ? {} : { incident }),
    };
    // Without an endpoint the other steps would not know what to ask about: step 1 goes first.
    const first: readonly StepId[] = endpoint === null ? ['endpoint'] : steps.map((step) => step.id);
    const blank = evolve(null, opened);
    const events = [
      opened,
      ...onsets.map((onset) => found(onset, at)),
      ...first.map((step) => startOf(blank.steps[step], itself, at)),
    ];
    if (!(await ports.store.append(id, 0, events))) throw new Error(`investigation id ${id} is taken`);
    const investigation = await ports.load(id);
    if (investigation === null) throw new Error(`investigation ${id} vanished from the store`);
    ports.onChange(investigation);
    ports.start(investigation, events);
    return investigation;
  }

  async function findOpen(cluster: string, fits: (state: Investigation) => boolean): Promise<Investigation | null> {
    for (const id of await ports.store.open({ cluster })) {
      const state = await ports.load(id);
      if (state !== null && fits(state)) return state;
    }
    return null;
  }

  /**
   * An outage began, went on or ended. Every open investigation of the cluster learns its onset, and looks for itself
   * at a new one that it did not look at yet; where none is open, one is opened that stands by until it is asked for.
   */
  async function outageSeen(outage: Outage): Promise<void> {
    const { cluster, incident, onset } = outage;
    await inTurn(cluster, async () => {
      const ids = await ports.store.open({ cluster });
      for (const id of ids) {
        const changed = await ports.change(id, (state) => {
          const known = state.onsets.find((one) => one.id === onset.id);
          if (isDeepStrictEqual(known, onset)) {
            return { kind: 'already', by: itself, at: ports.now() };
          }
          // Agents that were away tell of what was over long before anybody asked.
          if (known === undefined && isHistory(onset, state.openedAt))
            return { kind: 'already', by: itself, at: ports.now() };
          const unseen = (step: StepState) => !step.runs.some(({ startedAt }) => startedAt >= onset.latestAt);
          const anew = known === undefined && onset.recovery === null ? runsAnew(state, unseen) : [];
          return { kind: 'events', events: [found(onset, ports.now()), ...anew] };
        });
        if (changed.kind === 'done') ports.start(changed.investigation, changed.events);
      }
      if (ids.length > 0 || onset.recovery !== null) return;
      const request = { cluster, by: itself, room: null, endpoint: null, incident };
      await begin(request, [onset]);
    });
  }

  /** A vantage is connected that the newest run of a step had to go without: it is asked now what it can tell. */
  async function vantageBack(cluster: string, vantage: Vantage): Promise<void> {
    await inTurn(cluster, async () => {
      const at = ports.now();
      for (const id of await ports.store.open({ cluster })) {
        const changed = await ports.change(id, (state) => {
          const wanted = at - state.openedAt < awaitedForMs || state.onsets.some(({ recovery }) => recovery === null);
          const anew = wanted ? runsAnew(state, (step) => wentWithout(step, vantage)) : [];
          return anew.length > 0 ? { kind: 'events', events: anew } : { kind: 'already', by: itself, at };
        });
        if (changed.kind === 'done') ports.start(changed.investigation, changed.events);
      }
    });
  }

  function found(onset: Onset, at: number): InvestigationEvent {
    return { kind: 'onset-found', at, by: itself, onset };
  }

  function runsAnew(state: Investigation, wanted: (step: StepState) => boolean): InvestigationEvent[] {
    return stepsInOrder(state)
      .filter((step) => wanted(step) && !step.runs.some(({ status }) => status === 'running'))
      .map((step) => startOf(step, itself, ports.now()));
  }

  return { open, outageSeen, vantageBack };
}

function wentWithout({ id, runs }: StepState, vantage: Vantage): boolean {
  const newest = runs.findLast(({ status }) => status === 'done' || status === 'failed');
  if (newest === undefined || newest.missing.length === 0) return false;
  return (
    stepById(id).runsOn.includes(vantage.kind) && !newest.evidence.some((one) => sameVantage(one.vantage, vantage))
  );
}

/** Opened by itself at an onset, and nobody asked for it yet. */
export function waits({ incident, room, conclusion }: Investigation): boolean {
  return incident !== null && room === null && conclusion === null;
}

function isHistory({ recovery }: Onset, openedAt: number): boolean {
  return recovery !== null && recovery.latestAt < openedAt - historyAfterMs;
}

function isRecent({ onsets }: Investigation, nowAt: number): boolean {
  return onsets.some(({ recovery }) => recovery === null || recovery.latestAt > nowAt - broughtWithinMs);
}

function sameRoom(a: Room | null, b: Room | null): boolean {
  return a === null || b === null ? a === b : a.channel === b.channel && a.thread === b.thread;
}

/** Letters and digits that are not mistaken for one another when read aloud. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

function newId(): string {
  return `inv-${Array.from({ length: 6 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')}`;
}
