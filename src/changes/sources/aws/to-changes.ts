import type { Change } from '../../../words/change.ts';
import type { Deed } from './deed.ts';
import { deedWords } from './deed-words.ts';
import { effectOf } from './effect-of.ts';
import type { ToldEvent } from './history.ts';
import { resourcesOf } from './resources-of.ts';
import { holdsAny, type Kept, stateBefore } from './shelf.ts';
import type { AwsState } from './state.ts';
import { undo } from './undo.ts';
import { resolveRule } from './undo-network.ts';
import type { Undone } from './undone.ts';

export interface Teller {
  /** As in `Change.source` and `Change.instance`. */
  readonly source: string;
  readonly instance: string;
  readonly nowAt: number;
}

/** What CloudTrail tells of one cluster's way, and what is kept now. */
export interface EventChanges {
  readonly changes: readonly Change[];
  readonly kept: Kept;
}

/**
 * Events to changes, each judged by the newest look with all later events taken back: so that what was allowed again
 * since is not taken for what was allowed then. An event of something that was seen to differ before takes the place of
 * that difference.
 * @param events newest first, of everything that happened since the oldest of them
 */
export function eventChanges(events: readonly ToldEvent[], kept: Kept, teller: Teller): EventChanges {
  const current = kept.states[0]?.state ?? null;
  const judged: {
    readonly told: ToldEvent;
    readonly index: number;
    readonly change: Change;
    readonly resources: readonly string[];
  }[] = [];
  let after = current;
  for (const told of events) {
    const { event } = told;
    for (const [index, deed] of [...told.deeds.entries()].reverse()) {
      const revoked = deed.kind === 'group-rules' ? deed.removed.flatMap(({ id }) => id ?? []) : [];
      const earlier = stateBefore(kept, event.at, revoked);
      // One that came after the last look is in no look yet, and can't be taken back.
      const isIn = after !== null && event.at <= after.readAt && !holdsAny(after, revoked);
      const undone = after !== null && isIn ? undo(deed, after, earlier) : null;
      const change = changeOf(resolved(deed, earlier), { undone, state: current, earlier }, teller);
      const resources = current === null || undone?.kind === 'elsewhere' ? [] : resourcesOf(deed, earlier ?? current);
      if (undone?.kind === 'undone') after = { ...undone.before, readAt: undone.after.readAt };
      judged.push({
        told,
        index,
        resources,
        change: {
          ...change,
          id: `${teller.source}:${event.id}${index === 0 ? '' : `#${index}`}`,
          // Whole seconds are told.
          earliestAt: event.at,
          latestAt: event.at + 999,
          actor: event.actor,
          untilAt: untilAt(deed, earlier, event.at),
          link: linkOf(told),
        },
      });
    }
  }
  return joinedWithSeen(judged.reverse(), kept);
}

/** What differs between two looks, as changes that happened at some time between them. Nobody is named. */
export function seenChanges(
  deeds: readonly Deed[],
  { before, after }: { readonly before: AwsState; readonly after: AwsState },
  teller: Teller,
): Kept['told'] {
  let state = after;
  const told: Kept['told'] = [];
  for (const [index, deed] of [...deeds.entries()].reverse()) {
    const undone = undo(deed, state, before);
    const change = changeOf(deed, { undone, state: after, earlier: before }, teller);
    if (undone.kind === 'undone') state = undone.before;
    told.push({
      eventId: null,
      isOut: false,
      resources: [...resourcesOf(deed, after)],
      change: {
        ...change,
        id: `${teller.source}:seen:${teller.instance}:${after.endpoint.host}:${after.readAt}:${index}`,
        earliestAt: before.readAt,
        latestAt: after.readAt,
        untilAt: untilAt(deed, before, after.readAt),
      },
    });
  }
  return told.reverse();
}

/** An event and a difference are the same when they are about the same thing, and it happened between the two looks. */
export function isSameMoment(at: number, { earliestAt, latestAt }: Pick<Change, 'earliestAt' | 'latestAt'>): boolean {
  return at + 999 >= earliestAt - TOLERANCE_MS && at <= latestAt + TOLERANCE_MS;
}

/** A change may be recorded a little before it shows, and clocks differ. */
const TOLERANCE_MS = 5_000;

type Judged = {
  readonly told: ToldEvent;
  readonly index: number;
  readonly change: Change;
  readonly resources: readonly string[];
};

function joinedWithSeen(judged: readonly Judged[], kept: Kept): EventChanges {
  let told = kept.told.map((one) => ({ ...one }));
  const events = [...kept.events];
  const changes = judged.map(({ told: { event }, index, change, resources }) => {
    const eventId = `${event.id}#${index}`;
    const ofIt = told.filter((one) => one.eventId === eventId);
    const match =
      ofIt[0] ??
      told.find(
        (one) =>
          one.eventId === null &&
          isSameMoment(event.at, one.change) &&
          one.resources.some((resource) => resources.includes(resource)),
      );
    if (resources.length > 0 && !events.some(({ id }) => id === eventId)) {
      events.push({ id: eventId, at: event.at, resources: [...resources] });
    }
    if (match === undefined) return change;
    if (!match.isOut) {
      // Nobody knows it yet by another name.
      told = told.filter((one) => one !== match);
      return change;
    }
    match.eventId = eventId;
    return { ...change, id: match.change.id };
  });
  return { changes, kept: { ...kept, told, events } };
}

interface Judging {
  readonly undone: Undone | null;
  readonly state: AwsState | null;
  readonly earlier: AwsState | null;
}

type Untimed = Omit<Change, 'id' | 'earliestAt' | 'latestAt' | 'untilAt'>;

function changeOf(deed: Deed, { undone, state, earlier }: Judging, { source, instance, nowAt }: Teller): Untimed {
  const words = deedWords(deed, named(state, earlier));
  return {
    source,
    instance,
    ...words,
    diff: [...words.diff],
    observedAt: nowAt,
    certainty: 'seen',
    actor: null,
    effect: undone === null || state === null ? null : effectOf(deed, undone, state),
    link: null,
  };
}

/** Names of what is gone by now stand in the look before it. */
function named(state: AwsState | null, earlier: AwsState | null): AwsState | null {
  if (state === null || earlier === null) return state;
  return {
    ...state,
    groups: { ...earlier.groups, ...state.groups },
    balancers: [...state.balancers, ...earlier.balancers],
    instances: [...state.instances, ...earlier.instances],
    aclOf: [...state.aclOf, ...earlier.aclOf],
    tableOf: [...state.tableOf, ...earlier.tableOf],
  };
}

/** With what the look before it knows, so that a revoke by id is told with what it revoked. */
function resolved(deed: Deed, earlier: AwsState | null): Deed {
  switch (deed.kind) {
    case 'group-rules':
      return { ...deed, removed: deed.removed.map((rule) => resolveRule(rule, earlier)) };
    case 'acl-entry': {
      const was = earlier?.acls[deed.acl]?.entries.find(
        ({ number, egress }) => number === deed.number && egress === deed.egress,
      );
      return deed.was === 'untold' && was !== undefined ? { ...deed, was } : deed;
    }
    case 'route': {
      const was = earlier?.tables[deed.table]?.routes.find(({ destination }) => destination === deed.destination);
      return deed.was === 'untold' && was !== undefined ? { ...deed, was } : deed;
    }
    case 'managed-access':
      return deed.was === null && earlier?.managed?.name === deed.cluster ? { ...deed, was: earlier.managed } : deed;
    case 'interface': {
      const was = earlier?.interfaces.find(({ id }) => id === deed.interface)?.groups;
      return deed.was === null && was !== undefined ? { ...deed, was } : deed;
    }
    default:
      return deed;
  }
}

/** Resolvers hold the answer from before for as long as it said. */
function untilAt(deed: Deed, earlier: AwsState | null, at: number): number | null {
  if (deed.kind !== 'records') return null;
  const were =
    earlier?.records?.filter(({ name, type }) => deed.records.some((one) => one.name === name && one.type === type)) ??
    [];
  const ttls = were.flatMap(({ ttl }) => ttl ?? []);
  return ttls.length === 0 ? null : at + Math.max(...ttls) * 1_000;
}

function linkOf({ event: { region, id } }: ToldEvent): string | null {
  if (region === '') return null;
  return `https://${region}.console.aws.amazon.com/cloudtrailv2/home?region=${region}#/events/${encodeURIComponent(id)}`;
}
