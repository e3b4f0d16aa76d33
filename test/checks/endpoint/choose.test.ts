import { expect, test } from 'vitest';
import { chooseEndpoint } from '../../../src/checks/endpoint/choose.ts';
import { EndpointOrigin, type KnownEndpoint, parseEndpoint } from '../../../src/words/endpoint.ts';

function known(origin: EndpointOrigin, url: string, learnedAt = 1): KnownEndpoint {
  return parseEndpoint(url, origin, learnedAt);
}

test('people first, then the configuration, then the cluster’s own word, inner addresses last', () => {
  const order: EndpointOrigin[] = [
    'person',
    'configuration',
    'cluster-info',
    'kubeadm-config',
    'kubeconfig',
    'endpointslice',
    'manifest',
    'service',
  ];
  expect(order.toSorted()).toEqual(EndpointOrigin.options.toSorted());
  const all = order.map((origin) => known(origin, `https://${origin}.example.com:6443`)).reverse();
  for (const origin of order) {
    expect(chooseEndpoint(null, all)?.origin).toBe(origin);
    all.pop();
  }
  expect(chooseEndpoint(null, all)).toBeNull();
});

test('of one origin the newest', () => {
  const older = known('endpointslice', 'https://10.0.0.1:6443', 1);
  const newer = known('endpointslice', 'https://10.0.0.2:6443', 2);

  expect(chooseEndpoint(null, [older, newer])).toBe(newer);
  expect(chooseEndpoint(null, [newer, older])).toBe(newer);
});

test('the answer does not depend on the order they come in', () => {
  const one = known('endpointslice', 'https://10.0.0.1:6443');
  const two = known('endpointslice', 'https://10.0.0.2:6443');

  expect(chooseEndpoint(null, [one, two])).toEqual(chooseEndpoint(null, [two, one]));
});

test('a settled URL stands, and keeps the origin that named it', () => {
  const info = known('cluster-info', 'https://API.example.com:6443', 5);

  expect(chooseEndpoint('https://api.example.com:6443', [known('configuration', 'https://x:1'), info])).toBe(info);
  expect(chooseEndpoint('https://given:443', [info])).toMatchObject({ origin: 'person', host: 'given', port: 443 });
  expect(() => chooseEndpoint('http://given', [])).toThrow(/not an API server URL/);
});
