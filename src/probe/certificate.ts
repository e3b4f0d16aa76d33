import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import ipaddr from 'ipaddr.js';
import type { ServedCertificate, TlsFault } from '../words/probe.ts';

/** What a server presented. */
export interface ServedChain {
  readonly leaf: X509Certificate;
  /** What it sent besides, in any order. */
  readonly intermediates: readonly X509Certificate[];
  /** OpenSSL's own verdict, which knows only the first fault; null when it has none or had no CA to judge by. */
  readonly opensslFault: string | null;
}

/** What a client expects of it. */
export interface Expectation {
  /** Name or address that the certificate must be for. */
  readonly name: string;
  /** The cluster's CA certificates; empty when none was learned. */
  readonly authorities: readonly X509Certificate[];
  /** Epoch ms. */
  readonly nowAt: number;
}

export interface CertificateReading {
  readonly certificate: ServedCertificate;
  readonly faults: TlsFault[];
  /** null when no CA was learned. */
  readonly byClusterCa: boolean | null;
  /** All faults in words, to follow "…, but "; null without any. */
  readonly words: string | null;
}

/** Every fault of a served certificate at once: a client names only the first, and mending that one is not enough. */
export function readCertificate(chain: ServedChain, expectation: Expectation): CertificateReading {
  const { leaf } = chain;
  const { authorities, name, nowAt } = expectation;
  const trusted = authorities.length === 0 ? null : trustedPath(leaf, chain.intermediates, authorities);
  const byClusterCa = authorities.length === 0 ? null : trusted !== null;
  const certificate = describe(leaf);
  const findings: { fault: TlsFault; words: string }[] = [];

  const path = trusted ?? [leaf];
  const expired = path.find((link) => link.validToDate.getTime() < nowAt);
  if (expired !== undefined) {
    findings.push({
      fault: 'expired',
      words: `${called(expired, leaf)} expired on ${utc(expired.validToDate)} (${ago(nowAt - expired.validToDate.getTime())} ago)`,
    });
  }
  const early = path.find((link) => link.validFromDate.getTime() > nowAt);
  if (early !== undefined) {
    findings.push({
      fault: 'notYetValid',
      words: `${called(early, leaf)} is not valid before ${utc(early.validFromDate)}`,
    });
  }
  if (!isFor(leaf, name)) {
    const names = certificate.names.length === 0 ? 'no name at all' : listed(certificate.names);
    findings.push({ fault: 'wrongName', words: `its certificate is for ${names}, not for ${name}` });
  }
  if (byClusterCa === false) {
    findings.push(
      isIssuedBy(leaf, leaf)
        ? {
            fault: 'selfSigned',
            words: `its certificate (${certificate.subject}) is signed by itself, not by the cluster's CA: another server answers`,
          }
        : {
            fault: 'otherAuthority',
            words: `its certificate was issued by ${certificate.issuer}, not by the cluster's CA: another server answers, or something between ends TLS`,
          },
    );
  }
  if (byClusterCa === true && chain.opensslFault !== null && !ACCOUNTED_FOR.has(chain.opensslFault)) {
    findings.push({ fault: 'unverifiable', words: `its certificate can not be verified (${chain.opensslFault})` });
  }
  return {
    certificate,
    faults: findings.map(({ fault }) => fault),
    byClusterCa,
    words: findings.length === 0 ? null : findings.map(({ words }) => words).join('; '),
  };
}

/**
 * The certificates of a PEM bundle; none for an empty text.
 * @throws TypeError when there is text but no certificate in it, or one that can't be read
 */
export function readAuthorities(pem: string): X509Certificate[] {
  if (pem.trim() === '') return [];
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null)
    throw new TypeError("the cluster's CA holds no PEM certificate; expected BEGIN CERTIFICATE blocks");
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new TypeError("a certificate of the cluster's CA can not be read; expected PEM of X.509", { cause });
    }
  });
}

/** OpenSSL's codes that are answered for above, or that are stricter than Go's clients (a CA that is no root). */
const ACCOUNTED_FOR: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const MAX_INTERMEDIATES = 8;

/** From the leaf to one of the cluster's CA certificates; null when no way leads there. */
function trustedPath(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): X509Certificate[] | null {
  // A certificate that is itself in the bundle is trusted as it stands, as Go's clients do.
  if (authorities.some((authority) => authority.fingerprint256 === certificate.fingerprint256)) return [certificate];
  const authority = authorities.find((candidate) => isIssuedBy(certificate, candidate));
  if (authority !== undefined) return [certificate, authority];
  for (const [index, candidate] of intermediates.slice(0, MAX_INTERMEDIATES).entries()) {
    if (!candidate.ca || !isIssuedBy(certificate, candidate)) continue;
    const rest = trustedPath(candidate, intermediates.toSpliced(index, 1), authorities);
    if (rest !== null) return [certificate, ...rest];
  }
  return null;
}

/** `checkIssued` compares names only: another CA of the same name passes it, its signature doesn't. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (!certificate.checkIssued(issuer)) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that can't have made this signature.
    return false;
  }
}

/** Node falls back to the common name; Go's clients (1.15 and later) don't, so neither do we. */
function isFor(leaf: X509Certificate, name: string): boolean {
  return leaf.subjectAltName !== undefined && checkServerIdentity(name, leaf.toLegacyObject()) === undefined;
}

/** A server can present anything: what is kept of it is bounded. */
const MAX_NAMES = 100;
const MAX_TEXT = 300;

function describe(leaf: X509Certificate): ServedCertificate {
  return {
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    serial: leaf.serialNumber.slice(0, MAX_TEXT),
    names: alternativeNames(leaf.subjectAltName ?? ''),
    notBeforeAt: leaf.validFromDate.getTime(),
    notAfterAt: leaf.validToDate.getTime(),
    fingerprint256: leaf.fingerprint256,
  };
}

/** Node writes one attribute a line. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, MAX_TEXT);
}

/** `DNS:a, IP Address:10.0.0.1`; a value with commas or quotes comes as a JSON string. */
function alternativeNames(text: string): string[] {
  const found = text.matchAll(/(?:^|, )(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return Array.from(found, ([, kind, value = '']) => {
    if (kind === 'IP Address' && ipaddr.isValid(value)) return ipaddr.parse(value).toString();
    return (value.startsWith('"') ? String(JSON.parse(value)) : value).slice(0, MAX_TEXT);
  }).slice(0, MAX_NAMES);
}

function called(link: X509Certificate, leaf: X509Certificate): string {
  return link === leaf ? 'its certificate' : `the CA certificate ${oneLine(link.subject)} above its own`;
}

const SHOWN_NAMES = 6;

function listed(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  return names.slice(0, SHOWN_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function utc(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
