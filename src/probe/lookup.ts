import { lookup } from 'node:dns/promises';

/**
 * Every address of a name, in the system's order. Rejects with Node's DNS errors.
 * @throws Error with code ENOTFOUND, EAI_AGAIN and the like
 */
export type Lookup = (host: string, signal: AbortSignal) => Promise<string[]>;

/** A name with more addresses than this is probed at the first ones. */
const MAX_ADDRESSES = 32;

/**
 * As clients resolve where they connect: getaddrinfo, with hosts file and search list. It can't be cancelled: when
 * aborted, its answer is not waited for.
 */
export const lookupAll: Lookup = async (host, signal) => {
  signal.throwIfAborted();
  const found = await lookup(host, { all: true, order: 'verbatim' });
  return [...new Set(found.map(({ address }) => address))].slice(0, MAX_ADDRESSES);
};
