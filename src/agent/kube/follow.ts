import { z } from 'zod';
import type { Log } from '../../ops/log.ts';
import { pause } from '../pause.ts';
import type { KubeAnswer, KubeClient, WatchEnd, WatchEvent } from './client.ts';

/** One kind of resource: where it is, and what is kept of each object. */
export interface Kind<T> {
  readonly name: string;
  /** `/api/v1/pods`; selectors in `query`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** An object reduced to what is used, at once, so that the rest is never held; null: of no interest. @throws if it has not the form expected. */
  reduce(object: unknown): T | null;
}

/** One object that came, changed or went. It happened within `[earliestAt, latestAt]` on the agent's clock. */
export interface Change<T> {
  readonly before: T | null;
  readonly after: T | null;
  /** The two differ after a gap: the last proof before it, and the list that showed the change. */
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** How far what is held can be trusted. */
export interface Standing {
  /** Was there ever a complete list? */
  readonly listed: boolean;
  /** Is the stream open now, or between two in order? */
  readonly connected: boolean;
  /** Epoch ms of the last list, event or bookmark; 0 before the first. */
  readonly provenAt: number;
  /** Why there is no stream; null when there is one. */
  readonly trouble: Exclude<KubeAnswer, { kind: 'ok' }> | null;
}

export interface Followed<T> {
  items(): readonly T[];
  standing(): Standing;
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
}

export const FOLLOW_PACE: FollowPace = {
  watchSeconds: [240, 300],
  stallMs: 150_000,
  requestMs: 30_000,
  retryMs: [500, 15_000],
  refusedMs: 30_000,
};

const PAGE = 500;

const Meta = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string() }) });
const Bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const Page = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().nullish() }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});
const Failure = z.object({ code: z.number().int().catch(0), message: z.string().catch('no reason given') });

interface Held<T> {
  readonly version: string;
  readonly record: T;
}

type Listed<T> =
  | { readonly kind: 'listed'; readonly version: string; readonly objects: Map<string, Held<T>> }
  | Exclude<KubeAnswer, { kind: 'ok' }>;

/**
 * Keeps one kind of resource in step with the API server: a list, then watches from there. A watch that breaks is
 * opened again from the last version seen; only a version that the server no longer knows (410) leads to a new list.
 */
export function follow<T>(kind: Kind<T>, options: FollowOptions<T>): Followed<T> {
  const { client, clock, log, pace, onChange, onProgress } = options;
  let objects = new Map<string, Held<T>>();
  let version: string | null = null;
  let standing: Standing = { listed: false, connected: false, provenAt: 0, trouble: null };

  const proven = (at: number) => {
    standing = { listed: true, connected: true, provenAt: at, trouble: null };
    onProgress?.();
  };
  const lost = (trouble: Exclude<KubeAnswer, { kind: 'ok' }>) => {
    const first = standing.trouble?.message !== trouble.message;
    standing = { ...standing, connected: false, trouble };
    if (first) log.warn({ resource: kind.name, ...trouble }, 'lost sight of a resource');
    onProgress?.();
  };

  function held(object: unknown): { uid: string; entry: Held<T> | null } | null {
    const meta = Meta.safeParse(object);
    if (!meta.success) return null;
    const { uid, resourceVersion } = meta.data.metadata;
    const known = objects.get(uid);
    if (known?.version === resourceVersion) return { uid, entry: known };
    try {
      const record = kind.reduce(object);
      return { uid, entry: record === null ? null : { version: resourceVersion, record } };
    } catch (error) {
      log.warn({ resource: kind.name, uid, error }, 'left out an object that has not the form expected');
      return { uid, entry: null };
    }
  }

  async function list(signal: AbortSignal): Promise<Listed<T>> {
    const next = new Map<string, Held<T>>();
    let from: string | null = null;
    for (;;) {
      const path = `${kind.path}?${new URLSearchParams({ ...kind.query, limit: String(PAGE), ...(from === null ? {} : { continue: from }) })}`;
      const answer = await client.get(path, { signal, timeoutMs: pace.requestMs });
      if (answer.kind !== 'ok') return answer;
      const page = Page.safeParse(answer.body);
      if (!page.success) return { kind: 'unreachable', message: `${kind.path} did not answer with a list` };
      for (const object of page.data.items) {
        const found = held(object);
        if (found?.entry) next.set(found.uid, found.entry);
      }
      from = page.data.metadata.continue || null;
      if (from === null) return { kind: 'listed', version: page.data.metadata.resourceVersion, objects: next };
    }
  }

  async function relist(signal: AbortSignal): Promise<boolean> {
    const earliestAt = standing.provenAt;
    const first = !standing.listed;
    const startedAt = clock();
    const answer = await list(signal);
    if (answer.kind !== 'listed') {
      if (!signal.aborted) lost(answer);
      return false;
    }
    const before = objects;
    objects = answer.objects;
    version = answer.version;
    // The list is at least as new as the moment it was asked for.
    proven(startedAt);
    if (!first) tellDifferences(before, objects, earliestAt, clock());
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
      if (is !== was) onChange?.({ before: was.record, after: is?.record ?? null, earliestAt, latestAt });
    }
    for (const [uid, is] of after) {
      if (!before.has(uid)) onChange?.({ before: null, after: is.record, earliestAt, latestAt });
    }
  }

  /** Returns what the server complained of, if it did. */
  function take(event: WatchEvent): { code: number; message: string } | null {
    const now = clock();
    if (event.type === 'ERROR') return Failure.parse(event.object);
    if (event.type === 'BOOKMARK') {
      version = Bookmark.parse(event.object).metadata.resourceVersion;
      proven(now);
      return null;
    }
    version = Meta.parse(event.object).metadata.resourceVersion;
    const found = held(event.object);
    if (found !== null) {
      const was = objects.get(found.uid);
      const is = event.type === 'DELETED' ? null : found.entry;
      if (is === null) objects.delete(found.uid);
      else objects.set(found.uid, is);
      if (was !== is && (was ?? is) !== null) {
        onChange?.({ before: was?.record ?? null, after: is?.record ?? null, earliestAt: now, latestAt: now });
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
    const end = await client.watch(`${kind.path}?${query}`, {
      signal,
      stallMs: pace.stallMs,
      onOpen: () => {
        standing = { ...standing, connected: true, trouble: null };
        onProgress?.();
      },
      onEvent: (event) => {
        complaint ??= take(event);
      },
    });
    return complaint === null ? end : refusedAs(complaint);
  }

  function settle(end: WatchEnd) {
    switch (end.kind) {
      case 'ended':
        return;
      case 'stalled':
        return lost({ kind: 'unreachable', message: `nothing came for ${pace.stallMs} ms` });
      case 'unreachable':
        return lost(end);
      case 'refused':
        if (end.status !== 410) return lost(end);
        log.info({ resource: kind.name }, 'the version is gone: listing anew');
        version = null;
    }
  }

  return {
    items: () => Array.from(objects.values(), (each) => each.record),
    standing: () => standing,

    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        if (version === null && !(await relist(signal))) {
          await pause(!standing.listed && isRefused(standing) ? pace.refusedMs : backoff(pace, failures++), signal);
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
        if (!lasted || end.kind !== 'ended') await pause(backoff(pace, failures), signal);
      }
    },
  };
}

/** Not there (404), or not allowed (403): no failure of the API server, and nothing that soon passes. */
export function isRefused(standing: Standing): boolean {
  return standing.trouble?.kind === 'refused' && [403, 404].includes(standing.trouble.status);
}

function refusedAs({ code, message }: { code: number; message: string }): WatchEnd {
  return { kind: 'refused', status: code, message };
}

/** Doubles from the least to the most, spread over its upper half so that agents don't come back all at once. */
function backoff(pace: FollowPace, failures: number): number {
  const [least, most] = pace.retryMs;
  return Math.min(most, least * 2 ** Math.min(failures, 16)) * (0.5 + Math.random() / 2);
}
