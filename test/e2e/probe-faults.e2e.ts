import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { ProbeResult } from '../../src/words/probe.ts';
import { output, ran } from './harness/exec.ts';

/**
 * The failures of a probe that only a kernel can make: firewalls and routes. Two network namespaces of the test's own,
 * joined by a pair of interfaces; needs root, iproute2 and nftables, and touches nothing of the machine's own.
 */

const client = `adpf-${process.pid}-c`;
const server = `adpf-${process.pid}-s`;
const SERVER4 = '10.79.0.1';
const SERVER6 = 'fd00:79::1';

/** For what never answers; everything else answers long before. */
const DEADLINE_MS = 2_000;

let caPem = '';
let serving: ChildProcess | null = null;

beforeAll(async () => {
  for (const namespace of [client, server]) await output('ip', ['netns', 'add', namespace]);
  await output('ip', ['link', 'add', 'eth0', 'netns', client, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', server]);
  for (const [namespace, last] of [
    [client, 2],
    [server, 1],
  ] as const) {
    for (const setting of ['net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']) {
      await within(namespace, 'sysctl', '-qw', setting);
    }
    await within(namespace, 'ip', 'link', 'set', 'lo', 'up');
    await within(namespace, 'ip', 'addr', 'add', `10.79.0.${last}/24`, 'dev', 'eth0');
    await within(namespace, 'ip', '-6', 'addr', 'add', `fd00:79::${last}/64`, 'dev', 'eth0', 'nodad');
    await within(namespace, 'ip', 'link', 'set', 'eth0', 'up');
  }
  const authority = await makeAuthority('kubernetes');
  caPem = authority.caPem;
  const leaf = await authority.issue({ commonName: 'kube-apiserver', names: [], addresses: [SERVER4, SERVER6] });
  serving = await serve({ cert: leaf.certPem, key: leaf.keyPem });
});

afterAll(async () => {
  if (serving !== null) {
    serving.stdin?.end();
    if (serving.exitCode === null) await once(serving, 'exit');
  }
  for (const namespace of [client, server]) await ran('ip', ['netns', 'del', namespace]);
});

beforeEach(async () => {
  await within(server, 'nft', 'flush', 'ruleset');
});

test.each([SERVER4, SERVER6])('nothing in the way of %s: good', async (host) => {
  expect(await probed(host)).toMatchObject({ good: true, httpStatus: 403, failure: null });
});

test.each([
  ['input', 'tcp dport 6443 drop', 'connect', 'timeout', 'packets to it or its replies are dropped'],
  ['output', 'tcp sport 6443 drop', 'connect', 'timeout', 'packets to it or its replies are dropped'],
  ['input', 'tcp dport 6443 reject with tcp reset', 'connect', 'refused', 'or a firewall rejects'],
  ['input', 'tcp dport 6443 reject', 'connect', 'refused', 'or a firewall rejects'],
  ['input', 'tcp dport 6443 reject with icmpx type host-unreachable', 'connect', 'hostUnreachable', 'firewall says so'],
  ['input', 'tcp dport 6443 reject with icmpx type admin-prohibited', 'connect', 'hostUnreachable', 'firewall says so'],
  ['input', 'tcp dport 6443 tcp flags & psh == psh drop', 'tls', 'timeout', 'accepts the connection, then is silent'],
] as const)('%s: %s', async (chain, rule, phase, kind, words) => {
  await loadRule(chain, rule);
  const result = await probed(SERVER4);

  expect(result).toMatchObject({ good: false, failure: { phase, kind } });
  expect(result.failure?.message).toContain(words);
});

test('input: rejected as network unreachable', async () => {
  await loadRule('input', 'tcp dport 6443 reject with icmp type net-unreachable');

  expect((await probed(SERVER4)).failure).toMatchObject({ phase: 'connect', kind: 'networkUnreachable' });
});

test('a rule for IPv6 alone leaves IPv4 good', async () => {
  await loadRule('input', 'meta nfproto ipv6 tcp dport 6443 drop');

  expect(await probed(SERVER4)).toMatchObject({ good: true });
  expect((await probed(SERVER6)).failure).toMatchObject({ phase: 'connect', kind: 'timeout' });
});

test.each([
  ['blackhole', 'blackholed'],
  ['prohibit', 'prohibited'],
  ['unreachable', 'hostUnreachable'],
] as const)('a %s route on the vantage', async (type, kind) => {
  await within(client, 'ip', 'route', 'add', type, '192.0.2.1');
  try {
    expect((await probed('192.0.2.1')).failure).toMatchObject({ phase: 'connect', kind });
  } finally {
    await within(client, 'ip', 'route', 'del', type, '192.0.2.1');
  }
});

test('no route at all', async () => {
  expect((await probed('192.0.2.1')).failure).toMatchObject({ phase: 'connect', kind: 'networkUnreachable' });
});

test('a neighbour that is gone', async () => {
  expect((await probed('10.79.0.99')).failure).toMatchObject({ phase: 'connect', kind: 'timeout' });
});

test('a port that nothing listens on', async () => {
  expect((await probed(SERVER4, 6444)).failure).toMatchObject({ phase: 'connect', kind: 'refused' });
});

async function loadRule(chain: 'input' | 'output', rule: string): Promise<void> {
  await within(server, 'nft', 'add table inet t');
  await within(server, 'nft', `add chain inet t c { type filter hook ${chain} priority 0; policy accept; }`);
  await within(server, 'nft', `add rule inet t c ${rule}`);
}

async function probed(host: string, port = 6443): Promise<ProbeResult> {
  const request = { target: { path: 'endpoint', host, port }, caPem, deadlineMs: DEADLINE_MS };
  const printed = await output('ip', ['netns', 'exec', client, process.execPath, program('probe-here.ts')], {
    input: JSON.stringify(request),
  });
  const [result] = z.array(ProbeResult).length(1).parse(JSON.parse(printed));
  if (result === undefined) throw new Error('no result');
  return result;
}

async function serve(certificate: { cert: string; key: string }): Promise<ChildProcess> {
  const child = spawn('ip', ['netns', 'exec', server, process.execPath, program('serve-here.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write(`${JSON.stringify(certificate)}\n`);
  await once(child.stdout, 'data');
  return child;
}

function program(name: string): string {
  return fileURLToPath(new URL(`probe-faults/${name}`, import.meta.url));
}

function within(namespace: string, ...command: string[]): Promise<string> {
  return output('ip', ['netns', 'exec', namespace, ...command]);
}
