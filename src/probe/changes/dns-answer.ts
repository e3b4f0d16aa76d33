/** One look at a name by DNS queries. Epoch ms. */
export interface DnsLook {
  /** When it was asked, and when the last of it was answered. */
  readonly at: number;
  readonly endAt: number;
  readonly answer: DnsAnswer;
}

export type DnsAnswer =
  | {
      readonly kind: 'addresses';
      /** In order, each once. */
      readonly addresses: readonly string[];
      /** Names that it leads over, in their order; empty: it is none, or could not be told. */
      readonly aliases: readonly string[];
      /** As long as the resolver may keep it, from now; null: not told. */
      readonly ttlMs: number | null;
      readonly resolvers: readonly string[];
    }
  /** There is no such name, or it has no address. */
  | { readonly kind: 'nothing'; readonly code: string; readonly resolvers: readonly string[] }
  | { readonly kind: 'failed'; readonly why: string };

/** What DNS queries gave of one host: as `queryDns` of the endpoint's check tells it. */
export interface DnsFound {
  readonly servers: readonly string[];
  readonly records: readonly {
    readonly type: 'A' | 'AAAA' | 'CNAME';
    readonly value: string;
    readonly ttlSeconds: number | null;
  }[];
  readonly faults: readonly {
    readonly type: 'A' | 'AAAA' | 'CNAME';
    readonly code: string;
    readonly message: string;
  }[];
}

/** Says of a name that it does not exist, or has nothing of a type. */
const none: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/** A family that could not be asked is no family that has gone: then nothing is known, unless the other has addresses and this one never had. */
export function readAnswer({ servers, records, faults }: DnsFound, lastAddresses: readonly string[]): DnsAnswer {
  const found = records.filter(({ type }) => type !== 'CNAME');
  const unasked = faults.filter(({ code }) => !none.has(code));
  const isMissed = ({ type }: DnsFound['faults'][number]) =>
    found.length === 0 || lastAddresses.some((address) => address.includes(':') === (type === 'AAAA'));
  const missed = unasked.find(isMissed);
  if (missed !== undefined) return { kind: 'failed', why: `${missed.code}: ${missed.message}` };
  if (found.length === 0) {
    const isUnknown = faults.some(({ code }) => code === 'ENOTFOUND');
    return { kind: 'nothing', code: isUnknown ? 'NXDOMAIN' : 'no address', resolvers: servers };
  }
  const ttls = found.flatMap(({ ttlSeconds }) => ttlSeconds ?? []);
  return {
    kind: 'addresses',
    // Whose turn is first in an answer is no change.
    addresses: [...new Set(found.map(({ value }) => value))].sort(),
    aliases: records.filter(({ type }) => type === 'CNAME').map(({ value }) => value),
    ttlMs: ttls.length === 0 ? null : Math.min(...ttls) * 1000,
    resolvers: servers,
  };
}
