import { describe, expect, test } from 'vitest';
import { chooseEndpoint } from '../../../src/checks/endpoint/choose.ts';
import { endpoint, type HostResolution } from '../../../src/checks/endpoint/contract.ts';
import { type EndpointOrigin, parseEndpoint } from '../../../src/words/endpoint.ts';
import type { Finding } from '../../../src/words/evidence.ts';

const LEARNED_AT = Date.UTC(2026, 4, 9, 11, 0, 0);

function judge(named: Partial<Record<EndpointOrigin, string>>, ...hosts: HostResolution[]): Finding {
  const known = Object.entries(named).map(([origin, url]) => parseEndpoint(url, endpointOrigin(origin), LEARNED_AT));
  return endpoint.judge({
    params: { url: null, known },
    facts: { chosen: chooseEndpoint(null, known), known, hosts },
    vantage: { kind: 'outside', instance: 'bot', leavesBy: [] },
    nowAt: LEARNED_AT,
  });
}

function endpointOrigin(text: string): EndpointOrigin {
  const origins: readonly EndpointOrigin[] = [
    'person',
    'configuration',
    'cluster-info',
    'kubeadm-config',
    'endpointslice',
  ];
  const origin = origins.find((one) => one === text);
  if (origin === undefined) throw new Error(text);
  return origin;
}

function address(host: string): HostResolution {
  return { host, addresses: [host], fault: null, tookMs: 0, dns: null };
}

function name(host: string, addresses: string[], inDns: string[] = addresses): HostResolution {
  const records = inDns.map((value) => ({ name: host, type: 'A' as const, value, ttlSeconds: 60 }));
  const faults = inDns.length > 0 ? [] : [{ type: 'A' as const, code: 'ENOTFOUND', message: 'queryA ENOTFOUND' }];
  return { host, addresses, fault: null, tookMs: 3, dns: { servers: ['10.96.0.10'], records, faults } };
}

function unresolved(host: string, code: string): HostResolution {
  return { ...name(host, [], []), fault: { code, message: `getaddrinfo ${code} ${host}` } };
}

describe('ok', () => {
  test('names the exact URL, who said so, the addresses and the port', () => {
    const finding = judge(
      { configuration: 'https://api.example.com:6443' },
      name('api.example.com', ['10.0.0.1', '10.0.0.2']),
    );

    expect(finding).toMatchObject({
      verdict: 'ok',
      reason:
        'Clients use https://api.example.com:6443 (as the configuration says): api.example.com is 10.0.0.1 and 10.0.0.2 here, port 6443.',
    });
    expect(finding.details).toEqual([
      { label: 'the configuration', value: 'https://api.example.com:6443 (learned 2026-05-09 11:00:00 UTC)' },
      { label: 'api.example.com, as clients resolve it', value: '10.0.0.1, 10.0.0.2 (in 3 ms)' },
      {
        label: 'api.example.com, by DNS',
        value: 'api.example.com A 10.0.0.1 (TTL 60 s); api.example.com A 10.0.0.2 (TTL 60 s) (asked 10.96.0.10)',
      },
    ]);
  });

  test('an address stands for itself', () => {
    expect(judge({ 'cluster-info': 'https://[fd00::1]:6443' }, address('fd00::1')).reason).toBe(
      'Clients use https://[fd00::1]:6443 (as cluster-info says): address fd00::1, port 6443.',
    );
  });

  test('other words of the cluster are noted', () => {
    const finding = judge(
      {
        configuration: 'https://203.0.113.1:443',
        'cluster-info': 'https://10.0.0.1:6443',
        endpointslice: 'https://10.0.0.2:6443',
      },
      address('203.0.113.1'),
    );

    expect(finding.verdict).toBe('ok');
    expect(finding.reason).toContain('Cluster-info says https://10.0.0.1:6443.');
    expect(finding.reason).not.toContain('10.0.0.2');
  });

  test('a hosts file that overrules DNS is noted, and one that alone knows the name', () => {
    const named = { configuration: 'https://api.example.com:6443' };

    expect(judge(named, name('api.example.com', ['10.0.0.1'], ['10.9.9.9'])).reason).toContain(
      'DNS says otherwise (10.9.9.9)',
    );
    expect(judge(named, name('api.example.com', ['10.0.0.1'], [])).reason).toContain(
      'DNS itself does not know the name',
    );
  });
});

describe('problem', () => {
  test.each([
    ['ENOTFOUND', 'the name api.example.com does not resolve here'],
    ['EAI_AGAIN', 'the resolver here gives no answer (EAI_AGAIN)'],
    ['ETIMEOUT', 'the resolver here gives no answer (ETIMEOUT)'],
  ])('a name that gives %s; the cluster’s other word is offered', (code, words) => {
    const finding = judge(
      { configuration: 'https://api.example.com:6443', 'kubeadm-config': 'https://10.0.0.1:6443' },
      unresolved('api.example.com', code),
      address('10.0.0.1'),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain(words);
    expect(finding.reason).toContain('Kubeadm-config says https://10.0.0.1:6443.');
  });

  test('a URL just given whose port nobody else knows for that host', () => {
    const finding = judge(
      { person: 'https://10.0.0.1:443', 'cluster-info': 'https://10.0.0.1:6443' },
      address('10.0.0.1'),
    );

    expect(finding.verdict).toBe('problem');
    expect(finding.reason).toContain('for that host the cluster names another port');
  });
});

describe('unknown', () => {
  test('when nobody named any', () => {
    expect(judge({})).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('give the one that clients use'),
    });
  });

  test('when only the inside is known: it is offered, not claimed', () => {
    const finding = judge({ endpointslice: 'https://10.0.0.1:6443' }, address('10.0.0.1'));

    expect(finding.verdict).toBe('unknown');
    expect(finding.reason).toContain('it may be https://10.0.0.1:6443');
  });
});
