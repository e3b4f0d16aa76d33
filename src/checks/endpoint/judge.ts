import type { EndpointOrigin, KnownEndpoint } from '../../words/endpoint.ts';
import type { Detail, Finding } from '../../words/evidence.ts';
import type { JudgeInput } from '../contract.ts';
import { isSamePlace } from './choose.ts';
import type { EndpointFacts, EndpointParams, HostResolution } from './contract.ts';

/**
 * Settled and resolving is `ok`. That sources name different hosts is usual (a public balancer, an inner address) and
 * only noted; a URL just given by a person whose port nobody else knows for that host is most likely a slip: `problem`.
 */
export function judgeEndpoint({ facts }: JudgeInput<EndpointParams, EndpointFacts>): Finding {
  const { chosen, known, hosts } = facts;
  const details = [...known.map(knownDetail), ...hosts.flatMap(hostDetails)];
  const found = (verdict: Finding['verdict'], ...sentences: string[]): Finding => ({
    verdict,
    reason: sentences.filter((sentence) => sentence !== '').join(' '),
    details,
  });
  if (chosen === null) {
    return found(
      'unknown',
      'No URL of the API server is known, from the configuration or the cluster: give the one that clients use.',
    );
  }

  const others = known.filter((one) => NAMED_FOR_CLIENTS.includes(one.origin) && !isSamePlace(one, chosen));
  const elsewhere = others.length === 0 ? '' : `${capital(listed(others.map(saying)))}.`;
  const host = hosts.find((one) => one.host === chosen.host);
  if (host === undefined || host.addresses.length === 0) {
    return found(
      'problem',
      `${chosen.url} (as ${SAID_BY[chosen.origin]} says): ${unresolved(chosen.host, host)}.`,
      elsewhere,
    );
  }

  const addresses = host.dns === null ? `address ${chosen.host}` : `${chosen.host} is ${listed(host.addresses)} here`;
  const place = `${addresses}, port ${chosen.port}`;
  if (!NAMED_FOR_CLIENTS.includes(chosen.origin)) {
    return found(
      'unknown',
      `Nobody named the URL that clients use: give it. From ${SAID_BY[chosen.origin]} it may be ${chosen.url}: ${place}.`,
    );
  }
  if (chosen.origin === 'person' && hasPortOfItsOwn(chosen, others)) {
    return found(
      'problem',
      `${chosen.url} was given, but for that host the cluster names another port: ${place}.`,
      elsewhere,
    );
  }
  return found(
    'ok',
    `Clients use ${chosen.url} (as ${SAID_BY[chosen.origin]} says): ${place}.`,
    dnsNote(host),
    elsewhere,
  );
}

/** Origins that name an address for clients; the rest tell where the API server is inside. */
const NAMED_FOR_CLIENTS: readonly EndpointOrigin[] = [
  'person',
  'configuration',
  'cluster-info',
  'kubeadm-config',
  'kubeconfig',
];

const SAID_BY: Readonly<Record<EndpointOrigin, string>> = {
  person: 'a person',
  configuration: 'the configuration',
  'cluster-info': 'cluster-info',
  'kubeadm-config': 'kubeadm-config',
  kubeconfig: 'a kubeconfig',
  endpointslice: 'the EndpointSlice of default/kubernetes',
  service: 'the Service default/kubernetes',
  manifest: "the API server's manifest",
};

function hasPortOfItsOwn(chosen: KnownEndpoint, others: readonly KnownEndpoint[]): boolean {
  return others.some(({ host }) => host.toLowerCase() === chosen.host.toLowerCase());
}

function saying({ origin, url }: KnownEndpoint): string {
  return `${SAID_BY[origin]} says ${url}`;
}

function unresolved(name: string, host: HostResolution | undefined): string {
  if (host === undefined) return `${name} was not looked up`;
  const { fault } = host;
  if (fault === null) return `the name ${name} has no address`;
  if (fault.code === 'ENOTFOUND') return `the name ${name} does not resolve here`;
  return `the name ${name} could not be looked up: the resolver here gives no answer (${fault.code})`;
}

/** Where clients would connect and what DNS says can be two things; whoever mends one must know of the other. */
function dnsNote({ addresses, dns }: HostResolution): string {
  if (dns === null) return '';
  const answered = dns.records.filter(({ type }) => type !== 'CNAME').map(({ value }) => value);
  if (answered.length > 0 && !answered.some((value) => addresses.includes(value))) {
    return `DNS says otherwise (${listed(answered)}): a hosts file or a cache decides here.`;
  }
  const unknownToDns = dns.faults.some(({ type, code }) => type === 'A' && code === 'ENOTFOUND');
  return unknownToDns ? 'DNS itself does not know the name: a hosts file or a search list does.' : '';
}

function knownDetail({ origin, url, learnedAt }: KnownEndpoint): Detail {
  const when =
    learnedAt > 0 ? ` (learned ${new Date(learnedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC)` : '';
  return { label: SAID_BY[origin], value: `${url}${when}` };
}

function hostDetails({ host, addresses, fault, tookMs, dns }: HostResolution): Detail[] {
  if (dns === null) return [];
  const looked = fault === null ? addresses.join(', ') : `${fault.code}: ${fault.message}`;
  const records = dns.records.map(
    ({ name, type, value, ttlSeconds }) =>
      `${name} ${type} ${value}${ttlSeconds === null ? '' : ` (TTL ${ttlSeconds} s)`}`,
  );
  const faults = dns.faults.map(({ type, code }) => `${type}: ${code === 'ENODATA' ? 'none' : code}`);
  return [
    { label: `${host}, as clients resolve it`, value: `${looked} (in ${Math.round(tookMs)} ms)` },
    {
      label: `${host}, by DNS`,
      value: `${[...records, ...faults].join('; ')} (asked ${dns.servers.join(', ') || 'nobody: no server is set up'})`,
    },
  ];
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
