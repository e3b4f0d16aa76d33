import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/words/change.ts';
import { output, ran } from './harness/exec.ts';
import { until } from './harness/until.ts';
import { type Staged, stageJournal } from './journal-node/stage.ts';

/** What happens to rules, routes and sockets, in a network namespace of the test's own with the real kernel and programs. */
describe('in a network of its own', () => {
  const namespace = `adj-${process.pid}`;
  const device = `adj${process.pid}`;
  const ADDRESS = '10.78.0.10';
  let folder = '';
  let journal: Staged;

  const within = (...command: string[]) => output('ip', ['netns', 'exec', namespace, ...command]);
  const nft = (rules: string) => output('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: rules });
  const firewall = ({ source }: Change) => source === 'node-firewall';
  const network = ({ source }: Change) => source === 'node-network';

  beforeAll(async () => {
    await output('ip', ['netns', 'add', namespace]);
    await output('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
    await output('ip', ['link', 'set', device, 'up']);
    await within('ip', 'link', 'set', 'lo', 'up');
    await within('ip', 'addr', 'add', `${ADDRESS}/24`, 'dev', 'eth0');
    await within('ip', 'link', 'set', 'eth0', 'up');
    await within('ip', 'route', 'add', 'default', 'via', '10.78.0.1');
    await nft(
      'table inet host {\nset blocked { type ipv4_addr; flags interval; }\nchain input { type filter hook input priority 0; ip saddr @blocked drop; }\n}\n',
    );
    folder = await mkdtemp(join(tmpdir(), 'apidown-node-'));
    const folders = {
      manifests: join(folder, 'manifests'),
      podLogs: join(folder, 'pods'),
      containerLogs: join(folder, 'containers'),
      criStatus: null,
    };
    for (const path of [folders.manifests, folders.podLogs, folders.containerLogs]) await mkdir(path);
    journal = await stageJournal({ namespace, node: 'own', apiAddress: ADDRESS, folders });
  });

  afterAll(async () => {
    await journal?.close();
    await ran('ip', ['netns', 'del', namespace]);
    await ran('ip', ['link', 'del', device]);
    await rm(folder, { recursive: true, force: true });
  });

  /** The clients whose verdict is another one than before: the first address of each such range. */
  function flipped({ effect }: Change): string[] {
    if (effect?.kind !== 'passages') return [`no passages but ${JSON.stringify(effect)}`];
    const { before, after } = effect;
    const starts = [...new Set([...before, ...after].map(({ first }) => first))].sort((a, b) => number(a) - number(b));
    const at = (passages: typeof before, address: string) =>
      passages.findLast(({ first }) => number(first) <= number(address))?.verdict;
    return starts.flatMap((start) => (at(before, start) === at(after, start) ? [] : [`${start} ${at(after, start)}`]));
  }
  const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

  test('a rule for the API port that is added and deleted', async () => {
    const added = await journal.told(() => nft('add rule inet host input tcp dport 6443 drop\n'), firewall);
    expect(added).toMatchObject({
      category: 'firewall',
      action: 'create',
      actor: 'nft',
      summary: 'rule `tcp dport 6443 drop` added to inet host input',
      target: { ports: [6443], addresses: [ADDRESS] },
    });
    expect(flipped(added)).toEqual(['0.0.0.0 deny']);
    expect(added.latestAt - added.earliestAt).toBeLessThanOrEqual(1_000);
    const handle = /tcp dport 6443 drop # handle (\d+)/.exec(
      await within('nft', '-a', 'list', 'chain', 'inet', 'host', 'input'),
    )?.[1];
    const deleted = await journal.told(() => nft(`delete rule inet host input handle ${handle}\n`), firewall);
    expect(deleted).toMatchObject({
      action: 'delete',
      summary: 'rule `tcp dport 6443 drop` deleted from inet host input',
    });
    expect(flipped(deleted)).toEqual(['0.0.0.0 allow']);
  });

  test('elements that come into a set, and leave it', async () => {
    const added = await journal.told(() => nft('add element inet host blocked { 203.0.113.0/24 }\n'), firewall);
    expect(added).toMatchObject({ summary: '203.0.113.0/24 added to set inet host blocked', action: 'create' });
    expect(flipped(added)).toEqual(['203.0.113.0 deny']);
    const taken = await journal.told(() => nft('delete element inet host blocked { 203.0.113.0/24 }\n'), firewall);
    expect(taken).toMatchObject({ summary: '203.0.113.0/24 taken from set inet host blocked', action: 'delete' });
  });

  test('a policy', async () => {
    const drops = await journal.told(() => nft('chain inet host input { policy drop; }\n'), firewall);
    expect(drops.summary).toBe('policy of inet host input changed from accept to drop');
    expect(flipped(drops)).toEqual(['0.0.0.0 deny']);
    await journal.told(() => nft('chain inet host input { policy accept; }\n'), firewall);
  });

  test('a rule for another port flips nothing', async () => {
    const other = await journal.told(() => nft('add rule inet host input tcp dport 9999 drop\n'), firewall);
    expect(other).toMatchObject({
      summary: 'rule `tcp dport 9999 drop` added to inet host input',
      target: { ports: [9999] },
    });
    expect(flipped(other)).toEqual([]);
  });

  test('iptables, of the kind that keeps its rules in nftables', async () => {
    const rule = ['INPUT', '-s', '198.51.100.0/24', '-p', 'tcp', '--dport', '6443', '-j', 'REJECT'];
    const added = await journal.told(() => within('iptables', '-w', '-A', ...rule), firewall);
    expect(added).toMatchObject({ actor: 'iptables', target: { ports: [6443] } });
    expect(added.summary).toMatch(/^rule `.*198\.51\.100\.0\/24.*` added to ip filter INPUT/);
    expect(flipped(added)).toEqual(['198.51.100.0 deny']);
    const deleted = await journal.told(() => within('iptables', '-w', '-D', ...rule), firewall);
    expect(flipped(deleted)).toEqual(['198.51.100.0 allow']);
  });

  test('a table that is flushed', async () => {
    await journal.told(() => nft('add rule inet host input tcp dport 6443 drop\n'), firewall);
    const flushed = await journal.told(() => nft('flush table inet host\n'), firewall);
    expect(flushed.action).toBe('delete');
    expect(flushed.diff).toContain('rule `tcp dport 6443 drop` deleted from inet host input');
    expect(flipped(flushed)).toEqual(['0.0.0.0 allow']);
  });

  test('many changes at once are one, which says how many', async () => {
    const ports = Array.from({ length: 60 }, (_, at) => `add rule inet host input tcp dport ${20_000 + at} drop\n`);
    const burst = await journal.told(
      () => nft(`${ports.join('')}add rule inet host input tcp dport 6443 drop\n`),
      firewall,
    );
    expect(burst.summary).toBe('rule `tcp dport 6443 drop` added to inet host input (and 60 more changes with it)');
    expect(burst.diff).toHaveLength(40);
    await journal.told(() => nft('flush table inet host\n'), firewall);
  });

  test('a change while the reader was away is told when it is back, and the time between is not claimed', async () => {
    const meanwhileAt = { from: 0, to: 0 };
    const change = await journal.told(
      () =>
        journal.restartReader(async () => {
          meanwhileAt.from = Date.now();
          await nft('add rule inet host input tcp dport 6443 reject\n');
          meanwhileAt.to = Date.now();
        }),
      firewall,
    );
    expect(change.earliestAt).toBeLessThanOrEqual(meanwhileAt.to);
    expect(change.latestAt).toBeGreaterThanOrEqual(meanwhileAt.from);
    expect(flipped(change)).toEqual(['0.0.0.0 deny']);
    const covered = journal.spans.some(
      ({ source, fromAt, toAt }) => source === 'node-firewall' && fromAt <= meanwhileAt.from && toAt >= meanwhileAt.to,
    );
    expect(covered).toBe(false);
  });

  test('a change while the agent was away is told once', async () => {
    const change = await journal.told(() => journal.restartAgent(() => nft('flush table inet host\n')), firewall);
    expect(flipped(change)).toEqual(['0.0.0.0 allow']);
    await journal.restartAgent();
    expect(journal.changes.filter(({ id }) => id === change.id)).toHaveLength(1);
    expect(journal.changes.at(-1)?.id).toBe(change.id);
  });

  test('a route that is withdrawn and restored', async () => {
    const gone = await journal.told(() => within('ip', 'route', 'del', 'default'), network);
    expect(gone).toMatchObject({
      category: 'routing',
      action: 'delete',
      summary: 'default route via 10.78.0.1 removed',
      effect: { kind: 'judged', verdict: 'breaks' },
    });
    const back = await journal.told(() => within('ip', 'route', 'add', 'default', 'via', '10.78.0.1'), network);
    expect(back).toMatchObject({ summary: 'default route via 10.78.0.1 added', effect: { verdict: 'mends' } });
  });

  test('the address of the API server, and pods that come and go beside it', async () => {
    await within('ip', 'link', 'add', 'cali123', 'type', 'veth', 'peer', 'name', 'cali124');
    await within('ip', 'addr', 'add', '10.244.0.1/32', 'dev', 'cali123');
    await within('ip', 'link', 'set', 'cali123', 'up');
    await within('ip', 'link', 'set', 'cali124', 'up');
    await within('ip', 'route', 'add', '10.244.0.7/32', 'dev', 'cali123');
    const gone = await journal.told(() => within('ip', 'addr', 'del', `${ADDRESS}/24`, 'dev', 'eth0'), network);
    expect(gone.summary).toMatch(new RegExp(`^address ${ADDRESS}/24 gone from eth0`));
    expect(gone.effect).toMatchObject({ verdict: 'breaks' });
    const back = await journal.told(() => within('ip', 'addr', 'add', `${ADDRESS}/24`, 'dev', 'eth0'), network);
    expect(back.effect).toMatchObject({ verdict: 'mends' });
    await journal.told(() => within('ip', 'route', 'add', 'default', 'via', '10.78.0.1'), network);
    expect(journal.changes.filter(({ summary }) => /cali|10\.244/.test(summary))).toEqual([]);
  });

  test('a program that listens, is started anew, and ends', async () => {
    const listen = async () => {
      const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', SERVER], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      return async () => {
        child.stdin.end();
        await new Promise((resolve) => child.once('exit', resolve));
      };
    };
    let end = async () => {};
    const about = (port: number) => (change: Change) => network(change) && change.target.ports.includes(port);
    const begun = await journal.told(async () => (end = await listen()), about(6443));
    expect(begun).toMatchObject({ action: 'start', summary: 'kube-apiserver began to listen on port 6443, on ::' });
    await until(10_000, async () => (journal.changes.some(about(10_250)) ? null : 'the kubelet’s port is not told'));
    const anew = await journal.told(async () => {
      await end();
      end = await listen();
    }, about(10_250));
    // Node takes a moment to start: the journal may see the port closed in between.
    expect(['restart', 'end']).toContain(anew.action);
    const ended = await journal.told(
      () => end(),
      (change) => about(6443)(change) && change.action === 'end',
    );
    expect(ended).toMatchObject({ effect: { kind: 'judged', verdict: 'breaks' } });
  });

  const SERVER = `
    const net = require('node:net');
    const open = (port) => new Promise((done) => net.createServer().listen(port, '::', done));
    Promise.all([6443, 10250].map(open)).then(() => console.log('listens'));
    process.stdin.resume().on('end', () => process.exit(0));`;
});

/** Nobody announces changes of legacy iptables, and only looking again finds them. */
describe('legacy iptables', () => {
  const namespace = `adl-${process.pid}`;
  let folder = '';
  let journal: Staged;

  beforeAll(async () => {
    await output('ip', ['netns', 'add', namespace]);
    await output('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', 'lo', 'up']);
    folder = await mkdtemp(join(tmpdir(), 'apidown-node-'));
    await output('ip', [
      'netns',
      'exec',
      namespace,
      'iptables-legacy',
      '-A',
      'INPUT',
      '-p',
      'tcp',
      '--dport',
      '22',
      '-j',
      'ACCEPT',
    ]);
    journal = await stageJournal({
      namespace,
      node: 'own',
      apiAddress: '10.78.1.10',
      folders: { manifests: folder, podLogs: folder, containerLogs: folder, criStatus: null },
      // Its own programs read by a raw socket.
      capabilities: ['net_admin', 'net_raw'],
    });
  });

  afterAll(async () => {
    await journal?.close();
    await ran('ip', ['netns', 'del', namespace]);
    await rm(folder, { recursive: true, force: true });
  });

  test('is found by looking', async () => {
    const rule = ['INPUT', '-p', 'tcp', '--dport', '6443', '-j', 'DROP'];
    const added = await journal.told(
      () => output('ip', ['netns', 'exec', namespace, 'iptables-legacy', '-A', ...rule]),
      ({ source }) => source === 'node-firewall',
    );
    expect(added).toMatchObject({ target: { kind: 'iptables', ports: [6443] }, actor: null });
    expect(added.summary).toContain('added to iptables-legacy ip filter INPUT');
    expect(added.latestAt - added.earliestAt).toBeLessThan(20_000);
  });
});
