import { expect, test } from 'vitest';
import { classifyFault, describeFailure } from '../../src/probe/failure.ts';
import { Phase, ProbeFailureKind } from '../../src/words/probe.ts';

test.each([
  ['resolve', 'ENOTFOUND', '', 'nameNotFound'],
  ['resolve', 'EAI_AGAIN', '', 'resolverFailed'],
  ['resolve', 'EAI_SYSTEM', '', 'resolverFailed'],
  ['connect', 'ECONNREFUSED', '', 'refused'],
  ['connect', 'ETIMEDOUT', '', 'timeout'],
  ['connect', 'EHOSTUNREACH', '', 'hostUnreachable'],
  ['connect', 'ENETUNREACH', '', 'networkUnreachable'],
  ['connect', 'EADDRNOTAVAIL', '', 'networkUnreachable'],
  ['connect', 'EINVAL', '', 'blackholed'],
  ['connect', 'EACCES', '', 'prohibited'],
  ['tls', 'ECONNRESET', 'read ECONNRESET', 'reset'],
  ['tls', 'ECONNRESET', 'Client network socket disconnected before secure TLS connection was established', 'closed'],
  ['processing', 'ECONNRESET', 'socket hang up', 'closed'],
  ['processing', 'EPIPE', 'write EPIPE', 'closed'],
  ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', '', 'plainHttp'],
  ['tls', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', '', 'tlsAlert'],
  ['processing', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '', 'tlsAlert'],
  ['processing', 'HPE_INVALID_CONSTANT', '', 'notAnApiServer'],
  ['connect', 'EMFILE', '', 'other'],
  ['connect', null, 'what?', 'other'],
] as const)('%s: %s %s is %s', (phase, code, message, kind) => {
  expect(classifyFault({ phase, code, message })).toBe(kind);
});

test('every failure of every phase names the port and reads as one line', () => {
  for (const kind of ProbeFailureKind.options) {
    for (const phase of Phase.options) {
      const words = describeFailure({
        kind,
        phase,
        host: 'api.example.com',
        port: 6443,
        address: 'fd00::1',
        afterMs: 12.4,
        because: null,
      });
      expect(words).not.toMatch(/undefined|null|\n/);
      expect(words).toMatch(/\[fd00::1\]:6443|api\.example\.com/);
    }
  }
});

test('only a refusal speaks of nothing listening, and it names the firewall beside it', () => {
  const scene = { phase: 'connect', host: 'h', port: 6443, address: '10.0.0.1', afterMs: 1, because: null } as const;
  for (const kind of ProbeFailureKind.options) {
    const words = describeFailure({ ...scene, kind });
    expect(words).not.toContain('down');
    expect(words.includes('nothing listens')).toBe(kind === 'refused');
  }
  expect(describeFailure({ ...scene, kind: 'refused' })).toBe(
    'connection refused by 10.0.0.1:6443 after 1 ms: nothing listens there, or a firewall rejects',
  );
});
