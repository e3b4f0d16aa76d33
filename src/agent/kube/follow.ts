import { z } from 'zod';
import type { Log } from '../../ops/log.ts';
import { pause } from '../pause.ts';
import type { KubeAnswer, KubeClient, WatchEnd, WatchEvent } from './client.ts';
import { listPages } from './pages.ts';
import { isRefused, lastSureAt, NEVER_LISTED, type Standing } from './standing.ts';

/** One kind of resource: where it is, and what is kept of each object. */
export interface Kind<T> {
  readonly name: string;
  /** `/api/v1/pods`; selectors in `query`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The server sends only the metadata of each object. */
  readonly metadataOnly?: boolean;
  /** An object reduced to what is used, at once, so that the rest is never held; null: of no interest. @throws if it has not the form expected. */
  reduce(object: unknown): T | null;
}

/** One object that came, changed or went. It happened within `[earliestAt, latestAt]` on the agent's clock. */
export interface Change<T> {
  readonly uid: string;
  /** Its newest resource version; null: it is gone. */
  readonly version: string | null;
  readonly before: T | null;
  /** null while there is a version: it is there, and of no interest any more. */
  readonly after: T | null;
  /** The two differ after a gap: the last proof before it, and the list or the replay that showed the change. */
  readonly earliestAt: number;
  readonly latestAt: number;
}

export interface Entry<T> {
  readonly uid: string;
  readonly version: string;
  readonly record: T;
}

export interface Followed<T> {
  /** The same array as before while nothing has changed. */
  items(): readonly T[];
  standing(): Standing;
  /** The server gave a sign of life, asked for at `askedAt`: what waits to be tried again is tried now. */
  alive(askedAt: number): void;
  /** Lists and watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FollowOptions<T> {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly log: Log;
  readonly pace: FollowPace;
  /** Everything that differs from what was held; not called for the first list, which tells no change. */
  readonly onChange?: (change: Change<T>) => void;
  /** The first list, which was true at some moment of `[askedAt, answeredAt]`. */
  readonly onFirst?: (entries: Iterable<Entry<T>>, askedAt: number, answeredAt: number) => void;
  /** Called after every list, event, bookmark and loss. */
  readonly onProgress?: () => void;
}

export interface FollowPace {
  /** How long the server is asked to keep a watch open: spread between the two. */
  readonly watchSeconds: readonly [number, number];
  /** Bookmarks come about once a minute: after this long without a byte the stream is dead. */
  readonly stallMs: number;
  readonly requestMs: number;
  readonly retryMs: readonly [number, number];
  /** A kind that never was there, or never could be read, is asked for again this much later. */
  readonly refusedMs: number;
  /** What happened since the stream before is sent within this time of the opening, before anything new. */
  readonly replayMs: number;
}

export const FOLLOW_PACE: FollowPace = {
  watchSeconds: [240, 300],
  stallMs: 150_000,
  requestMs: 30_000,
  retryMs: [500, 15_000],
  refusedMs: 30_000,
  replayMs: 2_000,
};

/** What happened this shortly before a stream ended in order may not have been sent on it. */
const UNSENT_MS = 1_000;

const METADATA = 'g=meta.k8s.io;v=v1,application/json';
const ACCEPT = { list: 'application/json', watch: 'application/json' };
const ACCEPT_METADATA = {
  list: `application/json;as=PartialObjectMetadataList;${METADATA}`,
  watch: `application/json;as=PartialObjectMetadata;${METADATA}`,
};

const Meta = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string() }) });
const Bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const Failure = z.object({ code: z.number().int().catch(0), message: z.string().catch('no reason given') });

interface Held<T> {
  readonly version: string;
  readonly record: T;
}

/**
 * Keeps one kind of resource in step with the API server: a list, then watches from there. A watch that breaks is
 * opened again from the last version seen; only a version that the server no longer knows (410) leads to a new list.
 */
export function follow<T>(kind: Kind<T>, options: FollowOptions<T>): Followed<T> {
  const { client, clock, log, pace, onChange, onFirst, onProgress } = options;
  const accept = kind.metadataOnly ? ACCEPT_METADATA : ACCEPT;
  let objects = new Map<string, Held<T>>();
  let items: readonly T[] | null = null;
  let version: string | null = null;
  let standing = NEVER_LISTED;
  /** Of the stream that is open: when it was, and since when what comes on it may have happened. */
  let replay: { openedAt: number; sinceAt: number } | null = null;
  let nap: AbortController | null = null;

  const lost = (trouble: Exclude<KubeAnswer, { kind: 'ok' }>) => {
    const first = standing.trouble?.message !== trouble.message;
    standing = { ...standing, connected: false, settled: false, trouble };
    if (first) log.warn({ resource: kind.name, ...trouble }, 'lost sight of a resource');
    onProgress?.();
  };

  function held(object: unknown): { uid: string; version: string; entry: Held<T> | null } | null {
    const meta = Meta.safeParse(object);
    if (!meta.success) return null;
    const { uid, resourceVersion } = meta.data.metadata;
    const known = objects.get(uid);
    if (known?.version === resourceVersion) return { uid, version: resourceVersion, entry: known };
    try {
      const record = kind.reduce(object);
      return { uid, version: resourceVersion, entry: record === null ? null : { version: resourceVersion, record } };
    } catch (error) {
      log.warn({ resource: kind.name, uid, error }, 'left out an object that has not the form expected');
      return { uid, version: resourceVersion, entry: null };
    }
  }

  async function relist(signal: AbortSignal): Promise<boolean> {
    const earliestAt = lastSureAt(standing);
    const askedAt = clock();
    const after = new Map<string, Held<T>>();
    const answer = await listPages({
      client,
      path: kind.path,
      query: kind.query ?? {},
      accept: accept.list,
      signal,
      timeoutMs: pace.requestMs,
      onItem(item) {
        const found = held(item);
        if (found?.entry) after.set(found.uid, found.entry);
      },
    });
    if (answer.kind !== 'listed') {
      if (!signal.aborted) lost(answer);
      return false;
    }
    const before = objects;
    const first = !standing.listed;
    objects = after;
    items = null;
    version = answer.version;
    // The list is at least as new as the moment it was asked for.
    standing = {
      ...standing,
      listed: true,
      connected: true,
      provenAt: askedAt,
      completeFromAt: askedAt,
      trouble: null,
    };
    if (first) onFirst?.(entries(), askedAt, clock());
    else tellDifferences(before, after, earliestAt, clock());
    onProgress?.();
    return true;
  }

  function tellDifferences(
    before: Map<string, Held<T>>,
    after: Map<string, Held<T>>,
    earliestAt: number,
    latestAt: number,
  ) {
    for (const [uid, was] of before) {
      const is = after.get(uid);
      if (is === was) continue;
      const version = is?.version ?? null;
      onChange?.({ uid, version, before: was.record, after: is?.record ?? null, earliestAt, latestAt });
    }
    for (const [uid, is] of after) {
      if (before.has(uid)) continue;
      onChange?.({ uid, version: is.version, before: null, after: is.record, earliestAt, latestAt });
    }
  }

  function* entries(): Generator<Entry<T>> {
    for (const [uid, { version, record }] of objects) yield { uid, version, record };
  }

  const proven = (at: number) => {
    standing = { ...standing, connected: true, settled: true, provenAt: at, trouble: null };
    onProgress?.();
  };

  /** Returns what the server complained of, if it did. */
  function take(event: WatchEvent): { code: number; message: string } | null {
    const now = clock();
    if (event.type === 'ERROR') return Failure.parse(event.object);
    if (event.type === 'BOOKMARK') {
      version = Bookmark.parse(event.object).metadata.resourceVersion;
      // It comes after all that there was to be sent again.
      replay = null;
      proven(now);
      return null;
    }
    if (replay !== null && now - replay.openedAt >= pace.replayMs) replay = null;
    version = Meta.parse(event.object).metadata.resourceVersion;
    const found = held(event.object);
    if (found !== null) {
      const was = objects.get(found.uid);
      const gone = event.type === 'DELETED';
      const is = gone ? null : found.entry;
      if (is === null) objects.delete(found.uid);
      else objects.set(found.uid, is);
      if (was !== is) items = null;
      if (was !== is && (was ?? is) !== null) {
        onChange?.({
          uid: found.uid,
          version: gone ? null : found.version,
          before: was?.record ?? null,
          after: is?.record ?? null,
          earliestAt: Math.min(replay?.sinceAt ?? now, now),
          latestAt: now,
        });
      }
    }
    proven(now);
    return null;
  }

  async function watch(from: string, signal: AbortSignal): Promise<WatchEnd> {
    const [least, most] = pace.watchSeconds;
    const query = new URLSearchParams({
      ...kind.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(Math.round(least + Math.random() * (most - least))),
    });
    let complaint: { code: number; message: string } | null = null;
    const sinceAt = lastSureAt(standing);
    const end = await client.watch(`${kind.path}?${query}`, {
      signal,
      accept: accept.watch,
      stallMs: pace.stallMs,
      onOpen: () => {
        replay = { openedAt: clock(), sinceAt };
        standing = { ...standing, connected: true, trouble: null };
        onProgress?.();
      },
      onEvent: (event) => {
        complaint ??= take(event);
      },
    });
    replay = null;
    return complaint === null ? end : refusedAs(complaint);
  }

  function settle(end: WatchEnd) {
    switch (end.kind) {
      case 'ended':
        if (standing.settled) standing = { ...standing, provenAt: Math.max(standing.provenAt, clock() - UNSENT_MS) };
        standing = { ...standing, settled: false };
        return;
      case 'stalled':
        return lost({ kind: 'unreachable', message: `nothing came for ${pace.stallMs} ms` });
      case 'unreachable':
        return lost(end);
      case 'refused':
        if (end.status !== 410) return lost(end);
        log.info({ resource: kind.name }, 'the version is gone: listing anew');
        standing = { ...standing, settled: false };
        version = null;
    }
  }

  async function rest(ms: number, signal: AbortSignal) {
    nap = new AbortController();
    await pause(ms, AbortSignal.any([signal, nap.signal]));
    nap = null;
  }

  return {
    items: () => (items ??= Array.from(objects.values(), (each) => each.record)),
    standing: () => standing,

    alive(askedAt) {
      const takenUp = replay !== null && askedAt - replay.openedAt >= pace.replayMs;
      if (standing.connected && (standing.settled || takenUp)) {
        standing = { ...standing, settled: true, confirmedAt: askedAt };
      }
      // An API server that has just come up may refuse for a moment what it lets be read later.
      if (standing.listed || !isRefused(standing)) nap?.abort();
    },

    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        if (version === null && !(await relist(signal))) {
          await rest(!standing.listed && isRefused(standing) ? pace.refusedMs : backoff(pace, failures++), signal);
          continue;
        }
        if (version === null) continue;
        const openedAt = clock();
        const end = await watch(version, signal);
        if (signal.aborted) return;
        settle(end);
        // One that ends in order after a while is opened again at once; a short one must not make a tight loop.
        const lasted = clock() - openedAt > pace.retryMs[1];
        failures = lasted ? 0 : failures + 1;
        if (!lasted || end.kind !== 'ended') await rest(backoff(pace, failures), signal);
      }
    },
  };
}

function refusedAs({ code, message }: { code: number; message: string }): WatchEnd {
  return { kind: 'refused', status: code, message };
}

/** Doubles from the least to the most, spread over its upper half so that agents don't come back all at once. */
function backoff(pace: FollowPace, failures: number): number {
  const [least, most] = pace.retryMs;
  return Math.min(most, least * 2 ** Math.min(failures, 16)) * (0.5 + Math.random() / 2);
}
