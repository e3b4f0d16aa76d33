import { z } from 'zod';
import type { Change } from '../../../words/change.ts';
import type { SourceMemory } from '../memory.ts';
import type { Looked, OutsideSource, SourceTrouble, Stretch } from '../source.ts';
import { placeOf } from './ask-socket.ts';
import { compare, unwatchedMs } from './compare.ts';
import type { Difference } from './difference.ts';
import { effectOf } from './effect.ts';
import { examine } from './examine.ts';
import { type ApiPlace, joined, Leads, leadsIn } from './leads.ts';
import { type Access, lookAt } from './look.ts';
import { Sight } from './sight.ts';
import { supposedBefore } from './supposed-before.ts';

export interface HaproxyOptions {
  /** As people know it, such as `edge-1`. */
  readonly name: string;
  readonly clusters: readonly string[];
  readonly access: Access;
  /** Names of backends that lead to the API server; empty: those with a server at one of its addresses. */
  readonly backends: readonly string[];
  /** Names of frontends; empty: those that listen on its port, or share the name of such a backend. */
  readonly frontends: readonly string[];
  /** Of HAProxy, if this process may read it. */
  readonly configFile: string | null;
}

export interface HaproxyPorts {
  /** Where the cluster's API servers, and its endpoint, are known to be. */
  api(cluster: string): Promise<readonly ApiPlace[]>;
  readonly memory: SourceMemory;
  /** Epoch ms. */
  readonly clock: () => number;
  /** For each thing that is asked. */
  readonly deadlineMs?: number;
  readonly lookEveryMs?: number;
}

const categories = ['load-balancer'] as const;
const name = 'haproxy';
/** How long what was told is told again. */
const keepMs = 60 * 60_000;
const keepEveryMs = 30_000;

/** A load balancer on premises, looked at again and again: it keeps no history, only when each state began. */
export function haproxySource(options: HaproxyOptions, ports: HaproxyPorts): OutsideSource {
  const { access, clusters, configFile } = options;
  const { clock, memory, deadlineMs = 4_000, lookEveryMs = 5_000 } = ports;
  const where = access.kind === 'socket' ? placeOf(access.socket) : access.url;
  const told = new Map<string, { readonly cluster: string; readonly change: Change }>();
  let loaded: Promise<void> | null = null;
  let known: Known | null = null;
  let kept: Known | null = null;
  let keptAt = Number.NEGATIVE_INFINITY;
  /** Something was told that what is kept does not know of. */
  let isFresh = false;
  let watchedFromAt: number | null = null;

  /** What was told is in the caller's hands only when it asks again: then what it was compared with may be replaced. */
  async function remember(): Promise<readonly SourceTrouble[]> {
    loaded ??= memory.last().then((state) => {
      known = Known.safeParse(state).data ?? null;
    });
    await loaded;
    if (known === null || known === kept || (!isFresh && clock() - keptAt < keepEveryMs)) return [];
    try {
      await memory.keep(known);
      [kept, keptAt, isFresh] = [known, clock(), false];
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [
        {
          kind: 'gone',
          categories,
          words: `what was seen could not be kept for the next start (${why})`.slice(0, 500),
        },
      ];
    }
  }

  async function look(stretch: Stretch, signal: AbortSignal): Promise<Looked> {
    signal.throwIfAborted();
    const forgetful = await remember();
    const api = new Map(
      await Promise.all(clusters.map(async (cluster) => [cluster, await ports.api(cluster)] as const)),
    );
    const seen = await lookAt(access, configFile, { deadlineMs, clock }, signal);
    if (seen.kind === 'failed') {
      if (seen.isClosed) closed(clock());
      return { changes: within(stretch), covered: [], troubles: [{ ...seen.trouble, categories }] };
    }
    const troubles = take(seen.value, api);
    forget(seen.value.readAt - keepMs);
    if (troubles.length > 0) return { changes: within(stretch), covered: [], troubles };
    return { changes: within(stretch), covered: coveredIn(stretch, seen.value.readAt), troubles: forgetful };
  }

  /** Compares it with what was seen last, for each cluster by what leads to it. */
  function take(sight: Sight, api: ReadonlyMap<string, readonly ApiPlace[]>): readonly SourceTrouble[] {
    const before = known;
    // Another look that began later was faster.
    if (before !== null && before.sight.readAt >= sight.readAt) return [];
    const present = presentIn(sight, before?.present ?? []);
    const leads: Record<string, Leads> = {};
    const troubles: SourceTrouble[] = [];
    for (const cluster of clusters) {
      const places = api.get(cluster) ?? [];
      const now = leadsIn(sight, options, places);
      const led = before === null ? now : joined(before.leads[cluster] ?? now, now);
      leads[cluster] = led;
      const words = missing(led, present);
      if (words !== null) troubles.push({ kind: 'gone', categories, words });
      tell(cluster, led, before?.sight ?? null, sight, places);
    }
    const isGap = before === null || sight.readAt - before.sight.readAt > unwatchedMs;
    // What changed while nothing was known to lead there was not told.
    watchedFromAt = troubles.length > 0 ? null : isGap ? sight.readAt : (watchedFromAt ?? before.sight.readAt);
    known = { sight, leads, present, closedSinceAt: null };
    return troubles;
  }

  /** Names of the configuration that are there, or were. */
  function presentIn({ proxies }: Sight, before: readonly string[]): string[] {
    const now = [
      ...options.backends.filter((one) => proxies[one]?.isBackend === true).map((one) => `backend ${one}`),
      ...options.frontends.filter((one) => (proxies[one]?.frontend ?? null) !== null).map((one) => `frontend ${one}`),
    ];
    return [...new Set([...before, ...now])];
  }

  /** What was there and went is a change, and told; what never was is a mistake in the configuration. */
  function missing({ backends, frontends }: Leads, present: readonly string[]): string | null {
    if (backends.length === 0 && frontends.length === 0)
      return 'nothing of it is known to lead to the API server; name its backends (and frontends)';
    const named = [
      ...options.backends.map((one) => `backend ${one}`),
      ...options.frontends.map((one) => `frontend ${one}`),
    ];
    const absent = named.filter((one) => !present.includes(one));
    return absent.length === 0 ? null : `it has no ${absent.slice(0, 5).join(', no ')}; correct the name`;
  }

  function tell(cluster: string, leads: Leads, before: Sight | null, after: Sight, api: readonly ApiPlace[]): void {
    const isOfInterest = (proxy: string) => leads.backends.includes(proxy) || leads.frontends.includes(proxy);
    let standing = before ?? supposedBefore(after, keepMs);
    const isDoubtful = before === null || after.readAt - before.readAt > unwatchedMs;
    for (const difference of compare(standing, after, isOfInterest)) {
      const next = difference.apply(standing);
      put(cluster, {
        ...asChange(difference, after.readAt, isDoubtful),
        effect: effectOf(difference, standing, next, leads, api),
      });
      standing = next;
    }
  }

  /** Nothing listens where it did: told once. If it was only its socket, the same process is there again later. */
  function closed(at: number): void {
    if (known === null || known.closedSinceAt !== null) return;
    const { sight } = known;
    known = { ...known, closedSinceAt: at };
    const gone: Difference = {
      kind: 'process',
      action: 'end',
      name: 'haproxy',
      earliestAt: sight.readAt,
      latestAt: at,
      addresses: [],
      ports: [],
      words: `nothing answers at ${where} any more`,
      diff: [],
      apply: (same) => same,
    };
    const words = 'If its process has ended, no connection comes through; its statistics alone may be closed as well.';
    for (const cluster of clusters)
      put(cluster, { ...asChange(gone, at, false), effect: { kind: 'judged', verdict: 'unknown', words } });
  }

  function asChange(difference: Difference, observedAt: number, isDoubtful: boolean): Omit<Change, 'effect'> {
    const { kind, action, name: target, earliestAt, latestAt, addresses, ports: targetPorts, words, diff } = difference;
    return {
      id: `${name}:${options.name}:${kind}:${target}:${action}:${earliestAt}`.slice(0, 500),
      source: name,
      instance: options.name,
      category: 'load-balancer',
      earliestAt,
      latestAt,
      observedAt,
      certainty: isDoubtful ? 'latestKnown' : 'seen',
      actor: null,
      action,
      target: {
        kind: `HAProxy ${kind}`,
        namespace: null,
        name: target.slice(0, 500),
        node: null,
        addresses: [...addresses],
        ports: [...targetPorts],
      },
      summary: `HAProxy ${options.name}: ${words}`.slice(0, 500),
      diff: diff.slice(0, 40).map((line) => line.slice(0, 500)),
      untilAt: null,
      link: null,
    };
  }

  function put(cluster: string, change: Change): void {
    told.set(`${cluster} ${change.id}`, { cluster, change });
    isFresh = true;
  }

  function forget(beforeAt: number): void {
    for (const [key, { change }] of told) if (change.latestAt < beforeAt) told.delete(key);
  }

  function within({ fromAt, toAt }: Stretch): Looked['changes'] {
    return [...told.values()].filter(({ change }) => change.earliestAt <= toAt && change.latestAt >= fromAt);
  }

  function coveredIn({ fromAt, toAt }: Stretch, readAt: number): Looked['covered'] {
    const covered = { fromAt: Math.max(fromAt, watchedFromAt ?? readAt), toAt: Math.min(toAt, readAt), categories };
    return covered.fromAt <= covered.toAt ? [covered] : [];
  }

  return {
    name,
    instance: options.name,
    clusters,
    tells: [{ categories, words: `HAProxy ${options.name}` }],
    lateMs: lookEveryMs + 2 * deadlineMs,
    reachesBackMs: keepMs,
    lookEveryMs,
    look,
    async examine(signal) {
      const api = await Promise.all(clusters.map(ports.api));
      return examine(options, api.flat(), { deadlineMs, clock }, signal);
    },
    async close() {
      // One that can't be kept is missed by nobody but the next start, which then begins anew.
      if (known !== null && known !== kept) await memory.keep(known).catch(() => {});
    },
  };
}

/** What is kept. */
const Known = z.object({
  sight: Sight,
  /** By cluster. */
  leads: z.record(z.string(), Leads),
  present: z.array(z.string()),
  /** Since then nothing listens where it is asked; null: something does. */
  closedSinceAt: z.number().nullable(),
});
type Known = z.infer<typeof Known>;
