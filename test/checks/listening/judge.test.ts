import { describe, expect, test } from 'vitest';
import { type ListeningFacts, listening } from '../../../src/checks/listening/contract.ts';
import type { Finding } from '../../../src/words/evidence.ts';
import { bad, good, NOW_AT } from '../reachability/results.ts';

const ETH0 = { interface: 'eth0', address: '10.0.0.5', loopback: false };
const ETH1 = { interface: 'eth1', address: '192.168.0.5', loopback: false };
const LO = { interface: 'lo', address: '127.0.0.1', loopback: true };

function judge(changes: Partial<ListeningFacts>, expectedAddresses: string[] = ['10.0.0.5']): Finding {
  return listening.judge({
    params: { port: 6443, expectedAddresses, caPem: '' },
    facts: {
      sockets: [],
      otherPorts: [],
      unread: [],
      ownAddresses: [LO, ETH0, ETH1],
      expectedHere: ['10.0.0.5'],
      probes: [],
      ...changes,
    },
    vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] },
    nowAt: NOW_AT,
  });
}

function socket(address: string, family: 4 | 6 = 4, interfaces: string[] = [], queued = 0) {
  return { family, address, interfaces, queued };
}

const loopback = good('loopback', '127.0.0.1');
const eth0 = good('api-server-address', '10.0.0.5');
const refusedOnLoopback = bad('loopback', '127.0.0.1', 'refused');

describe('ok', () => {
  test('bound on every address, and the API server answers', () => {
    expect(judge({ sockets: [socket('::', 6)], probes: [loopback, eth0] })).toMatchObject({
      verdict: 'ok',
      reason:
        'Port 6443 on cp-1 is bound to every address, and the API server answers there: CN=kube-apiserver, valid until 2026-11-25 12:00 UTC (200 days left).',
    });
  });

  test('bound on the very interface that clients use; loopback need not answer then', () => {
    const finding = judge({ sockets: [socket('10.0.0.5', 4, ['eth0'])], probes: [refusedOnLoopback, eth0] });

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('bound to 10.0.0.5 (eth0), and the API server answers');
  });

  test('an API server that is not ready still listens, and the reason says what it is not', () => {
    const unready = bad('loopback', '127.0.0.1', 'serverError', 'processing', {
      httpStatus: 500,
      byClusterCa: true,
      phases: { connect: 1 },
    });
    const finding = judge({ sockets: [socket('0.0.0.0')], probes: [unready] });

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('not ready, though: /livez gives HTTP 500');
  });

  test('without a learned CA it says that identity is unproven', () => {
    const nameless = good('loopback', '127.0.0.1', { byClusterCa: null, good: false });

    expect(judge({ sockets: [socket('0.0.0.0')], probes: [nameless] })).toMatchObject({
      verdict: 'ok',
      reason: expect.stringContaining('unproven'),
    });
  });
});

describe('problem', () => {
  test('nothing listens', () => {
    const finding = judge({ probes: [refusedOnLoopback], otherPorts: [22, 6444] });

    expect(finding).toMatchObject({ verdict: 'problem', reason: 'Nothing on cp-1 listens on port 6443.' });
    expect(finding.details).toContainEqual({ label: 'other listening ports', value: '22, 6444' });
  });

  test('nothing listens, and none of the known addresses is here: perhaps the agent looks at its own namespace', () => {
    const finding = judge({ probes: [refusedOnLoopback], expectedHere: [] });

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain("must run with the host's network");
  });

  test.each([
    [[socket('127.0.0.1', 4, ['lo'])], 'bound to loopback only (127.0.0.1 (lo))'],
    [[socket('::1', 6), socket('127.0.0.1', 4, ['lo'])], 'bound to loopback only (::1 and 127.0.0.1 (lo))'],
  ])('bound to loopback only', (sockets, words) => {
    expect(judge({ sockets, probes: [loopback] })).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining(words),
    });
  });

  test('bound to another interface than clients use, both named', () => {
    expect(judge({ sockets: [socket('192.168.0.5', 4, ['eth1'])], probes: [refusedOnLoopback] })).toMatchObject({
      verdict: 'problem',
      reason: 'Port 6443 on cp-1 is bound to 192.168.0.5 (eth1), not to 10.0.0.5 (eth0) where clients connect.',
    });
  });

  test('a socket of tcp6 that takes no IPv4, as a connection shows', () => {
    const finding = judge({ sockets: [socket('::', 6)], probes: [refusedOnLoopback, good('loopback', '::1')] });

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('bound to every IPv6 address, but connections to 127.0.0.1:6443 are refused');
    expect(finding.reason).toContain('takes IPv6 only, or a firewall on this node rejects IPv4');
  });

  test('a socket of tcp6 that a firewall rejects for both families is not called IPv6 only', () => {
    const finding = judge({
      sockets: [socket('::', 6)],
      probes: [refusedOnLoopback, bad('loopback', '::1', 'refused')],
    });

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain(
      'bound to every address, but connections to 127.0.0.1:6443 are refused all the same',
    );
    expect(finding.reason).not.toContain('IPv6 only');
  });

  test('a full queue is a hung process, not a firewall', () => {
    const probes = [bad('loopback', '127.0.0.1', 'timeout')];
    const finding = judge({ sockets: [socket('0.0.0.0', 4, [], 129)], probes });

    expect(finding.reason).toContain('are not taken and 129 wait already: the process hangs');
    expect(finding.reason).not.toContain('firewall');
  });

  test.each(['otherAuthority', 'selfSigned'] as const)('another server listens: %s', (fault) => {
    const impostor = bad('loopback', '127.0.0.1', 'certificate', 'tls', {
      because: 'its certificate was issued by CN=other',
      tlsFaults: [fault],
      byClusterCa: false,
      phases: { connect: 1, tls: 3 },
    });
    const finding = judge({ sockets: [socket('0.0.0.0')], probes: [impostor] });

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain("something else than this cluster's API server listens");
    expect(finding.reason).toContain('issued by CN=other');
  });

  test('the API server itself with an expired certificate is not called something else', () => {
    const expired = bad('loopback', '127.0.0.1', 'certificate', 'tls', {
      because: 'its certificate expired on 2026-05-09 07:29 UTC (4 h ago)',
      tlsFaults: ['expired'],
      byClusterCa: true,
      phases: { connect: 1, tls: 3 },
    });
    const finding = judge({ sockets: [socket('0.0.0.0')], probes: [expired] });

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('its certificate expired on 2026-05-09 07:29 UTC');
    expect(finding.reason).not.toContain('something else');
  });

  test.each([
    ['timeout', 'tls', 'the process hangs: 127.0.0.1:6443 accepts the connection, then is silent'],
    ['timeout', 'connect', 'none waits for the process: a firewall on this node drops them'],
    ['refused', 'connect', 'are refused all the same: a firewall on this node rejects them'],
    ['plainHttp', 'tls', 'something else than the API server listens'],
    ['tlsAlert', 'tls', 'something else than the API server listens'],
    ['notAnApiServer', 'processing', 'something else than the API server listens'],
    ['closed', 'tls', 'connection closed by 127.0.0.1:6443'],
  ] as const)('bound, but %s in the %s phase', (kind, phase, words) => {
    const probes = [bad('loopback', '127.0.0.1', kind, phase)];

    expect(judge({ sockets: [socket('0.0.0.0')], probes })).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining(words),
    });
  });

  test('two processes on one port: the one where clients connect counts as well', () => {
    const hung = bad('api-server-address', '10.0.0.5', 'timeout', 'tls', { phases: { connect: 1 } });
    const sockets = [socket('127.0.0.1', 4, ['lo']), socket('10.0.0.5', 4, ['eth0'])];

    expect(judge({ sockets, probes: [loopback, hung] })).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('the process hangs: 10.0.0.5:6443'),
    });
  });
});

describe('what could not be seen', () => {
  test('unreadable sockets and silence on loopback: unknown', () => {
    expect(judge({ unread: ['/proc/net/tcp: EACCES'], probes: [refusedOnLoopback] })).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('/proc/net/tcp: EACCES'),
    });
  });

  test('unreadable sockets, but the API server answers', () => {
    expect(judge({ unread: ['/proc/net/tcp: EACCES'], probes: [loopback] })).toMatchObject({
      verdict: 'ok',
      reason: expect.stringContaining('the sockets could not be read'),
    });
  });

  test('no socket, yet connections are taken: a redirect', () => {
    expect(judge({ probes: [loopback] })).toMatchObject({
      verdict: 'ok',
      reason: expect.stringContaining('a firewall rule redirects it'),
    });
  });
});
