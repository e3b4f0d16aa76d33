import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askSocket } from '../../../src/changes/sources/haproxy/ask-socket.ts';
import { output, ran } from './exec.ts';
import type { Undo } from './faults.ts';
import { testbed } from './testbed.ts';
import { until } from './until.ts';

/** Debian's HAProxy on a machine of its own, a network namespace, between clients and the testbed's API server. */
export interface Edge {
  /** Where clients connect. */
  readonly address: string;
  readonly port: number;
  /** Its stats socket, of the lowest level. */
  readonly socket: string;
  readonly configFile: string;
  /** What leads to the API server is taken out of its configuration, and it is reloaded. */
  removeBackend(): Promise<Undo>;
  /** A server of another backend is put into maintenance. */
  decoy(): Promise<Undo>;
  close(): Promise<void>;
}

const program = '/usr/sbin/haproxy';
const namespace = 'e2e-edge';
const address = '10.99.0.20';
const port = 6443;
/** Of the testbed: the host and the node are on it. */
const bridge = 'tb0';

export async function startEdge(): Promise<Edge> {
  await access(program).catch((cause) => {
    throw new Error('needs haproxy: test/e2e/prepare', { cause });
  });
  const folder = await mkdtemp(join(tmpdir(), 'apidown-edge-'));
  const file = (name: string) => join(folder, name);
  await makeMachine();
  await configure({ backend: true });
  const haproxy = spawn('ip', ['netns', 'exec', namespace, program, '-W', '-f', file('haproxy.cfg')], {
    stdio: 'ignore',
  });
  const close = async () => {
    await ended(haproxy);
    await removeMachine();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(20_000, isUp);
  } catch (error) {
    await close();
    throw error;
  }

  async function configure({ backend }: { backend: boolean }): Promise<void> {
    const server = `server ${testbed.node} ${testbed.nodeAddress}:6443 check inter 500ms fall 2 rise 1`;
    const lines = [
      'global',
      `  stats socket ${file('user.sock')} mode 600 level user`,
      `  stats socket ${file('admin.sock')} mode 600 level admin`,
      'defaults',
      '  mode tcp',
      '  timeout connect 2s',
      '  timeout client 1h',
      '  timeout server 1h',
      'frontend kube-api',
      `  bind ${address}:${port}`,
      ...(backend ? ['  default_backend kube-api-servers', 'backend kube-api-servers', `  ${server}`] : []),
      'frontend decoy-web',
      `  bind ${address}:9999`,
      '  default_backend decoy-web-servers',
      'backend decoy-web-servers',
      `  server decoy-1 ${address}:9998`,
      `  server decoy-2 ${address}:9997`,
      '',
    ];
    await writeFile(file('haproxy.cfg'), lines.join('\n'));
  }

  async function told(command: 'show info' | 'show stat'): Promise<string> {
    const asked = await askSocket({ path: file('user.sock') }, command, 2_000, new AbortController().signal);
    if (asked.kind === 'failed') throw new Error(asked.trouble.words);
    return asked.value;
  }

  async function order(command: string): Promise<void> {
    const socket = connect(file('admin.sock'));
    await once(socket, 'connect');
    socket.end(`${command}\n`);
    socket.resume();
    await once(socket, 'close');
  }

  async function isUp(): Promise<string | null> {
    const row = (await told('show stat')).split('\n').find((line) => line.startsWith('kube-api-servers,BACKEND,'));
    return row?.split(',')[17] === 'UP' ? null : 'nothing stands behind HAProxy';
  }

  /** The old process answers until the new one has taken over. */
  async function reload(): Promise<void> {
    const pid = async () => /^Pid: (\d+)$/m.exec(await told('show info'))?.[1];
    const before = await pid();
    haproxy.kill('SIGUSR2');
    await until(20_000, async () => ((await pid()) === before ? 'the old process answers' : null));
  }

  return {
    address,
    port,
    socket: file('user.sock'),
    configFile: file('haproxy.cfg'),
    async removeBackend() {
      await configure({ backend: false });
      await reload();
      return async () => {
        await configure({ backend: true });
        await reload();
        await until(20_000, isUp);
      };
    },
    async decoy() {
      const server = 'decoy-web-servers/decoy-1';
      await order(`set server ${server} state maint`);
      return () => order(`set server ${server} state ready`);
    },
    close,
  };
}

async function makeMachine(): Promise<void> {
  await removeMachine();
  await output('ip', ['netns', 'add', namespace]);
  await output('ip', ['link', 'add', 'e2e-edge0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  await output('ip', ['link', 'set', 'e2e-edge0', 'master', bridge, 'up']);
  for (const command of [
    ['addr', 'add', `${address}/24`, 'dev', 'eth0'],
    ['link', 'set', 'eth0', 'up'],
    ['link', 'set', 'lo', 'up'],
  ]) {
    await output('ip', ['-n', namespace, ...command]);
  }
}

/** Its interfaces go with it. */
async function removeMachine(): Promise<void> {
  await ran('ip', ['netns', 'del', namespace]);
  await ran('ip', ['link', 'del', 'e2e-edge0']);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** Cut on the host, between the bot and the gateway: nothing that any agent can see. */
export async function cutBeforeEdge(): Promise<Undo> {
  const rule = `ip daddr ${address} tcp dport ${port} drop`;
  const chain = `chain out { type filter hook output priority 0; ${rule}; }`;
  await output('nft', ['-f', '-'], { input: `table inet before_edge {\n${chain}\n}\n` });
  return async () => void (await output('nft', ['delete', 'table', 'inet', 'before_edge']));
}
