import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followFirewall } from '../../../src/agent/firewall/follow.ts';
import type { FirewallFrame } from '../../../src/agent/firewall/frames.ts';
import type { RulesMonitor } from '../../../src/agent/firewall/monitor.ts';
import { firewallReader } from '../../../src/agent/firewall/reader.ts';
import { PACE } from '../../../src/agent/firewall/watch.ts';
import type { FirewallDump } from '../../../src/checks/host-firewall/port.ts';
import { dumpOf } from './rules.ts';

let folder = '';
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fw-'));
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

const large = dumpOf({ iptables: { kind: 'read', text: `# ${'x'.repeat(3_000_000)}\n` } });

interface Reader {
  readonly socketPath: string;
  rules(dump: FirewallDump): void;
  notice(): void;
  close(): Promise<void>;
}

async function reader(): Promise<Reader> {
  const socketPath = join(folder, 'fw.sock');
  let dump: FirewallDump = dumpOf();
  const listeners = new Set<Parameters<RulesMonitor['run']>[0]>();
  const served = await firewallReader({
    socketPath,
    firewall: { read: async () => dump },
    monitor: {
      async run(on, signal) {
        listeners.add(on);
        on.live(true);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        listeners.delete(on);
      },
    },
    pace: { ...PACE, settleMs: 5, beatMs: 20 },
  });
  let open = true;
  const close = async () => {
    if (open) await served.close();
    open = false;
  };
  closing.push(close);
  return {
    socketPath,
    close,
    rules: (next) => (dump = next),
    notice() {
      for (const on of listeners) on.notice({ firstAt: Date.now(), lastAt: Date.now(), by: 'nft', tables: ['inet f'] });
    },
  };
}

const signal = () => AbortSignal.timeout(10_000);

async function nextRules(frames: AsyncGenerator<FirewallFrame>): Promise<FirewallFrame> {
  for (;;) {
    const { value, done } = await frames.next();
    if (done === true) throw new Error('the reader ended');
    if (value.kind === 'rules') return value;
  }
}

test('an agent that follows gets the rules, then every change of them, however large', async () => {
  const beside = await reader();
  const frames = followFirewall(beside.socketPath, signal());
  expect(await nextRules(frames)).toMatchObject({ kind: 'rules', notices: [] });
  expect(await frames.next()).toMatchObject({ value: { kind: 'watched' } });
  beside.rules(large);
  beside.notice();
  expect(await nextRules(frames)).toMatchObject({ dump: { readings: large.readings }, notices: [{ by: 'nft' }] });
  await frames.return(undefined);
});

test('when the reader goes, the stream ends', async () => {
  const beside = await reader();
  const frames = followFirewall(beside.socketPath, signal());
  await nextRules(frames);
  const left = (async () => {
    for await (const _ of frames);
  })();
  await beside.close();
  await left.catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  await expect(followFirewall(beside.socketPath, signal()).next()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test('an agent that goes is not followed by work for it', async () => {
  const beside = await reader();
  const stop = new AbortController();
  const frames = followFirewall(beside.socketPath, stop.signal);
  await nextRules(frames);
  stop.abort();
  await expect(nextRules(frames)).rejects.toThrow();
  // All places are free again.
  for (let place = 0; place < 6; place += 1) {
    await vi.waitFor(async () => {
      const next = followFirewall(beside.socketPath, signal());
      await nextRules(next);
      await next.return(undefined);
    });
  }
});

test('more than a few at a time are refused', async () => {
  const beside = await reader();
  const all = [1, 2, 3].map(() => followFirewall(beside.socketPath, signal()));
  for (const frames of all) await nextRules(frames);
  await expect(followFirewall(beside.socketPath, signal()).next()).rejects.toThrow("can't be followed (503)");
  await Promise.all(all.map((frames) => frames.return(undefined)));
});

test('what is no reader of this version is not believed', async () => {
  const socketPath = join(folder, 'odd.sock');
  const server: Server = createServer((_request, response) => response.end('{"kind":"else"}\n'));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  closing.push(async () => void server.close());
  await expect(followFirewall(socketPath, signal()).next()).rejects.toThrow();
  await writeFile(join(folder, 'file.sock'), '');
  await expect(followFirewall(join(folder, 'file.sock'), signal()).next()).rejects.toThrow();
});
