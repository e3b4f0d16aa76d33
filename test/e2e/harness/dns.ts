import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** Debian's dnsmasq as the one authority for a few names, on an address of its own. */
export interface DnsServer {
  /** `address:port`, as resolvers are told. */
  readonly at: string;
  /** From now on the name leads there, or nowhere. Resolves once it is answered so. */
  lead(name: string, to: readonly string[], ttlSeconds?: number): Promise<void>;
  close(): Promise<void>;
}

const program = '/usr/sbin/dnsmasq';

/** @param address an address of this machine, of a namespace that this process is in, or loopback */
export async function startDns(address: string, port: number): Promise<DnsServer> {
  await access(program).catch((cause) => {
    throw new Error('needs dnsmasq: test/e2e/prepare', { cause });
  });
  const folder = await mkdtemp(join(tmpdir(), 'apidown-dns-'));
  const hosts = join(folder, 'hosts');
  const records = new Map<string, readonly string[]>();
  let running: ChildProcess | null = null;
  let ttl = 60;

  async function write(): Promise<void> {
    const lines = [...records].flatMap(([name, to]) => to.map((one) => `${one} ${name}\n`));
    await writeFile(hosts, lines.join(''));
  }

  /** What it tells of how long an answer may be kept is given when it starts. */
  async function start(): Promise<void> {
    running = spawn(
      program,
      [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--pid-file=',
        '--no-resolv',
        '--no-hosts',
        // Left in place of a user that may not exist, or may not read the folder.
        '--user=root',
        `--addn-hosts=${hosts}`,
        `--local-ttl=${ttl}`,
        `--listen-address=${address}`,
        '--bind-interfaces',
        `--port=${port}`,
        // Names that it has no record of do not exist.
        '--local=/#/',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(running, 'spawn');
  }

  async function stop(): Promise<void> {
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
  }

  await write();
  await start();
  return {
    at: `${address}:${port}`,
    async lead(name, to, ttlSeconds = ttl) {
      records.set(name, to);
      await write();
      if (ttlSeconds === ttl) {
        running?.kill('SIGHUP');
      } else {
        ttl = ttlSeconds;
        await stop();
        await start();
      }
      await until(10_000, () => unlike(`${address}:${port}`, name, to));
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is answered instead; null: it is answered so. */
async function unlike(server: string, name: string, to: readonly string[]): Promise<string | null> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([server]);
  const asked = [resolver.resolve4(name), resolver.resolve6(name)].map((query) => query.catch(missing));
  const found = (await Promise.all(asked)).flat().sort();
  const is = found.join(' ');
  return is === to.toSorted().join(' ') ? null : `${name} leads to ${is === '' ? 'nothing' : is}`;
}

function missing(error: unknown): string[] {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
  throw error;
}
