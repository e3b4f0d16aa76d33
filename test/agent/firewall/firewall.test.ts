import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { localFirewall } from '../../../src/agent/firewall/local.ts';
import { firewallReader } from '../../../src/agent/firewall/reader.ts';
import { socketFirewall } from '../../../src/agent/firewall/socket.ts';
import type { FirewallDump, FirewallPort } from '../../../src/checks/host-firewall/port.ts';

let folder = '';
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fw-'));
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

const signal = () => AbortSignal.timeout(30_000);
const readingsOf = (dump: FirewallDump) => (dump.kind === 'dump' ? dump.readings : dump.why);

describe('programs of the host', () => {
  async function program(name: string, script: string): Promise<void> {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const local = (timeoutMs = 20_000) =>
    localFirewall({ clock: () => 42, path: `${folder}:/usr/bin:/bin`, proc: folder, timeoutMs });

  test('are run with fixed arguments, and what they print is kept as it is', async () => {
    await program('nft', 'echo "$# $*"');
    await program('iptables-save', 'printf "a\\nb\\n"');
    await program('ip6tables-save', ':');
    const dump = await local().read(signal());
    expect(dump).toMatchObject({ kind: 'dump', readAt: 42 });
    expect(readingsOf(dump)).toMatchObject({
      nftables: { kind: 'read', text: '3 -j list ruleset\n' },
      iptables: { kind: 'read', text: 'a\nb\n' },
      ip6tables: { kind: 'read', text: '' },
      iptablesLegacy: { kind: 'notNeeded' },
      ip6tablesLegacy: { kind: 'notNeeded' },
    });
  });

  test('that are missing are told; without iptables, nft is enough', async () => {
    expect(readingsOf(await local().read(signal()))).toMatchObject({
      nftables: { kind: 'failed', why: 'nft is not installed here' },
      iptables: { kind: 'notNeeded', why: expect.stringContaining('nft shows its rules') },
    });
  });

  test('that are refused say what they need', async () => {
    await program('nft', 'echo "Operation not permitted (you must be root)" >&2; exit 1');
    expect(readingsOf(await local().read(signal()))).toMatchObject({
      nftables: { kind: 'failed', why: expect.stringMatching(/not permitted.*NET_ADMIN as uid 0/) },
    });
  });

  test('that hang are ended', async () => {
    await program('nft', 'exec sleep 60');
    expect(readingsOf(await local(300).read(signal()))).toMatchObject({
      nftables: { kind: 'failed', why: 'nft did not end within 300 ms' },
    });
    expect(readingsOf(await local().read(AbortSignal.abort()))).toMatchObject({ nftables: { kind: 'failed' } });
  });

  test('of legacy iptables are asked only where the kernel holds its tables', async () => {
    await program('nft', ':');
    await program('iptables-legacy-save', 'echo "*filter"');
    await writeFile(join(folder, 'ip_tables_names'), 'filter\nnat\n');
    await writeFile(join(folder, 'ip6_tables_names'), 'filter\n');
    expect(readingsOf(await local().read(signal()))).toMatchObject({
      iptablesLegacy: { kind: 'read', text: '*filter\n' },
      ip6tablesLegacy: {
        kind: 'failed',
        why: 'the kernel holds legacy tables (filter), but ip6tables-legacy-save is not installed here',
      },
    });
  });
});

describe('the reader beside the agent', () => {
  const empty = { kind: 'read', text: '' } as const;
  const dump: FirewallDump = {
    kind: 'dump',
    readings: {
      nftables: { kind: 'read', text: '{"nftables":[]}' },
      iptables: empty,
      ip6tables: empty,
      iptablesLegacy: empty,
      ip6tablesLegacy: empty,
    },
    readAt: 1,
  };

  async function serve(firewall: FirewallPort, socketPath = join(folder, 'run', 'fw.sock')): Promise<string> {
    const reader = await firewallReader({ socketPath, firewall });
    closing.push(() => reader.close());
    return socketPath;
  }

  function ask(socketPath: string, path: string, method = 'GET'): Promise<number> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath, path, method }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.once('error', reject);
      asked.end();
    });
  }

  test('hands the dump over', async () => {
    const socketPath = await serve({ read: async () => dump });
    expect(await socketFirewall(socketPath).read(signal())).toEqual(dump);
  });

  test('lets agents of any user ask, and answers nothing else', async () => {
    const socketPath = await serve({ read: async () => dump });
    expect((await stat(socketPath)).mode & 0o777).toBe(0o666);
    expect(await ask(socketPath, '/firewall')).toBe(200);
    expect(await ask(socketPath, '/firewall?rules=all')).toBe(404);
    expect(await ask(socketPath, '/')).toBe(404);
    expect(await ask(socketPath, '/firewall/follow/more')).toBe(404);
    expect(await ask(socketPath, '/firewall/follow', 'POST')).toBe(405);
    expect(await ask(socketPath, '/firewall', 'POST')).toBe(405);
  });

  test('reads once for all who ask at the same time, and anew for the next', async () => {
    const { promise, resolve } = Promise.withResolvers<FirewallDump>();
    let readings = 0;
    const socketPath = await serve({
      read: () => {
        readings += 1;
        return readings === 1 ? promise : Promise.resolve(dump);
      },
    });
    const both = [socketFirewall(socketPath).read(signal()), socketFirewall(socketPath).read(signal())];
    await vi.waitFor(() => expect(readings).toBe(1));
    resolve(dump);
    expect(await Promise.all(both)).toEqual([dump, dump]);
    await socketFirewall(socketPath).read(signal());
    expect(readings).toBeGreaterThanOrEqual(2);
  });

  test('takes the place of one that was killed, not of one that answers', async () => {
    const socketPath = join(folder, 'fw.sock');
    await writeFile(socketPath, '');
    await serve({ read: async () => dump }, socketPath);
    expect(await socketFirewall(socketPath).read(signal())).toEqual(dump);
    await expect(firewallReader({ socketPath, firewall: { read: async () => dump } })).rejects.toThrow(
      'another firewall reader',
    );
  });

  test('a reading that breaks is told', async () => {
    const socketPath = await serve({ read: () => Promise.reject(new Error('out of memory')) });
    expect(await socketFirewall(socketPath).read(signal())).toMatchObject({
      kind: 'noReader',
      why: expect.stringContaining('out of memory'),
    });
  });
});

describe('an agent without a reader', () => {
  test('says how to get one', async () => {
    expect(await socketFirewall(null).read(signal())).toMatchObject({
      kind: 'noReader',
      why: expect.stringContaining('component `firewall`'),
    });
    const missing = join(folder, 'none.sock');
    expect(await socketFirewall(missing).read(signal())).toMatchObject({
      kind: 'noReader',
      why: expect.stringMatching(/there is no firewall reader at .*none\.sock; deploy/),
    });
  });

  test('does not wait for ever', async () => {
    const socketPath = join(folder, 'deaf.sock');
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    expect(await socketFirewall(socketPath, 200).read(signal())).toMatchObject({
      why: expect.stringContaining('did not answer in time'),
    });
  });

  test('does not take anything for a dump', async () => {
    const socketPath = join(folder, 'odd.sock');
    const server = createServer((_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    closing.push(async () => {
      server.close();
    });
    expect(await socketFirewall(socketPath).read(signal())).toMatchObject({
      kind: 'noReader',
      why: expect.stringContaining('of this version'),
    });
  });
});
