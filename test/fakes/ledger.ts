import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Examined, Looked, OutsideSource, SourceTrouble, Stretch } from '../../src/changes/sources/source.ts';
import { Change, type ChangeCategory } from '../../src/words/change.ts';

/** Something outside that records changes, as a server on loopback: it behaves well until it is told otherwise. */
export interface Ledger {
  readonly url: string;
  /** What it has recorded; what is put in later is found later. */
  readonly entries: Change[];
  behave(how: 'well' | SourceTrouble['kind']): void;
  /** Waits so long before each answer. Milliseconds. */
  delay(ms: number): void;
  requests(): number;
  /** When its last answer had gone out, by `performance.now()`; null before the first. */
  answeredAt(): number | null;
  /** Called when an answer has gone out. */
  onAnswered(told: () => void): void;
  close(): Promise<void>;
}

export async function serveLedger(entries: readonly Change[] = []): Promise<Ledger> {
  const recorded = [...entries];
  let how: 'well' | SourceTrouble['kind'] = 'well';
  let delayMs = 0;
  let requests = 0;
  let answeredAt: number | null = null;
  let onAnswered = () => {};
  const answer = (response: ServerResponse, url: URL): void => {
    switch (how) {
      case 'timedOut':
        return;
      case 'unreachable':
        response.destroy();
        return;
      case 'malformed':
        response.end('{"changes": [{"id":');
        return;
      case 'well': {
        const [fromAt, toAt] = ['from', 'to'].map((name) => Number(url.searchParams.get(name)));
        const inside = recorded.filter(({ latestAt }) => (fromAt ?? 0) <= latestAt && latestAt <= (toAt ?? 0));
        response.end(JSON.stringify({ changes: inside }));
        return;
      }
      default:
        response.writeHead(statusOf[how]).end();
    }
  };
  const server = createServer((request, response) => {
    requests += 1;
    response.once('finish', () => {
      answeredAt = performance.now();
      onAnswered();
    });
    setTimeout(() => answer(response, new URL(request.url ?? '/', 'http://ledger')), delayMs).unref();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    entries: recorded,
    behave(next) {
      how = next;
    },
    delay(ms) {
      delayMs = ms;
    },
    requests: () => requests,
    answeredAt: () => answeredAt,
    onAnswered(told) {
      onAnswered = told;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const statusOf = { refused: 403, expired: 401, limited: 429, gone: 404 } as const;

interface LedgerSettings {
  readonly url: string;
  readonly clusters: readonly string[];
  readonly clock: () => number;
  readonly name?: string;
  readonly instance?: string;
  readonly categories?: readonly ChangeCategory[];
  readonly lateMs?: number;
  readonly lookEveryMs?: number;
  /** How long one request may take. */
  readonly patienceMs?: number;
}

/** A source that reads a ledger: as plain as one can be. */
export function ledgerSource(settings: LedgerSettings): OutsideSource {
  const { url, clusters, clock, name = 'ledger', instance = url, categories = ['security-group'] } = settings;
  const { lateMs = 0, lookEveryMs = 60_000, patienceMs = 5_000 } = settings;

  let requests = 0;

  async function ask({ fromAt, toAt }: Stretch, signal: AbortSignal): Promise<Asked> {
    signal.throwIfAborted();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    requests += 1;
    try {
      const response = await fetch(`${url}/changes?from=${fromAt}&to=${toAt}`, { signal: patience });
      const kind = troubleOf[response.status];
      if (kind !== undefined) return { kind: 'trouble', trouble: trouble(kind) };
      const read = Page.safeParse(JSON.parse(await response.text()));
      return read.success
        ? { kind: 'page', changes: read.data.changes }
        : { kind: 'trouble', trouble: trouble('malformed') };
    } catch (error) {
      signal.throwIfAborted();
      if (patience.aborted) return { kind: 'trouble', trouble: trouble('timedOut') };
      return { kind: 'trouble', trouble: trouble(error instanceof SyntaxError ? 'malformed' : 'unreachable') };
    }
  }

  function trouble(kind: SourceTrouble['kind']): SourceTrouble {
    return { kind, categories, words: wordsOf[kind] };
  }

  return {
    name,
    instance,
    clusters,
    tells: [{ categories, words: `the ledger (${instance})` }],
    lateMs,
    reachesBackMs: 90 * 24 * 60 * 60_000,
    lookEveryMs,
    async look(stretch, signal): Promise<Looked> {
      const sureUpTo = Math.min(stretch.toAt, clock() - lateMs);
      const asked = await ask(stretch, signal);
      if (asked.kind === 'trouble') return { changes: [], covered: [], troubles: [asked.trouble] };
      const own = asked.changes.map((change) => ({ ...change, source: name, instance }));
      return {
        changes: clusters.flatMap((cluster) => own.map((change) => ({ cluster, change }))),
        covered: sureUpTo < stretch.fromAt ? [] : [{ fromAt: stretch.fromAt, toAt: sureUpTo, categories }],
        troubles: [],
      };
    },
    requests: () => requests,
    async examine(signal): Promise<readonly Examined[]> {
      const nowAt = clock();
      const asked = await ask({ fromAt: nowAt - 60_000, toAt: nowAt }, signal);
      const what = `read ${url}`;
      if (asked.kind === 'page') return [{ what, outcome: 'ok', words: '' }];
      const { kind, words } = asked.trouble;
      return [{ what, outcome: kind === 'refused' ? 'missing' : 'failed', words }];
    },
  };
}

type Asked =
  | { readonly kind: 'page'; readonly changes: readonly Change[] }
  | { readonly kind: 'trouble'; readonly trouble: SourceTrouble };

const Page = z.object({ changes: z.array(Change) });

const troubleOf: Readonly<Record<number, SourceTrouble['kind']>> = {
  401: 'expired',
  403: 'refused',
  404: 'gone',
  429: 'limited',
};

const wordsOf = {
  refused: 'it may not be read; grant the bot reading',
  expired: 'the credentials have expired; renew them',
  limited: 'it was asked too often; it is asked again later',
  unreachable: 'it can not be reached; look whether it runs',
  timedOut: 'it did not answer in time; look whether it is overloaded',
  malformed: 'it answered with what can not be read; look whether it is a ledger',
  gone: 'it is not there any more; set its URL right',
} as const satisfies Record<SourceTrouble['kind'], string>;
