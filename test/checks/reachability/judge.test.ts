import { describe, expect, test } from 'vitest';
import { reachability } from '../../../src/checks/reachability/contract.ts';
import type { Finding } from '../../../src/words/evidence.ts';
import type { ProbeResult } from '../../../src/words/probe.ts';
import type { VantageKind } from '../../../src/words/vantage.ts';
import { bad, good, NOW_AT } from './results.ts';

function judge(kind: VantageKind, ...results: ProbeResult[]): Finding {
  return reachability.judge({
    params: { targets: [], caPem: '', deadlineMs: 5_000 },
    facts: { results },
    vantage: { kind, instance: 'here', leavesBy: [] },
    nowAt: NOW_AT,
  });
}

const healthyInside = [good('service-ip', '10.96.0.1', { port: 443 }), good('api-server-address', '10.0.0.11')];

describe('ok', () => {
  test('when every way works', () => {
    const finding = judge('pod', good('endpoint', '10.0.0.10'), ...healthyInside);

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toBe(
      "10.0.0.10:6443 answers (HTTP 403 in 14 ms, TLS by the cluster's CA), and so do 2 other ways.",
    );
    expect(finding.details.map(({ label }) => label)).toEqual([
      'the endpoint 10.0.0.10:6443',
      "the Service's address 10.96.0.1:443",
      'the API server itself at 10.0.0.11:6443',
      'certificate CN=kube-apiserver',
    ]);
    expect(finding.details[0]?.value).toBe(
      'good: HTTP 403 in 14 ms (connect 1 ms, tls 8 ms, processing 4 ms, transfer 1.2 ms)',
    );
    expect(finding.details[3]?.value).toContain('valid until 2026-11-25 12:00 UTC (200 days left)');
  });

  test('from outside, where the cluster-info endpoint is private', () => {
    const finding = judge('outside', good('endpoint', '203.0.113.10'), bad('cluster-info', '10.0.0.10', 'timeout'));

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('203.0.113.10:6443 answers');
    expect(finding.reason).toContain('Only aside: no answer from 10.0.0.10:6443');
  });

  test('says that identity is unproven when no CA was learned', () => {
    const finding = judge('outside', good('endpoint', '10.0.0.10', { byClusterCa: null, good: false }));

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain("Who answers is unproven: the cluster's CA has not been learned.");
    expect(finding.reason).not.toContain("TLS by the cluster's CA");
  });

  test('when only the name of the Service fails to resolve: that is DNS', () => {
    const finding = judge(
      'pod',
      good('endpoint', '10.0.0.10'),
      ...healthyInside,
      bad('service-dns', 'kubernetes.default.svc', 'resolverFailed', 'resolve', { address: null }),
    );

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('Only aside: the name kubernetes.default.svc could not be looked up');
  });

  test('when IPv6 leads nowhere from here, and says that it was not tried', () => {
    const finding = judge(
      'outside',
      good('endpoint', 'api.example.com', { address: '203.0.113.10' }),
      bad('endpoint', 'api.example.com', 'networkUnreachable', 'connect', { address: '2001:db8::1' }),
    );

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('IPv6 could not be tried');
  });
});

describe('problem', () => {
  test('when no way works; a refusal is not called a dead process', () => {
    const finding = judge('outside', bad('endpoint', '10.0.0.10', 'refused'));

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toBe(
      'No way to the API server works: connection refused by 10.0.0.10:6443 after 14 ms: nothing listens there, or a firewall rejects.',
    );
    expect(finding.reason).not.toMatch(/\bdown\b|process/);
  });

  test('when one of the servers fails and nobody named the endpoint', () => {
    const finding = judge(
      'pod',
      good('service-ip', '10.96.0.1', { port: 443 }),
      bad('api-server-address', '10.0.0.12', 'refused'),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toMatch(
      /^Connection refused by 10\.0\.0\.12:6443 .* A balancer may send some clients there\.$/,
    );
  });

  test('when all of a pod times out; its own policy could do that too', () => {
    const ways = [bad('endpoint', '10.0.0.10', 'timeout'), bad('service-ip', '10.96.0.1', 'timeout')];

    expect(judge('pod', ...ways).reason).toContain("A NetworkPolicy on the agent's own pod would look the same.");
    expect(judge('node', ...ways).reason).not.toContain('NetworkPolicy');
    expect(judge('pod', bad('endpoint', '10.0.0.10', 'refused')).reason).not.toContain('NetworkPolicy');
  });

  test('when the endpoint times out from inside while the API server answers: hairpin makes it inconclusive outside', () => {
    const finding = judge('pod', bad('endpoint', 'api.example.com', 'timeout'), ...healthyInside);

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain(
      "The API server does answer from here by the Service's address 10.96.0.1:6443".replace(':6443', ':443'),
    );
    expect(finding.reason).toContain('inconclusive');
    expect(finding.reason).toContain('NLB');
  });

  test('when the endpoint refuses from inside while the API server answers: no hairpin does that', () => {
    const finding = judge('pod', bad('endpoint', 'api.example.com', 'refused'), ...healthyInside);

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).not.toContain('inconclusive');
  });

  test('when one of several addresses fails, naming which works', () => {
    const finding = judge(
      'outside',
      good('endpoint', 'api.example.com', { address: '10.0.0.1' }),
      bad('endpoint', 'api.example.com', 'timeout', 'connect', { address: '10.0.0.2' }),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('api.example.com:6443 works at 10.0.0.1 only: no answer from 10.0.0.2:6443');
  });

  test('when only IPv6 fails although it leads somewhere', () => {
    const finding = judge(
      'outside',
      good('endpoint', 'api.example.com', { address: '203.0.113.10' }),
      bad('endpoint', 'api.example.com', 'refused', 'connect', { address: '2001:db8::1' }),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain(
      'api.example.com:6443 works over IPv4 only: connection refused by [2001:db8::1]:6443',
    );
  });

  test('with every fault of the certificate at once', () => {
    const because =
      "its certificate expired on 2026-05-09 07:29 UTC (4 h ago); its certificate is for elsewhere, not for 10.0.0.10; its certificate was issued by CN=other, not by the cluster's CA: another server answers, or something between ends TLS";
    const finding = judge(
      'outside',
      bad('endpoint', '10.0.0.10', 'certificate', 'tls', { because, byClusterCa: false, tlsFaults: ['expired'] }),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain(because);
  });

  test('when one API server of three fails behind a working endpoint', () => {
    const finding = judge(
      'pod',
      good('endpoint', '10.0.0.10'),
      good('api-server-address', '10.0.0.11'),
      good('api-server-address', '10.0.0.12'),
      bad('api-server-address', '10.0.0.13', 'refused'),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('10.0.0.10:6443 answers');
    expect(finding.reason).toContain('not every other way: connection refused by 10.0.0.13:6443');
    expect(finding.reason).toContain('A balancer may send some clients there.');
  });

  test('when the API server says that it is not ready', () => {
    const because = '/livez gives HTTP 500';
    const finding = judge(
      'pod',
      bad('endpoint', '10.0.0.10', 'serverError', 'processing', { because, httpStatus: 500, byClusterCa: true }),
      ...healthyInside,
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('not ready (/livez gives HTTP 500)');
  });
});

describe('unknown', () => {
  test('when there was nothing to try', () => {
    expect(judge('pod')).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('give its URL') });
  });

  test('when the inner ways work and the clients’ own is not known', () => {
    expect(judge('pod', ...healthyInside)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('the endpoint that clients use is not known'),
    });
  });
});
