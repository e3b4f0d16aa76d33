import { isIP } from 'node:net';
import type { Clock } from '../../../ops/clock.ts';
import { orAborted } from '../../../ops/or-aborted.ts';
import type { Failure } from './api/failure.ts';
import type { AwsApi } from './api/open.ts';
import { differences } from './differ.ts';
import type { AwsEntry } from './entry.ts';
import { type NameAnswer, readState } from './read-state.ts';
import { resourcesOf } from './resources-of.ts';
import { forgetting, fromShelf, type Kept, type ModelShelf, withState } from './shelf.ts';
import type { AwsState } from './state.ts';
import { isSameMoment, seenChanges, type Teller } from './to-changes.ts';

/** What is on the way to one cluster's API server, kept and refreshed. One thing at a time is done to it. */
export interface WayWatch {
  readonly cluster: string;
  /** Its newest look that could be kept, and what was learned besides. */
  kept(): Promise<Kept>;
  /** Looks anew, unless somebody else did meanwhile: after `newerThanAt`. Rejects for nothing but the signal's reason. */
  refresh(api: AwsApi, newerThanAt: number, signal: AbortSignal): Promise<Refreshed>;
  /** Works on what is kept, and keeps what comes of it. */
  update<T>(work: (kept: Kept) => { readonly kept: Kept; readonly value: T }, signal: AbortSignal): Promise<T>;
}

export type Refreshed =
  | { readonly kind: 'read'; readonly isNew: boolean; readonly state: AwsState; readonly failures: readonly Failure[] }
  /** Nobody has said or learned yet where clients connect. */
  | { readonly kind: 'noEndpoint' };

export interface WayPorts {
  /** Where clients of the cluster connect, as it is configured or was learned; null: not known. */
  endpointOf(cluster: string): Promise<{ readonly host: string; readonly port: number } | null>;
  /** As clients resolve it; null: it does not resolve, or nobody could say. */
  lookUp(host: string, signal: AbortSignal): Promise<NameAnswer | null>;
  readonly shelf: ModelShelf;
  readonly clock: Clock;
}

export function wayWatch(cluster: string, entry: AwsEntry, source: string, ports: WayPorts): WayWatch {
  const key = `${source}/${entry.name}/${cluster}`;
  const { shelf, clock } = ports;
  let known: Kept | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const kept = async () => {
    known ??= await fromShelf(shelf, key);
    return known;
  };
  const keep = async (next: Kept) => {
    known = forgetting(next, clock.now());
    await shelf.put(key, known);
  };
  /** One after the other, or the later would keep over what the earlier found. */
  const inTurn = <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const turn = last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    last = turn.catch(() => {});
    return orAborted(turn, signal);
  };

  return {
    cluster,
    kept,
    refresh: (api, newerThanAt, signal) =>
      inTurn(async () => {
        const endpoint = await ports.endpointOf(cluster);
        if (endpoint === null) return { kind: 'noEndpoint' };
        const before = await kept();
        const newest = before.states[0]?.state ?? null;
        if (newest !== null && newest.readAt > newerThanAt && newest.unread.length === 0) {
          return { kind: 'read', isNew: false, state: newest, failures: [] };
        }
        const previous = newest?.endpoint.host === endpoint.host ? newest : null;
        const answer = isIP(endpoint.host) === 0 ? await ports.lookUp(endpoint.host, signal) : null;
        const nowAt = clock.now();
        const { state, failures } = await readState(api, { entry, endpoint, answer, last: previous, nowAt }, signal);
        const teller = { source, instance: entry.name, nowAt };
        await keep(withState(withSeen(before, previous, state, teller), state));
        return { kind: 'read', isNew: true, state, failures };
      }, signal),
    update: (work, signal) =>
      inTurn(async () => {
        const before = await kept();
        const { kept: next, value } = work(before);
        if (next !== before) await keep(next);
        return value;
      }, signal),
  };
}

/** What differs from the last look, save what an event has told already. */
function withSeen(kept: Kept, before: AwsState | null, after: AwsState, teller: Teller): Kept {
  if (before === null || before.readAt >= after.readAt) return kept;
  const between = { earliestAt: before.readAt, latestAt: after.readAt };
  const explained = kept.events.filter(({ at }) => isSameMoment(at, between)).flatMap(({ resources }) => resources);
  const deeds = differences(before, after).filter(
    (deed) => !resourcesOf(deed, after).some((resource) => explained.includes(resource)),
  );
  return deeds.length === 0
    ? kept
    : { ...kept, told: [...kept.told, ...seenChanges(deeds, { before, after }, teller)] };
}
