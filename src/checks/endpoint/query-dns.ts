import { Resolver } from 'node:dns/promises';
import { within } from '../../probe/time.ts';
import type { DnsRecord, HostResolution } from './contract.ts';

/** Records of one host by DNS queries alone, each bounded. Failures are part of the answer. @throws the signal's reason when aborted */
export async function queryDns(
  host: string,
  { servers, deadlineMs }: { readonly servers?: readonly string[]; readonly deadlineMs: number },
  signal: AbortSignal,
): Promise<NonNullable<HostResolution['dns']>> {
  const resolver = new Resolver({ timeout: Math.ceil(deadlineMs / 2), tries: 2 });
  if (servers !== undefined) resolver.setServers([...servers]);
  const bounded = <T>(query: () => Promise<T>) =>
    within(deadlineMs, signal, (stop) => {
      stop.addEventListener('abort', () => resolver.cancel(), { once: true });
      return query();
    });
  const [aliases, four, six] = await Promise.all([
    bounded(() => followAliases(host, resolver)),
    bounded(() => resolver.resolve4(host, { ttl: true })),
    bounded(() => resolver.resolve6(host, { ttl: true })),
  ]);
  const records: DnsRecord[] = aliases.kind === 'done' ? aliases.value : [];
  const name = records.at(-1)?.value ?? host;
  const faults: NonNullable<HostResolution['dns']>['faults'] = [];
  for (const { type, answer } of [
    { type: 'A' as const, answer: four },
    { type: 'AAAA' as const, answer: six },
  ]) {
    if (answer.kind !== 'done') faults.push({ type, ...wordsOfFault(answer) });
    else for (const { address, ttl } of answer.value) records.push({ name, type, value: address, ttlSeconds: ttl });
  }
  return { servers: resolver.getServers(), records: records.slice(0, MAX_RECORDS), faults };
}

const MAX_RECORDS = 64;
const MAX_ALIASES = 8;

/** Most names are no alias: that DNS then has no answer is the end of the chain, not an error. */
async function followAliases(host: string, resolver: Resolver): Promise<DnsRecord[]> {
  const chain: DnsRecord[] = [];
  let name = host;
  while (chain.length < MAX_ALIASES) {
    const [target] = await resolver.resolveCname(name).catch(() => []);
    if (target === undefined || chain.some((record) => record.name === target)) break;
    chain.push({ name, type: 'CNAME', value: target, ttlSeconds: null });
    name = target;
  }
  return chain;
}

/** Why a lookup gave nothing. */
export function wordsOfFault(outcome: { kind: 'failed'; error: unknown } | { kind: 'timedOut' }): {
  code: string;
  message: string;
} {
  if (outcome.kind === 'timedOut') return { code: 'ETIMEOUT', message: 'the resolver did not answer in time' };
  const { error } = outcome;
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  return { code: 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN', message: error.message };
}
