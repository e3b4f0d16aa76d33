import { isIP } from 'node:net';
import type { ChangeJournal } from '../../changes/ports.ts';
import type { Log } from '../../ops/log.ts';
import type { Change, ChangeCategory } from '../../words/change.ts';
import type { ProbeResult, ServedCertificate } from '../../words/probe.ts';
import { afterProbe, type KnownCertificate } from './certificate-change.ts';
import type { DnsLook } from './dns-answer.ts';
import { afterLook, differs, type KnownName, type NamedEndpoint } from './dns-change.ts';
import { type AskDns, keepResolving, type Resolved, type ResolvePace } from './keep-resolving.ts';

/** Keeps what changes of the endpoints that are probed: where their names lead, and which certificates they serve. */
export interface ChangeWatch {
  /** From now on these. */
  watch(endpoints: readonly WatchedEndpoint[]): void;
  /** What one round found of one of them. */
  probed(cluster: string, endpoint: NamedEndpoint, results: readonly ProbeResult[]): void;
  /** Those that the addresses of this cluster's endpoints presented last, one for each address. */
  certificates(cluster: string): readonly ServedCertificate[];
  /** Stops, with all that was seen written down. */
  close(): Promise<void>;
}

interface WatchedEndpoint extends NamedEndpoint {
  readonly cluster: string;
}

export interface ChangeWatchOptions {
  readonly journal: Pick<ChangeJournal, 'add' | 'cover'>;
  readonly askDns: AskDns;
  readonly pace?: Partial<ResolvePace>;
  /** Something was added to the journal, or is covered now, of this cluster. */
  readonly onTold: (cluster: string) => void;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  /** How often it is written down how far was seen. */
  readonly coverEveryMs?: number;
}

const usualPace: ResolvePace = { leastMs: 10_000, mostMs: 60_000, againMs: 300 };

export function watchChanges(options: ChangeWatchOptions): ChangeWatch {
  const { journal, clock, log, onTold, coverEveryMs = 10_000 } = options;
  const resolving = keepResolving({ ask: options.askDns, pace: { ...usualPace, ...options.pace }, clock, log });
  const names = new Map<string, Resolved>();
  const endpoints = new Map<string, SeenEndpoint>();
  let writing: Promise<void> = Promise.resolve();

  /** One after the other; what can't be written is said, and the next is tried. */
  function write(cluster: string, work: () => Promise<unknown>): Promise<void> {
    writing = writing.then(work).then(
      () => onTold(cluster),
      (error: unknown) => log.error({ error, cluster }, 'what the prober saw change could not be kept'),
    );
    return writing;
  }

  function cover(cluster: string, category: ChangeCategory, { fromAt, toAt }: Seen): Promise<void> {
    const span = { source: 'prober', instance: 'bot', categories: [category], fromAt, toAt };
    return write(cluster, () => journal.cover(cluster, span));
  }

  function add(cluster: string, changes: readonly Change[]): void {
    for (const { summary } of changes) log.info({ cluster, summary }, 'what clients meet has changed');
    if (changes.length > 0) void write(cluster, () => journal.add(cluster, changes));
  }

  function resolved({ cluster, ...endpoint }: WatchedEndpoint): Resolved {
    let known: KnownName | null = null;
    let seen: Seen | null = null;
    return {
      host: endpoint.host,
      lastAddresses: () => (known?.last.kind === 'addresses' ? known.last.addresses : []),
      differs: (look) => differs(known, look),
      async take(look: DnsLook, again) {
        if (look.answer.kind === 'failed') {
          if (seen !== null)
            log.warn(
              { cluster, host: endpoint.host, why: look.answer.why },
              'a DNS query failed: its answers are not seen',
            );
          seen = null;
          return;
        }
        const after = afterLook(known, look, again, endpoint);
        known = after.known;
        add(cluster, after.changes);
        seen = { fromAt: seen?.fromAt ?? look.at, toAt: look.at };
        await cover(cluster, 'dns', seen);
      },
    };
  }

  function flush(endpoint: SeenEndpoint, atLeastMs: number): void {
    const { cluster, seen, certificatesSeen: certificates } = endpoint;
    for (const [category, span] of [
      ['dns', seen],
      ['endpoint', certificates],
    ] as const) {
      if (span === null || span.toAt - (endpoint.written[category] ?? Number.NEGATIVE_INFINITY) < atLeastMs) continue;
      endpoint.written[category] = span.toAt;
      void cover(cluster, category, span);
    }
  }

  return {
    watch(wanted) {
      const keys = new Set(wanted.map(keyOf));
      for (const key of endpoints.keys()) if (!keys.has(key)) endpoints.delete(key);
      for (const key of names.keys()) if (!keys.has(key)) names.delete(key);
      for (const endpoint of wanted) {
        const key = keyOf(endpoint);
        if (!endpoints.has(key))
          endpoints.set(key, {
            cluster: endpoint.cluster,
            certificates: new Map(),
            certificatesSeen: null,
            seen: null,
            written: {},
          });
        if (isIP(endpoint.host) === 0 && !names.has(key)) names.set(key, resolved(endpoint));
      }
      resolving.set(names);
    },
    probed(cluster, { host, port }, results) {
      const endpoint = endpoints.get(keyOf({ cluster, host, port }));
      const at = Math.min(...results.map(({ startedAt }) => startedAt));
      if (endpoint === undefined || results.length === 0) return;
      // An address has no answer that could change.
      if (isIP(host) !== 0) endpoint.seen = { fromAt: endpoint.seen?.fromAt ?? at, toAt: at };
      for (const result of results) {
        if (result.address === null || result.certificate === null) continue;
        const { known, change } = afterProbe(endpoint.certificates.get(result.address) ?? null, result, { host, port });
        if (known !== null) remember(endpoint.certificates, result.address, known);
        if (change !== null) add(cluster, [change]);
        endpoint.certificatesSeen = { fromAt: endpoint.certificatesSeen?.fromAt ?? at, toAt: at };
      }
      flush(endpoint, coverEveryMs);
    },
    certificates: (cluster) =>
      [...endpoints.values()]
        .filter((endpoint) => endpoint.cluster === cluster)
        .flatMap(({ certificates }) => [...certificates.values()].map(({ certificate }) => certificate)),
    async close() {
      await resolving.close();
      for (const endpoint of endpoints.values()) flush(endpoint, 1);
      await writing;
    },
  };
}

/** A stretch that was seen whole. Epoch ms. */
interface Seen {
  readonly fromAt: number;
  readonly toAt: number;
}

interface SeenEndpoint {
  readonly cluster: string;
  /** By address: a name may lead to several servers. */
  readonly certificates: Map<string, KnownCertificate>;
  /** From the first to the last that was presented: what was the same before and after a time without any, did not change in it. */
  certificatesSeen: Seen | null;
  /** Of an endpoint without a name: how long it was watched. */
  seen: Seen | null;
  /** How far each is written down. */
  readonly written: Partial<Record<ChangeCategory, number>>;
}

/** A name may lead to other addresses on and on. */
const mostAddresses = 64;

function remember(certificates: Map<string, KnownCertificate>, address: string, known: KnownCertificate): void {
  certificates.delete(address);
  certificates.set(address, known);
  const [longestAgo] = certificates.keys();
  if (certificates.size > mostAddresses && longestAgo !== undefined) certificates.delete(longestAgo);
}

function keyOf({ cluster, host, port }: WatchedEndpoint): string {
  return `${cluster} ${host} ${port}`;
}
