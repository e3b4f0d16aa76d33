import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { linkKey, makeKeyPair, signatureHolds, signClaim } from '../../src/link/keys.ts';
import { agree, type Claim } from '../../src/link/protocol.ts';

const key = makeKeyPair();
const claim: Claim = {
  keyId: key.id,
  cluster: 'prod',
  role: 'node',
  instance: 'cp-1',
  nonce: 'nonce',
  agentAt: 1_700_000_000_000,
  protocol: { newest: 1, oldest: 1 },
};

test('a signature holds for its claim and key', () => {
  expect(signatureHolds(key.publicKeyPem, claim, signClaim(key, claim))).toBe(true);
  expect(signatureHolds(makeKeyPair().publicKeyPem, claim, signClaim(key, claim))).toBe(false);
});

test.for<Partial<Claim>>([
  { keyId: 'other' },
  { cluster: 'stage' },
  { role: 'cluster' },
  { instance: 'cp-2' },
  { nonce: 'other' },
  { agentAt: claim.agentAt + 1 },
  { protocol: { newest: 2, oldest: 1 } },
  { protocol: { newest: 1, oldest: 0 } },
  // The same letters, cut elsewhere.
  { cluster: 'prodn', role: 'node', instance: 'cp-1' },
])('it does not hold when %j', (changed) => {
  expect(signatureHolds(key.publicKeyPem, { ...claim, ...changed }, signClaim(key, claim))).toBe(false);
});

test('a signature that is none does not hold', () => {
  expect(signatureHolds(key.publicKeyPem, claim, '')).toBe(false);
  expect(signatureHolds(key.publicKeyPem, claim, '%%%')).toBe(false);
});

test('the id of a key is found from its private half, and differs from key to key', () => {
  expect(linkKey(key.privateKeyPem)).toEqual({ id: key.id, privateKeyPem: key.privateKeyPem });
  expect(key.id).toMatch(/^[0-9a-f]{32}$/);
  expect(makeKeyPair().id).not.toBe(key.id);
});

test('other keys are named for what they are', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(() => linkKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(/type ec, not ed25519/);
  expect(() => linkKey('secret')).toThrow(/not a private key in PEM/);
  expect(() => linkKey(key.publicKeyPem)).toThrow(/not a private key in PEM/);
});

test('both sides speak the newest version that both know', () => {
  expect(agree({ newest: 3, oldest: 2 }, { newest: 5, oldest: 1 })).toBe(3);
  expect(agree({ newest: 3, oldest: 2 }, { newest: 2, oldest: 1 })).toBe(2);
  expect(agree({ newest: 3, oldest: 2 }, { newest: 1, oldest: 1 })).toBe('agentTooOld');
  expect(agree({ newest: 3, oldest: 2 }, { newest: 5, oldest: 4 })).toBe('botTooOld');
});
