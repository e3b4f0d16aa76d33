import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { type LeafRequest, makeAuthority } from '../../dev/stand-in/certificates.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const good: LeafRequest = { commonName: 'server', names: ['server.test'], addresses: ['127.0.0.1', '::1'] };

test('a leaf is trusted for its names and addresses by those who trust its authority', async () => {
  expect(await handshake(good, '127.0.0.1')).toBe('trusted');
  expect(await handshake(good, 'server.test')).toBe('trusted');
});

test('an expired leaf, one not valid yet and one for another name are told apart', async () => {
  const past = { notBefore: new Date(Date.now() - 2 * YEAR_MS), notAfter: new Date(Date.now() - YEAR_MS) };
  const future = { notBefore: new Date(Date.now() + YEAR_MS), notAfter: new Date(Date.now() + 2 * YEAR_MS) };
  expect(await handshake({ ...good, ...past }, '127.0.0.1')).toBe('CERT_HAS_EXPIRED');
  expect(await handshake({ ...good, ...future }, '127.0.0.1')).toBe('CERT_NOT_YET_VALID');
  expect(await handshake(good, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a leaf of another authority of the same name is not trusted', async () => {
  const other = await makeAuthority('authority');
  expect(await handshake(good, '127.0.0.1', other.caPem)).not.toBe('trusted');
});

async function handshake(leaf: LeafRequest, host: string, trust?: string): Promise<string> {
  const authority = await makeAuthority('authority');
  const { certPem, keyPem } = await authority.issue(leaf);
  const server = createServer({ cert: certPem, key: keyPem }, (socket) => socket.on('error', () => socket.destroy()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: trust ?? authority.caPem,
    servername: host === '127.0.0.1' ? '' : host,
  });
  try {
    await once(socket, 'secureConnect');
    return 'trusted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
