import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Change } from '../../../words/change.ts';
import { AwsState } from './state.ts';

/** Where what was learned while all was well is kept, as JSON; durable if it is to outlive the bot. */
export interface ModelShelf {
  /** null: nothing was kept under it. */
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
}

const Kept = z.object({
  /** Newest first; those that differ in more than health. `sinceAt`: the first look that found it so. */
  states: z.array(z.object({ sinceAt: z.number(), state: AwsState })),
  /** Differences between two looks; `isOut`: somebody was told. The event that told of the same later. */
  told: z.array(
    z.object({ change: Change, resources: z.array(z.string()), isOut: z.boolean(), eventId: z.string().nullable() }),
  ),
  /** Events that were told before any look showed what they did. */
  events: z.array(z.object({ id: z.string(), at: z.number(), resources: z.array(z.string()) })),
});
/** What is kept of one cluster's way. */
export type Kept = z.infer<typeof Kept>;

/** What another version kept is as good as nothing. */
export async function fromShelf(shelf: ModelShelf, key: string): Promise<Kept> {
  const read = Kept.safeParse(await shelf.get(key));
  return read.success ? read.data : { states: [], told: [], events: [] };
}

const MOST_STATES = 12;
const MOST_TOLD = 200;
const KEPT_MS = 24 * 3_600_000;

/** A look that could read less than the one before does not take its place. */
export function withState(kept: Kept, state: AwsState): Kept {
  const [newest, ...older] = kept.states;
  if (newest === undefined) return { ...kept, states: [{ sinceAt: state.readAt, state }] };
  if (state.unread.length > newest.state.unread.length) return kept;
  const states = isDeepStrictEqual(compared(newest.state), compared(state))
    ? [{ ...newest, state }, ...older]
    : [{ sinceAt: state.readAt, state }, ...kept.states].slice(0, MOST_STATES);
  return { ...kept, states };
}

function compared({ readAt: _, notes: __, ...state }: AwsState) {
  const targetGroups = state.targetGroups.map(({ targets, ...group }) => ({
    ...group,
    targets: targets.map(({ id, port, health }) => ({ id, port, leaves: health === 'draining' })),
  }));
  return { ...state, targetGroups };
}

/**
 * The newest look from before a moment.
 * @param at whole seconds: of looks within that second, those that hold a rule that was revoked then were before it
 * @param revoked ids of rules; none is given twice
 */
export function stateBefore({ states }: Kept, at: number, revoked: readonly string[]): AwsState | null {
  const isBefore = ({ sinceAt, state }: Kept['states'][number]) =>
    sinceAt < at || (sinceAt <= at + 999 && holdsAny(state, revoked));
  return states.find(isBefore)?.state ?? null;
}

export function holdsAny({ groups }: AwsState, rules: readonly string[]): boolean {
  const all = Object.values(groups).flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  return all.some(({ id }) => id !== null && rules.includes(id));
}

export function forgetting(kept: Kept, nowAt: number): Kept {
  return {
    ...kept,
    told: kept.told.filter(({ change }) => change.latestAt > nowAt - KEPT_MS).slice(-MOST_TOLD),
    events: kept.events.filter(({ at }) => at > nowAt - KEPT_MS).slice(-MOST_TOLD),
  };
}
