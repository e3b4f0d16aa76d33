import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Certificates beyond what one authority issues: intermediates, self-signed ones, other authorities of the same name. */
export interface Link {
  readonly pem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface LinkRequest {
  readonly commonName: string;
  /** Signed by itself when omitted. */
  readonly by?: Link;
  readonly ca?: boolean;
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;

export async function makeLink(request: LinkRequest): Promise<Link> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const alternativeNames = [
    ...(request.names ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [{ CN: [request.commonName] }],
      issuer: request.by?.certificate.subjectName ?? [{ CN: [request.commonName] }],
      publicKey: keys.publicKey,
      signingKey: (request.by?.keys ?? keys).privateKey,
      signingAlgorithm: ALGORITHM,
      notBefore: request.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: request.notAfter ?? new Date(Date.now() + DAY_MS),
      extensions: [
        new BasicConstraintsExtension(request.ca ?? false, undefined, true),
        ...(alternativeNames.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternativeNames)]),
      ],
    },
    webcrypto,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { pem: `${certificate.toString('pem')}\n`, keyPem, certificate, keys };
}
