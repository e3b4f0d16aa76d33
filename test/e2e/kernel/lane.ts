import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FirewallDump, type NodeNetwork } from '../../../src/checks/host-firewall/port.ts';
import type { Attempt, Load, Request } from './inside-words.ts';

/**
 * Three network namespaces in a row, client - host - backend, with IPv4 and IPv6 between them. The rules stand
 * in the host; it and the backend listen on `ports`.
 */
export interface Lane {
  /** Loads rules into the host; what the kernel refused, in words. */
  load(loads: readonly Load[]): Promise<readonly string[]>;
  dump(): Promise<FirewallDump>;
  network(): Promise<NodeNetwork>;
  /** From the client; `ok`, `timeout` or an error code for each. */
  connect(attempts: readonly Attempt[], timeoutMs: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const ports = [6443, 8443, 7443] as const;
export const clients4 = ['10.77.0.2', '10.77.0.3', '203.0.113.7'] as const;
export const clients6 = ['fd00:77::2', 'fd00:77::3', '2001:db8:9::7'] as const;
export const host4 = '10.77.0.1';
export const host6 = 'fd00:77::1';
export const backend4 = '10.78.0.2';
export const backend6 = 'fd00:78::2';

export async function openLane(id: string): Promise<Lane> {
  const [client, host, backend] = [`adfw-${id}-c`, `adfw-${id}-h`, `adfw-${id}-b`];
  const namespaces = [client, host, backend];
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.close()));
    for (const namespace of namespaces) quietly(['netns', 'del', namespace]);
  };
  try {
    for (const namespace of namespaces) ip(['netns', 'add', namespace]);
    ip(['link', 'add', 'eth0', 'netns', client, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host]);
    ip(['link', 'add', 'eth1', 'netns', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', backend]);
    for (const namespace of namespaces) {
      within(namespace, ['ip', 'link', 'set', 'lo', 'up']);
      // Rejections must not be held back, nor addresses wait for duplicates to answer.
      for (const setting of [
        'net.ipv4.icmp_ratelimit=0',
        'net.ipv6.icmp.ratelimit=0',
        'net.ipv6.conf.all.accept_dad=0',
        'net.ipv6.conf.default.accept_dad=0',
        'net.ipv6.conf.all.disable_ipv6=0',
        'net.ipv6.conf.default.disable_ipv6=0',
        'net.ipv4.conf.all.rp_filter=0',
        'net.ipv4.conf.default.rp_filter=0',
        'net.ipv4.ip_forward=1',
        'net.ipv6.conf.all.forwarding=1',
      ]) {
        within(namespace, ['sysctl', '-qw', setting]);
      }
    }
    for (const address of clients4) addAddress(client, 'eth0', `${address}/${address.startsWith('10.') ? 24 : 32}`);
    for (const address of clients6) addAddress(client, 'eth0', `${address}/${address.startsWith('fd00') ? 64 : 128}`);
    addAddress(host, 'eth0', `${host4}/24`);
    addAddress(host, 'eth0', `${host6}/64`);
    addAddress(host, 'eth1', '10.78.0.1/24');
    addAddress(host, 'eth1', 'fd00:78::1/64');
    addAddress(backend, 'eth0', `${backend4}/24`);
    addAddress(backend, 'eth0', `${backend6}/64`);
    for (const [namespace, device] of [
      [client, 'eth0'],
      [host, 'eth0'],
      [host, 'eth1'],
      [backend, 'eth0'],
    ] as const) {
      within(namespace, ['ip', 'link', 'set', device, 'up']);
    }
    neighbours(client, 'eth0', [host4, host6], host, 'eth0');
    neighbours(host, 'eth0', [...clients4, ...clients6], client, 'eth0');
    neighbours(host, 'eth1', [backend4, backend6], backend, 'eth0');
    neighbours(backend, 'eth0', ['10.78.0.1', 'fd00:78::1'], host, 'eth1');
    const via: readonly (readonly [string, string, string])[] = [
      [client, host4, host6],
      [host, clients4[0], clients6[0]],
      [backend, '10.78.0.1', 'fd00:78::1'],
    ];
    for (const [namespace, gateway4, gateway6] of via) {
      within(namespace, ['ip', 'route', 'add', 'default', 'via', gateway4]);
      within(namespace, ['ip', '-6', 'route', 'add', 'default', 'via', gateway6]);
    }
    const inClient = start(client);
    const inHost = start(host);
    const inBackend = start(backend);
    programs.push(inClient, inHost, inBackend);
    await Promise.all([inHost, inBackend].map((program) => program.ask({ do: 'listen', ports })));
    return {
      load: async (loads) => z.array(z.string()).parse(await inHost.ask({ do: 'load', loads })),
      dump: async () => FirewallDump.parse(await inHost.ask({ do: 'dump' })),
      network: async () => Network.parse(await inHost.ask({ do: 'network' })),
      connect: async (attempts, timeoutMs) =>
        z.array(z.string()).parse(await inClient.ask({ do: 'connect', attempts, timeoutMs })),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

const Network = z.object({
  interfaces: z.array(z.object({ name: z.string(), addresses: z.array(z.string()) })),
  routes: z.array(z.object({ to: z.string(), device: z.string() })),
  devices: z.array(z.string()),
});

interface Program {
  ask(request: Request): Promise<unknown>;
  close(): Promise<void>;
}

const Answer = z.object({ id: z.number(), value: z.unknown().optional(), error: z.string().optional() });

function start(namespace: string): Program {
  const file = fileURLToPath(new URL('inside.ts', import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    program,
    ['netns', 'exec', namespace, process.execPath, file],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const waiting = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  let last = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, value, error } = Answer.parse(JSON.parse(line));
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(value);
    else waiter?.reject(new Error(`inside ${namespace}: ${error}`));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      for (const { reject } of waiting.values()) reject(new Error(`the program inside ${namespace} ended`));
      resolve();
    });
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id: last, request })}\n`);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function addAddress(namespace: string, device: string, address: string): void {
  const family = address.includes(':') ? ['-6'] : [];
  within(namespace, ['ip', ...family, 'addr', 'add', address, 'dev', device, ...(family.length > 0 ? ['nodad'] : [])]);
}

/** Rules that drop what isn't TCP would stop neighbour discovery too, sooner or later; here TCP alone is compared. */
function neighbours(namespace: string, device: string, addresses: readonly string[], of: string, at: string): void {
  const shown = ip(['-n', of, '-j', 'link', 'show', at]);
  const [link] = z.array(z.object({ address: z.string() })).parse(JSON.parse(shown));
  for (const address of addresses) {
    within(namespace, [
      'ip',
      'neigh',
      'replace',
      address,
      'lladdr',
      link?.address ?? '',
      'nud',
      'permanent',
      'dev',
      device,
    ]);
  }
}

/** Part of iproute2, which every Linux has. */
const program = 'ip';

function ip(args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function within(namespace: string, command: readonly string[]): void {
  ip(['netns', 'exec', namespace, ...command]);
}

function quietly(args: readonly string[]): void {
  try {
    ip(args);
  } catch {
    // Already gone: what was wanted.
  }
}
