import { lookup, Resolver } from 'node:dns/promises';
import { orAborted } from '../../../ops/or-aborted.ts';
import type { NameAnswer } from './read-state.ts';

/** For one question; resolvers ask again by themselves until then. */
const PATIENCE_MS = 3_000;

/**
 * What a name leads to, by DNS: addresses, and the name that it stands for. Where DNS has nothing of it, as this machine
 * resolves it (hosts file, search list). null: it does not resolve.
 * @param servers `address:port`; left out, the system's
 */
export function namesByDns(
  servers?: readonly string[],
): (host: string, signal: AbortSignal) => Promise<NameAnswer | null> {
  return async (host, signal) => {
    signal.throwIfAborted();
    const resolver = new Resolver({ timeout: PATIENCE_MS / 2, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const stop = () => resolver.cancel();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const [four, six, names] = await Promise.all([
        resolver.resolve4(host).catch(nothing),
        resolver.resolve6(host).catch(nothing),
        resolver.resolveCname(host).catch(nothing),
      ]);
      signal.throwIfAborted();
      if (four.length + six.length > 0) return { addresses: [...four, ...six], names };
      // It can't be taken back, and may take its time.
      const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
      const own = await orAborted(lookup(host, { all: true }), patience).catch(() => []);
      signal.throwIfAborted();
      return own.length === 0 ? null : { addresses: own.map(({ address }) => address), names };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** Of that kind; whether there is anything at all is what all kinds say together. */
function nothing(): string[] {
  return [];
}
