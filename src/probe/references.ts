import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Lookups } from './lookups.ts';
import { faultOf } from './result.ts';
import { within } from './time.ts';

/** Something that takes TCP connections. */
export interface Place {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export type Reference =
  | { readonly kind: 'answered'; readonly by: string }
  /** None of those that should answer does: the vantage itself is cut off. */
  | { readonly kind: 'silent' }
  /** There is nothing that could be asked. */
  | { readonly kind: 'none' };

export interface References {
  /**
   * Does anything answer this machine now? `others`: what has been good up to now and may be asked as well where nothing
   * is configured. `byName`: only what has to be looked up first counts, since it is the lookup that failed.
   */
  ask(others: readonly Place[], byName: boolean, signal: AbortSignal): Promise<Reference>;
}

export interface ReferenceOptions {
  /** What a person named: it has to answer. Instead of everything else. */
  readonly configured: readonly Place[];
  /** What is there anyway, such as Slack: counts once it has answered (behind a proxy it never does), loopback not at all. */
  readonly assumed: readonly Place[];
  /** A refusal shows that the way there and back stands, too; what refuses need not be the place itself. */
  readonly refusalCounts?: boolean;
  /** For one connection. */
  readonly deadlineMs: number;
  readonly lookups: Lookups;
  /** Ends what it does by itself. */
  readonly signal: AbortSignal;
}

/** A connection is enough for an answer: nothing is sent. */
export function references(options: ReferenceOptions): References {
  const { configured, assumed, refusalCounts = false, deadlineMs, lookups, signal } = options;
  const underWay = new Map<string, Promise<boolean>>();
  const addresses = new Map<string, string>();
  const proven = new Set<Place>();
  for (const place of assumed.filter(({ host }) => configured.length === 0 && !isLoopback(host))) void prove(place);

  return {
    async ask(others, byName, stop) {
      const all = configured.length > 0 ? configured : [...proven, ...others];
      const asked = all.filter(({ host }) => !byName || isIP(host) === 0).slice(0, MOST_ASKED);
      if (asked.length === 0) return { kind: 'none' };
      const answers = asked.map(async (place) => {
        if (!(await takes(place, byName))) throw new Error('silent');
        return placeWords(place);
      });
      const first = await Promise.any(answers).catch(() => null);
      stop.throwIfAborted();
      return first === null ? { kind: 'silent' } : { kind: 'answered', by: first };
    },
  };

  async function prove(place: Place): Promise<void> {
    while (!signal.aborted && !(await takes(place, true))) await passed(PROVE_AGAIN_MS, signal);
    proven.add(place);
  }

  /** Many targets may fail at the same moment: one connection tells them all. */
  function takes(place: Place, byName: boolean): Promise<boolean> {
    const key = `${placeWords(place)} ${byName}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const asked = takesConnection(place, byName).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  }

  async function takesConnection({ host, port }: Place, byName: boolean): Promise<boolean> {
    const tried = await within(deadlineMs, signal, async (stop) => {
      const address = await addressOf(host, byName, stop);
      const socket = connect({ host: address, port });
      try {
        await once(socket, 'connect', { signal: stop });
      } finally {
        socket.on('error', () => {});
        socket.destroy();
      }
    }).catch(() => null);
    if (tried?.kind === 'failed') return refusalCounts && faultOf('connect', tried.error).code === 'ECONNREFUSED';
    return tried?.kind === 'done';
  }

  /** Where only the way is in question, a silent resolver must not count: then the address of last time does. */
  async function addressOf(host: string, byName: boolean, stop: AbortSignal): Promise<string> {
    if (isIP(host) !== 0) return host;
    const remembered = byName ? undefined : addresses.get(host);
    const patienceMs = remembered === undefined ? deadlineMs : deadlineMs / 2;
    const found = await within(patienceMs, stop, async (end) => (await lookups.begin(host, end))(host, end));
    const address = found.kind === 'done' ? (found.value[0] ?? remembered) : remembered;
    if (address === undefined) throw new Error(`${host} has no address`);
    addresses.set(host, address);
    return address;
  }
}

const MOST_ASKED = 4;
const PROVE_AGAIN_MS = 60_000;

export function placeWords({ host, port }: Place): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
