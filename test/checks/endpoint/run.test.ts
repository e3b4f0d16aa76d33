import { expect, test } from 'vitest';
import { EndpointFacts } from '../../../src/checks/endpoint/contract.ts';
import type { ResolveHost } from '../../../src/checks/endpoint/resolve.ts';
import { endpointRunner } from '../../../src/checks/endpoint/run.ts';
import { type EndpointOrigin, type KnownEndpoint, parseEndpoint } from '../../../src/words/endpoint.ts';

function known(origin: EndpointOrigin, url: string): KnownEndpoint {
  return parseEndpoint(url, origin, 1);
}

function runner(resolve: ResolveHost, ...endpoints: KnownEndpoint[]) {
  const knowledge = () => ({ endpoints, caPem: '', controlPlaneNodes: [], provider: 'self' as const, asOfAt: 1 });
  return endpointRunner({ learned: { knowledge }, resolve, clock: () => 42 });
}

const resolveAll: ResolveHost = async (host) => ({ host, addresses: ['10.0.0.1'], fault: null, tookMs: 1, dns: null });

test('joins what it is told with what it learned; the chosen host is resolved first, each once', async () => {
  const learned = [
    known('cluster-info', 'https://in.example.com:6443'),
    known('endpointslice', 'https://10.0.0.1:6443'),
  ];
  const run = await runner(resolveAll, ...learned).run(
    {
      url: null,
      known: [known('cluster-info', 'https://in.example.com:6443'), known('configuration', 'https://out.example.com')],
    },
    AbortSignal.timeout(10_000),
  );

  expect(run.asOfAt).toBe(42);
  expect(EndpointFacts.parse(run.facts)).toEqual(run.facts);
  expect(run.facts.chosen?.url).toBe('https://out.example.com:443');
  expect(run.facts.known.map(({ origin }) => origin)).toEqual(['cluster-info', 'configuration', 'endpointslice']);
  expect(run.facts.hosts.map(({ host }) => host)).toEqual(['out.example.com', 'in.example.com', '10.0.0.1']);
});

test('resolves all hosts at the same time', async () => {
  const started: string[] = [];
  const all = Promise.withResolvers<void>();
  const meeting: ResolveHost = async (host, signal) => {
    started.push(host);
    if (started.length === 2) all.resolve();
    await all.promise;
    return resolveAll(host, signal);
  };
  await runner(meeting, known('cluster-info', 'https://a'), known('kubeadm-config', 'https://b')).run(
    { url: null, known: [] },
    AbortSignal.timeout(10_000),
  );

  expect(started).toEqual(['a', 'b']);
});

test('a URL that stands already is looked at although nobody knows it', async () => {
  const { facts } = await runner(resolveAll).run({ url: 'https://given:6443', known: [] }, AbortSignal.timeout(10_000));

  expect(facts.chosen).toMatchObject({ host: 'given', origin: 'person' });
  expect(facts.hosts.map(({ host }) => host)).toEqual(['given']);
});

test('with nothing known there is nothing to resolve', async () => {
  const { facts } = await runner(resolveAll).run({ url: null, known: [] }, AbortSignal.timeout(10_000));

  expect(facts).toEqual({ chosen: null, known: [], hosts: [] });
});
