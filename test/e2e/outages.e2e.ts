import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { Outage } from '../../src/words/onset.ts';
import { output, ran } from './harness/exec.ts';
import { healthy } from './harness/faults.ts';
import { type Broken, dropped, frozen, told, type Watcher, watchTestbed } from './harness/onsets.ts';
import { testbedUp } from './harness/testbed.ts';
import { until } from './harness/until.ts';

const DEADLINE_MS = 60_000;

describe('a real API server that goes down', () => {
  let watcher: Watcher;
  let broken: Broken | null = null;

  beforeAll(async () => {
    await testbedUp();
    await healthy();
    watcher = await watchTestbed(1_000);
    await watcher.seen();
  });

  afterEach(async () => {
    await broken?.undo();
    broken = null;
    await healthy();
  });

  afterAll(() => watcher.close());

  test.each([
    ['its process hangs', frozen, /^(tls|processing): timeout/],
    ['its node drops the packets', dropped, /^connect: timeout/],
  ])('is found out when %s: the true moment lies in the onset', async (_what, breaks, words) => {
    const made = await breaks();
    broken = made;
    const { outage } = await told(watcher, 'began', made.fromAt, DEADLINE_MS);
    expect(outage.onset.earliestAt).toBeLessThanOrEqual(made.toAt);
    expect(outage.onset.latestAt).toBeGreaterThanOrEqual(made.fromAt);
    expect(outage.onset.latestAt - outage.onset.earliestAt).toBeLessThanOrEqual(2_500);
    expect(outage.words).toMatch(words);
    await made.undo();
    broken = null;
    const ended = await told(watcher, 'ended', made.toAt, 2 * DEADLINE_MS);
    expect(ended.outage).toMatchObject({ id: outage.id, cluster: 'testbed' });
  });
});

/**
 * The prober in a network namespace of its own; needs root, iproute2 and nftables, and touches nothing of the machine's
 * own. Beside the API server the other namespace holds a reference.
 */
describe('a bot with a network of its own', () => {
  const client = `adou-${process.pid}-c`;
  const server = `adou-${process.pid}-s`;
  const SERVER = '10.78.0.1';
  const children: ChildProcess[] = [];
  const lines: Line[] = [];
  const outages = (kind: Line['kind']) =>
    lines.flatMap((line) => (line.kind === kind && line.outage ? [line.outage] : []));

  beforeAll(async () => {
    for (const namespace of [client, server]) await output('ip', ['netns', 'add', namespace]);
    await output('ip', [
      'link',
      'add',
      'eth0',
      'netns',
      client,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      server,
    ]);
    for (const [namespace, last] of [
      [client, 2],
      [server, 1],
    ] as const) {
      await within(namespace, 'ip', 'link', 'set', 'lo', 'up');
      await within(namespace, 'ip', 'addr', 'add', `10.78.0.${last}/24`, 'dev', 'eth0');
      await within(namespace, 'ip', 'link', 'set', 'eth0', 'up');
    }
    const authority = await makeAuthority('kubernetes');
    const leaf = await authority.issue({ commonName: 'kube-apiserver', names: [], addresses: [SERVER] });
    await begin(server, 'serve-here.ts', { cert: leaf.certPem, key: leaf.keyPem });
    const listen = `require('net').createServer((s) => s.end()).listen(7000, '${SERVER}', () => console.log('ready'))`;
    const reference = spawn('ip', ['netns', 'exec', server, process.execPath, '-e', listen], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(reference);
    await once(reference.stdout, 'data');
    const prober = await begin(client, 'prober-here.ts', {
      endpoint: { host: SERVER, port: 6443, caPem: authority.caPem },
      reference: { host: SERVER, port: 7000 },
      probeEveryMs: 1_000,
    });
    createInterface({ input: prober }).on('line', (line) => lines.push(Line.parse(JSON.parse(line))));
    await standing('probed');
  });

  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const namespace of [client, server]) await ran('ip', ['netns', 'del', namespace]);
  });

  test('calls no cluster down when that is cut', async () => {
    await within(client, 'ip', 'link', 'set', 'eth0', 'down');
    await standing('cutOff');
    await someRounds(6);
    expect(outages('began')).toEqual([]);
    await within(client, 'ip', 'link', 'set', 'eth0', 'up');
    await standing('probed');
    expect(outages('began')).toEqual([]);
  });

  test('tells a short flap and the failure after it apart: two onsets, one incident', async () => {
    const first = await drop();
    await until(DEADLINE_MS, async () => (outages('began').length === 1 ? null : 'no outage yet'));
    await within(server, 'nft', 'flush', 'ruleset');
    await until(DEADLINE_MS, async () => (outages('ended').length === 1 ? null : 'it has not ended'));
    const second = await drop();
    await until(DEADLINE_MS, async () => (outages('began').length === 2 ? null : 'no second outage yet'));

    const [flap, failure] = outages('began');
    expect(failure?.incident).toBe(flap?.id);
    for (const [outage, truth] of [
      [flap, first],
      [failure, second],
    ] as const) {
      expect(outage?.onset.earliestAt).toBeLessThanOrEqual(truth.toAt);
      expect(outage?.onset.latestAt).toBeGreaterThanOrEqual(truth.fromAt);
    }
    expect(failure?.onset.words).toContain(`meanwhile ${SERVER}:7000 answered`);
    await within(server, 'nft', 'flush', 'ruleset');
    await until(DEADLINE_MS, async () => (outages('ended').length === 2 ? null : 'it has not ended'));
  });

  async function drop(): Promise<{ fromAt: number; toAt: number }> {
    const fromAt = Date.now();
    await within(
      server,
      'nft',
      'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 6443 drop',
    );
    return { fromAt, toAt: Date.now() };
  }

  /** As the prober says of itself, from now on. */
  async function standing(kind: string): Promise<void> {
    const from = lines.length;
    await until(DEADLINE_MS, async () => {
      const now = lines.slice(from).find((line) => line.standing === kind);
      return now === undefined ? `the prober does not say that it is ${kind}` : null;
    });
  }

  async function someRounds(count: number): Promise<void> {
    const from = lines.length;
    await until(DEADLINE_MS, async () =>
      lines.slice(from).filter((line) => line.standing !== undefined).length >= count ? null : 'too few rounds',
    );
  }

  async function begin(namespace: string, program: string, told: unknown) {
    const path = fileURLToPath(new URL(`probe-faults/${program}`, import.meta.url));
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    child.stdin.write(`${JSON.stringify(told)}\n`);
    await once(child.stdout, 'readable');
    return child.stdout;
  }

  function within(namespace: string, ...command: string[]): Promise<string> {
    return output('ip', ['netns', 'exec', namespace, ...command]);
  }
});

/** What the prober in the namespace prints. */
const Line = z.object({
  kind: z.enum(['began', 'changed', 'ended', 'standing']),
  outage: Outage.optional(),
  standing: z.string().optional(),
});
type Line = z.infer<typeof Line>;
