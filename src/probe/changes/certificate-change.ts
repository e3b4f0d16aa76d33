import type { Change } from '../../words/change.ts';
import type { ProbeResult, ServedCertificate, TlsFault } from '../../words/probe.ts';
import type { NamedEndpoint } from './dns-change.ts';
import { type Answers, nextAnswer } from './turns.ts';

/** What is known of the certificates that are served at one address. */
export interface KnownCertificate {
  readonly answers: Answers;
  readonly certificate: ServedCertificate;
  readonly isGood: boolean;
  /** When the last probe that was shown one began. Epoch ms. */
  readonly at: number;
}

/** Takes one probe of an address in; one that was shown no certificate says nothing of it. Pure. */
export function afterProbe(
  before: KnownCertificate | null,
  result: ProbeResult,
  endpoint: NamedEndpoint,
): { readonly known: KnownCertificate | null; readonly change: Change | null } {
  const { certificate, address, startedAt } = result;
  if (certificate === null || address === null) return { known: before, change: null };
  const { answers, isNews } = nextAnswer(before?.answers ?? null, [certificate.fingerprint256], startedAt);
  const isGood = result.tlsFaults.length === 0 && result.byClusterCa === true;
  const known = { answers, certificate, isGood, at: startedAt };
  if (before === null || !isNews) return { known, change: null };
  return { known, change: changeOf(before, known, result, address, endpoint) };
}

function changeOf(
  before: KnownCertificate,
  now: KnownCertificate,
  result: ProbeResult,
  address: string,
  { host, port }: NamedEndpoint,
): Change {
  const at = result.startedAt + result.tookMs;
  const where =
    host === address ? `${host.includes(':') ? `[${host}]` : host}:${port}` : `${host}:${port} (${address})`;
  return {
    id: `prober:certificate:${host}:${port}:${address}:${before.at}`,
    source: 'prober',
    instance: 'bot',
    category: 'endpoint',
    earliestAt: before.at,
    latestAt: at,
    observedAt: at,
    certainty: 'seen',
    actor: null,
    action: 'update',
    target: {
      kind: 'served certificate',
      namespace: null,
      name: `${host}:${port}`,
      node: null,
      addresses: [address],
      ports: [port],
    },
    summary: `${where} serves another certificate: ${certificateWords(now.certificate)}`.slice(0, 500),
    diff: diffOf(before.certificate, now.certificate).map((line) => line.slice(0, 500)),
    effect: effectOf(before, now, result),
    untilAt: null,
    link: null,
  };
}

/** `by CN=kubernetes for kubernetes, 10.0.0.1, valid from 2026-11-01 to 2027-11-01` */
function certificateWords({ issuer, names, notBeforeAt, notAfterAt }: ServedCertificate): string {
  return `by ${issuer} for ${names.length === 0 ? 'no name' : listed(names)}, valid from ${day(notBeforeAt)} to ${day(notAfterAt)}`;
}

function diffOf(was: ServedCertificate, is: ServedCertificate): string[] {
  const gone = was.names.filter((name) => !is.names.includes(name));
  const added = is.names.filter((name) => !was.names.includes(name));
  const pairs: readonly (readonly [string, string, string])[] = [
    ['serial', was.serial, is.serial],
    ['issuer', was.issuer, is.issuer],
    ['subject', was.subject, is.subject],
    ['valid from', instant(was.notBeforeAt), instant(is.notBeforeAt)],
    ['valid until', instant(was.notAfterAt), instant(is.notAfterAt)],
  ];
  return [
    ...pairs.flatMap(([what, old, now]) => (old === now ? [] : [`${what} ${old} -> ${now}`])),
    ...(gone.length === 0 ? [] : [`names removed: ${listed(gone)}`]),
    ...(added.length === 0 ? [] : [`names added: ${listed(added)}`]),
  ];
}

const faultWords: Readonly<Record<TlsFault, string>> = {
  expired: 'it has expired',
  notYetValid: 'it is not valid yet',
  wrongName: 'it is for other names',
  otherAuthority: "it is not by the cluster's CA",
  selfSigned: 'it is signed by itself',
  unverifiable: 'it can not be verified',
};

/** Several servers behind one address serve one each: then only what comes to this one meets it. */
function effectOf(
  before: KnownCertificate,
  now: KnownCertificate,
  { tlsFaults, byClusterCa }: ProbeResult,
): Change['effect'] {
  const judged = (verdict: 'breaks' | 'mends' | 'none' | 'unknown', words: string) =>
    ({ kind: 'judged', verdict, words }) as const;
  if (now.isGood) {
    return before.isGood
      ? judged('none', "The new one is good: by the cluster's CA, valid now, for this name.")
      : judged('mends', 'The new one is good, the one before was not.');
  }
  if (tlsFaults.length === 0 && byClusterCa === null)
    return judged('unknown', "Without the cluster's CA it can't be judged.");
  const faults = tlsFaults.map((fault) => faultWords[fault]).join(', and ');
  if (!before.isGood) return judged('none', `Clients trust the new one no more than the one before: ${faults}.`);
  if (before.answers.takesTurnsUntilAt > now.at)
    return judged(
      'unknown',
      `Several servers take turns at this address. Clients that come to this one break off: ${faults}.`,
    );
  return judged('breaks', `Clients that check it break off after it: ${faults}.`);
}

/** A server can present anything, dates that are none included. */
function instant(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'no date' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function day(at: number): string {
  return instant(at).split('T')[0] ?? '';
}

const mostListed = 6;

function listed(names: readonly string[]): string {
  const rest = names.length - mostListed;
  return names.slice(0, mostListed).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
