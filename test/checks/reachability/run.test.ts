import { beforeAll, expect, test } from 'vitest';
import { type Authority, makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { ReachabilityFacts, ReachabilityParams } from '../../../src/checks/reachability/contract.ts';
import { reachabilityRunner } from '../../../src/checks/reachability/run.ts';
import { learnedTargets, withoutRepeats } from '../../../src/checks/reachability/targets.ts';
import { type Probe, probe } from '../../../src/probe/probe.ts';
import { type ClusterKnowledge, type EndpointOrigin, endpointUrl } from '../../../src/words/endpoint.ts';
import { OK, serveTls } from '../../probe/servers.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority('kubernetes');
});

function knowing(caPem: string, ...known: [EndpointOrigin, string, number][]): ClusterKnowledge {
  return {
    endpoints: known.map(([origin, host, port]) => ({
      origin,
      host,
      port,
      url: endpointUrl(host, port),
      learnedAt: 1,
    })),
    caPem,
    controlPlaneNodes: [],
    provider: 'self',
    asOfAt: 1,
  };
}

test('probes what it is told and what it learned, once each, with the CA it learned', async () => {
  const { certPem, keyPem } = await authority.issue({
    commonName: 'kube-apiserver',
    names: ['kubernetes.default.svc'],
    addresses: ['127.0.0.1'],
  });
  const port = await serveTls({ cert: certPem, key: keyPem }, OK);
  const knowledge = knowing(
    authority.caPem,
    ['cluster-info', '127.0.0.1', port],
    ['endpointslice', '127.0.0.1', port],
    ['endpointslice', '127.0.0.2', port],
  );
  const runner = reachabilityRunner({ learned: { knowledge: () => knowledge }, probe, clock: Date.now });
  const params = ReachabilityParams.parse({
    targets: [{ path: 'endpoint', host: '127.0.0.1', port }],
    caPem: '',
    deadlineMs: 10_000,
  });
  const { facts } = await runner.run(params, AbortSignal.timeout(12_000));

  expect(ReachabilityFacts.parse(facts)).toEqual(facts);
  expect(facts.results.map(({ target, good }) => [target.path, target.host, good])).toEqual([
    ['endpoint', '127.0.0.1', true],
    ['api-server-address', '127.0.0.2', false],
  ]);
});

test('tries everything at the same time', async () => {
  const started: string[] = [];
  const all = Promise.withResolvers<void>();
  const meeting: Probe = async ({ host }) => {
    started.push(host);
    if (started.length === 3) all.resolve();
    await all.promise;
    return [];
  };
  const knowledge = knowing('', ['configuration', 'a', 1], ['cluster-info', 'b', 2], ['endpointslice', 'c', 3]);
  const runner = reachabilityRunner({ learned: { knowledge: () => knowledge }, probe: meeting, clock: () => 1 });

  await runner.run({ targets: [], caPem: '', deadlineMs: 100 }, AbortSignal.timeout(10_000));
  expect(started).toEqual(['a', 'b', 'c']);
});

test('asks a server at its own address for the Service’s name: balancers and Services come before it', async () => {
  const asked: [string, string | undefined][] = [];
  const recording: Probe = async ({ path }, { serverName }) => {
    asked.push([path, serverName]);
    return [];
  };
  const knowledge = knowing('', ['configuration', 'a', 1], ['endpointslice', '10.0.0.1', 6443]);
  const runner = reachabilityRunner({ learned: { knowledge: () => knowledge }, probe: recording, clock: () => 1 });
  await runner.run({ targets: [], caPem: '', deadlineMs: 100 }, AbortSignal.timeout(10_000));

  expect(asked).toEqual([
    ['endpoint', undefined],
    ['api-server-address', 'kubernetes.default.svc'],
  ]);
});

test.each([
  ['pod', ['endpoint', 'service-ip', 'api-server-address', 'service-dns']],
  ['node', ['endpoint', 'service-ip', 'api-server-address']],
  ['outside', ['endpoint']],
] as const)('from %s only what leads somewhere', (from, paths) => {
  const knowledge = knowing(
    '',
    ['configuration', 'api.example.com', 443],
    ['service', '10.96.0.1', 443],
    ['endpointslice', '10.0.0.1', 6443],
  );

  expect(learnedTargets(knowledge, from).map(({ path }) => path)).toEqual(paths);
});

test('of two names for one place the one that says more is kept', () => {
  const place = { host: 'API.example.com', port: 6443 };

  expect(
    withoutRepeats([
      { path: 'api-server-address', ...place },
      { path: 'endpoint', host: 'api.example.com', port: 6443 },
      { path: 'kubeadm-config', ...place, port: 443 },
    ]).map(({ path, port }) => [path, port]),
  ).toEqual([
    ['endpoint', 6443],
    ['kubeadm-config', 443],
  ]);
});
