import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Claim } from './protocol.ts';

/** The private half of an agent's key; `id` is the fingerprint of its public half. */
export interface LinkKey {
  readonly id: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
}

export interface LinkKeyPair extends LinkKey {
  /** SubjectPublicKeyInfo. */
  readonly publicKeyPem: string;
}

export function makeKeyPair(): LinkKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    id: fingerprint(publicKey),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** @throws TypeError when the PEM holds no ed25519 private key. */
export function linkKey(privateKeyPem: string): LinkKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(privateKeyPem);
  } catch (cause) {
    throw new TypeError('This is not a private key in PEM; enroll again to get one.', { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`This is a key of type ${privateKey.asymmetricKeyType}, not ed25519; enroll again to get one.`);
  }
  return { id: fingerprint(createPublicKey(privateKey)), privateKeyPem };
}

/** In base64. */
export function signClaim(key: LinkKey, claim: Claim): string {
  return sign(null, canonical(claim), key.privateKeyPem).toString('base64');
}

/** @throws when `publicKeyPem` is no public key. */
export function signatureHolds(publicKeyPem: string, claim: Claim, signature: string): boolean {
  return verify(null, canonical(claim), publicKeyPem, Buffer.from(signature, 'base64'));
}

/** A JSON array: no two claims share one text, whatever their names hold. */
function canonical(claim: Claim): Buffer {
  const { protocol, nonce, keyId, cluster, role, instance, agentAt } = claim;
  return Buffer.from(
    JSON.stringify(['apidown link', protocol.newest, protocol.oldest, nonce, keyId, cluster, role, instance, agentAt]),
  );
}

function fingerprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32);
}
