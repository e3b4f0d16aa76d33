// @peculiar/x509 does not load without it, and does not bring it along.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate authority of a test. */
export interface Authority {
  readonly caPem: string;
  readonly certificate: X509Certificate;
  issue(leaf: LeafRequest): Promise<Leaf>;
}

/** Valid from a day ago for a year, unless told otherwise. */
export interface LeafRequest {
  readonly commonName: string;
  /** DNS names of the subject alternative name. */
  readonly names: readonly string[];
  /** IP addresses of the subject alternative name. */
  readonly addresses: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface Leaf {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  readonly certificate: X509Certificate;
}

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name] }],
      keys,
      notBefore: new Date(now - 10 * 365 * DAY_MS),
      notAfter: new Date(now + 10 * 365 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    caPem: certificate.toString('pem'),
    certificate,
    issue: (leaf) => issue(certificate, keys, leaf),
  };
}

async function issue(
  authority: X509Certificate,
  authorityKeys: webcrypto.CryptoKeyPair,
  leaf: LeafRequest,
): Promise<Leaf> {
  const keys = await makeKeys();
  const alternativeNames = [
    ...leaf.names.map((value) => ({ type: 'dns' as const, value })),
    ...leaf.addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [{ CN: [leaf.commonName] }],
      issuer: authority.subjectName,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      notBefore: leaf.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: leaf.notAfter ?? new Date(Date.now() + 365 * DAY_MS),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
        ...(alternativeNames.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternativeNames)]),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certPem: certificate.toString('pem'), keyPem: pem('PRIVATE KEY', pkcs8), certificate };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
