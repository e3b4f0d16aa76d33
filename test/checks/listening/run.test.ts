import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Authority, makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { ListeningFacts, listening } from '../../../src/checks/listening/contract.ts';
import { type ListeningNeeds, listeningRunner } from '../../../src/checks/listening/run.ts';
import { probe } from '../../../src/probe/probe.ts';
import type { ClusterKnowledge } from '../../../src/words/endpoint.ts';
import type { ProbeTarget } from '../../../src/words/probe.ts';
import type { Vantage } from '../../../src/words/vantage.ts';
import { OK, serveTls } from '../../probe/servers.ts';

let authority: Authority;
let apiServer: { cert: string; key: string };
beforeAll(async () => {
  authority = await makeAuthority('kubernetes');
  // As kubeadm makes it: not for loopback.
  const leaf = await authority.issue({
    commonName: 'kube-apiserver',
    names: ['kubernetes', 'kubernetes.default.svc'],
    addresses: ['10.96.0.1'],
  });
  apiServer = { cert: leaf.certPem, key: leaf.keyPem };
});

function knowledge(): ClusterKnowledge {
  return { endpoints: [], caPem: authority.caPem, controlPlaneNodes: [], provider: 'self', asOfAt: 1 };
}

function address(family: 'IPv4' | 'IPv6', text: string, internal = false): NetworkInterfaceInfo {
  const shared = { address: text, netmask: '', mac: '', internal, cidr: null };
  return family === 'IPv4' ? { ...shared, family } : { ...shared, family, scopeid: 0 };
}

async function look(port: number, changes: Partial<ListeningNeeds> = {}, expectedAddresses: string[] = []) {
  const runner = listeningRunner({ learned: { knowledge }, probe, clock: Date.now, ...changes });
  const params = { port, expectedAddresses, caPem: '' };
  const { facts } = await runner.run(params, AbortSignal.timeout(12_000));
  expect(ListeningFacts.parse(facts)).toEqual(facts);
  const vantage: Vantage = { kind: 'node', instance: 'cp-1', leavesBy: [] };
  return { facts, finding: listening.judge({ params, facts, vantage, nowAt: Date.now() }) };
}

/** A folder that stands for /proc/net, as a machine of this byte order writes it. */
async function procNet(...listening: [address: string, port: number][]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proc-net-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const lines = listening.map(([text, port]) => {
    const bytes = text.split('.').map(Number);
    const ordered = endianness() === 'LE' ? bytes.reverse() : bytes;
    const hex = (number: number, width: number) => number.toString(16).toUpperCase().padStart(width, '0');
    return `   0: ${ordered.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)} 00000000:0000 0A`;
  });
  await writeFile(join(folder, 'tcp'), `  sl  local_address rem_address   st\n${lines.join('\n')}\n`);
  return folder;
}

test.skipIf(!existsSync('/proc/net/tcp'))('sees a socket of this machine, bound to loopback only', async () => {
  const port = await serveTls(apiServer, OK);
  const { facts, finding } = await look(port);

  expect(facts.sockets).toEqual([{ family: 4, address: '127.0.0.1', interfaces: ['lo'], queued: 0 }]);
  expect(facts.unread).toEqual([]);
  expect(finding).toMatchObject({ verdict: 'problem', reason: expect.stringContaining('loopback only') });
});

test('asks who answers over loopback, under the name that every API server certificate has', async () => {
  const port = await serveTls(apiServer, OK);
  const { facts, finding } = await look(port, { procNet: await procNet(['0.0.0.0', port], ['0.0.0.0', 22]) });

  expect(facts.probes.map(({ target, good }) => [target.path, target.host, good])).toEqual([
    ['loopback', '127.0.0.1', true],
  ]);
  expect(facts.otherPorts).toEqual([22]);
  expect(finding.verdict).toBe('ok');
  expect(finding.reason).toMatch(
    /bound to every IPv4 address, and the API server answers there: CN=kube-apiserver, valid/,
  );
});

test('tells another server by its certificate', async () => {
  const other = await makeAuthority('another cluster');
  const leaf = await other.issue({ commonName: 'squatter', names: ['kubernetes.default.svc'], addresses: [] });
  const port = await serveTls({ cert: leaf.certPem, key: leaf.keyPem }, OK);
  const { finding } = await look(port, { procNet: await procNet(['0.0.0.0', port]) });

  expect(finding).toMatchObject({
    verdict: 'problem',
    reason: expect.stringContaining("something else than this cluster's API server listens"),
  });
});

test('of the expected addresses only those of this node count, told or learned; Services parked by IPVS do not', async () => {
  const interfaces = () => ({
    lo: [address('IPv4', '127.0.0.1', true)],
    eth0: [address('IPv4', '10.0.0.5'), address('IPv6', 'fd00::5')],
    eth1: [address('IPv4', '192.168.0.5')],
    'kube-ipvs0': [address('IPv4', '10.96.0.1')],
  });
  const tried: ProbeTarget[] = [];
  const { facts } = await look(
    6443,
    {
      interfaces,
      procNet: await procNet(['192.168.0.5', 6443]),
      probe: async (target) => {
        tried.push(target);
        return [];
      },
      learned: {
        knowledge: () => ({
          ...knowledge(),
          endpoints: [
            { url: 'https://10.0.0.5:6443', host: '10.0.0.5', port: 6443, origin: 'endpointslice', learnedAt: 1 },
            { url: 'https://192.168.0.5:443', host: '192.168.0.5', port: 443, origin: 'cluster-info', learnedAt: 1 },
          ],
        }),
      },
    },
    ['FD00:0::5', '10.0.0.6', '10.96.0.1', '127.0.0.1'],
  );

  expect(facts.expectedHere).toEqual(['10.0.0.5', 'fd00::5']);
  expect(facts.sockets).toEqual([{ family: 4, address: '192.168.0.5', interfaces: ['eth1'], queued: 0 }]);
  expect(tried.map(({ path, host }) => [path, host])).toEqual([
    ['loopback', '127.0.0.1'],
    ['api-server-address', '10.0.0.5'],
    ['api-server-address', 'fd00::5'],
    ['api-server-address', '192.168.0.5'],
  ]);
});

test('says what it could not read, and judges by who answers', async () => {
  const port = await serveTls(apiServer, OK);
  const { facts, finding } = await look(port, { procNet: join(tmpdir(), 'no-such-folder') });

  expect(facts.unread).toEqual([expect.stringMatching(/no-such-folder\/tcp: ENOENT$/)]);
  expect(finding.verdict).toBe('ok');
  expect(finding.reason).toContain('the sockets could not be read');
});
