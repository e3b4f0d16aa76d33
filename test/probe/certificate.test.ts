import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { readAuthorities, readCertificate } from '../../src/probe/certificate.ts';
import { type Link, makeLink } from './chains.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;

function read(
  leaf: Link,
  authorities: readonly Link[],
  options: { name?: string; sent?: Link[]; openssl?: string } = {},
) {
  return readCertificate(
    {
      leaf: new X509Certificate(leaf.pem),
      intermediates: (options.sent ?? []).map(({ pem }) => new X509Certificate(pem)),
      opensslFault: options.openssl ?? null,
    },
    {
      name: options.name ?? '10.0.0.1',
      authorities: readAuthorities(authorities.map(({ pem }) => pem).join('')),
      nowAt: NOW,
    },
  );
}

test('a CA of the same name with another key did not issue it', async () => {
  const [ours, theirs] = await Promise.all([
    makeLink({ commonName: 'kubernetes', ca: true }),
    makeLink({ commonName: 'kubernetes', ca: true }),
  ]);
  const leaf = await makeLink({ commonName: 'api', by: theirs, addresses: ['10.0.0.1'] });

  expect(read(leaf, [ours])).toMatchObject({ byClusterCa: false, faults: ['otherAuthority'] });
  expect(read(leaf, [theirs])).toMatchObject({ byClusterCa: true, faults: [], words: null });
});

test('while a CA is rotated, either of two CAs may have issued it', async () => {
  const [before, after] = await Promise.all([
    makeLink({ commonName: 'kubernetes', ca: true }),
    makeLink({ commonName: 'kubernetes', ca: true }),
  ]);
  for (const by of [before, after]) {
    const leaf = await makeLink({ commonName: 'api', by, addresses: ['10.0.0.1'] });
    expect(read(leaf, [before, after]).byClusterCa).toBe(true);
  }
});

test('a certificate that is no CA vouches for nobody', async () => {
  const root = await makeLink({ commonName: 'root', ca: true });
  const client = await makeLink({ commonName: 'some-client', by: root });
  const forged = await makeLink({ commonName: 'api', by: client, addresses: ['10.0.0.1'] });

  expect(read(forged, [root], { sent: [client] }).faults).toEqual(['otherAuthority']);
});

test('an expired CA above it is named', async () => {
  const root = await makeLink({ commonName: 'root', ca: true });
  const tired = await makeLink({
    commonName: 'tired',
    ca: true,
    by: root,
    notBefore: new Date(NOW - 9 * DAY_MS),
    notAfter: new Date(NOW - 3_600_000),
  });
  const leaf = await makeLink({ commonName: 'api', by: tired, addresses: ['10.0.0.1'] });
  const reading = read(leaf, [root], { sent: [tired] });

  expect(reading).toMatchObject({ byClusterCa: true, faults: ['expired'] });
  expect(reading.words).toMatch(/^the CA certificate CN=tired above its own expired on .* UTC \(60 min ago\)$/);
});

test('intermediates that issue each other lead nowhere, and end', async () => {
  const root = await makeLink({ commonName: 'root', ca: true });
  const one = await makeLink({ commonName: 'ring', ca: true });
  const two = await makeLink({ commonName: 'ring', ca: true, by: one });
  const leaf = await makeLink({ commonName: 'api', by: two, addresses: ['10.0.0.1'] });

  expect(read(leaf, [root], { sent: [one, two] }).byClusterCa).toBe(false);
});

test('a self-signed certificate that is itself the learned CA is trusted, as kubectl does', async () => {
  const self = await makeLink({ commonName: 'api', addresses: ['10.0.0.1'] });

  expect(read(self, [self], { openssl: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toMatchObject({
    byClusterCa: true,
    faults: [],
  });
});

test('a CA that is no root is trusted although OpenSSL asks for more', async () => {
  const root = await makeLink({ commonName: 'root', ca: true });
  const intermediate = await makeLink({ commonName: 'intermediate', ca: true, by: root });
  const leaf = await makeLink({ commonName: 'api', by: intermediate, addresses: ['10.0.0.1'] });

  expect(read(leaf, [intermediate], { openssl: 'UNABLE_TO_GET_ISSUER_CERT' }).faults).toEqual([]);
});

test('what only OpenSSL sees is not lost', async () => {
  const root = await makeLink({ commonName: 'root', ca: true });
  const leaf = await makeLink({ commonName: 'api', by: root, addresses: ['10.0.0.1'] });
  const reading = read(leaf, [root], { openssl: 'INVALID_PURPOSE' });

  expect(reading.faults).toEqual(['unverifiable']);
  expect(reading.words).toContain('INVALID_PURPOSE');
});

test('without a learned CA nothing is said of who issued it', async () => {
  const self = await makeLink({ commonName: 'api', addresses: ['10.0.0.1'] });

  expect(read(self, [])).toMatchObject({ byClusterCa: null, faults: [] });
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.2', false],
  ['fd00::1', true],
  ['api.example.com', true],
  ['x.apps.example.com', true],
  ['x.y.apps.example.com', false],
])('names: %s', async (name, fits) => {
  const leaf = await makeLink({
    commonName: 'api',
    names: ['api.example.com', '*.apps.example.com'],
    addresses: ['10.0.0.1', 'fd00::1'],
  });

  expect(read(leaf, [leaf], { name }).faults).toEqual(fits ? [] : ['wrongName']);
});

test('a common name is no name: Go clients ignore it', async () => {
  const leaf = await makeLink({ commonName: 'api.example.com' });
  const reading = read(leaf, [leaf], { name: 'api.example.com' });

  expect(reading.faults).toEqual(['wrongName']);
  expect(reading.words).toBe('its certificate is for no name at all, not for api.example.com');
});

test('names with commas stay whole, and what is kept of them is bounded', async () => {
  const names = ['a,b', ...Array.from({ length: 150 }, (_, index) => `n${index}.example.com`)];
  const { certificate, words } = read(await makeLink({ commonName: 'api', names }), []);

  expect(certificate.names).toHaveLength(100);
  expect(certificate.names.slice(0, 2)).toEqual(['a,b', 'n0.example.com']);
  expect(words).toContain('n0.example.com');
  expect(words).toContain('and 94 more');
});

test('a bundle is read whole; text without a certificate is an error that says so', async () => {
  const [one, two] = await Promise.all([makeLink({ commonName: 'one' }), makeLink({ commonName: 'two' })]);

  expect(readAuthorities(`# ours\n${one.pem}\n${two.pem}`).map(({ subject }) => subject)).toEqual(['CN=one', 'CN=two']);
  expect(readAuthorities(' \n')).toEqual([]);
  expect(() => readAuthorities('-----BEGIN PRIVATE KEY-----')).toThrow(/holds no PEM certificate/);
  expect(() => readAuthorities('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow(
    /can not be read/,
  );
});
