import { type Lookup, lookupAll } from './lookup.ts';

export interface Lookups {
  /**
   * Begins to look the host up as soon as its turn comes; joins a lookup of it that is still under way, since that
   * can't be taken back. Returns what gives its answer. Rejects when the signal aborts before its turn.
   */
  begin(host: string, signal: AbortSignal): Promise<Lookup>;
}

/**
 * getaddrinfo blocks one of the few threads (four, unless UV_THREADPOOL_SIZE says otherwise) that file access needs as
 * well, for many seconds where a resolver is silent. So few run at once, and hosts that were slow before share one turn:
 * a broken zone holds up neither the others nor the disk.
 */
export function boundedLookups(options: { readonly lookup?: Lookup; readonly most?: number } = {}): Lookups {
  const { lookup = lookupAll, most = 3 } = options;
  const pending = new Map<string, Promise<string[]>>();
  const slow = new Set<string>();
  const waiting: { readonly host: string; admit(): void }[] = [];
  let slowRunning = 0;

  function mayBegin(host: string): boolean {
    return pending.size < most && (!slow.has(host) || slowRunning < MOST_SLOW);
  }

  function start(host: string): Promise<string[]> {
    const wasSlow = slow.has(host);
    if (wasSlow) slowRunning += 1;
    const timer = setTimeout(() => slow.add(host), SLOW_AFTER_MS).unref();
    slow.delete(host);
    const answer = lookup(host, new AbortController().signal).finally(() => {
      clearTimeout(timer);
      pending.delete(host);
      if (wasSlow) slowRunning -= 1;
      const next = waiting.findIndex((one) => mayBegin(one.host));
      if (next !== -1) waiting.splice(next, 1)[0]?.admit();
    });
    // Whoever asked may have gone meanwhile.
    answer.catch(() => {});
    pending.set(host, answer);
    return answer;
  }

  return {
    async begin(host, signal) {
      signal.throwIfAborted();
      const known = pending.get(host);
      if (known === undefined && !mayBegin(host)) return turn(host, signal);
      const answer = known ?? start(host);
      return () => answer;
    },
  };

  function turn(host: string, signal: AbortSignal): Promise<Lookup> {
    return new Promise((resolve, reject) => {
      const one = { host, admit };
      waiting.push(one);
      signal.addEventListener('abort', leave, { once: true });
      function admit(): void {
        signal.removeEventListener('abort', leave);
        // At once, so that nobody else takes the turn.
        const answer = pending.get(host) ?? start(host);
        resolve(() => answer);
      }
      function leave(): void {
        const at = waiting.indexOf(one);
        if (at !== -1) waiting.splice(at, 1);
        reject(signal.reason);
      }
    });
  }
}

const MOST_SLOW = 1;
const SLOW_AFTER_MS = 2_000;
