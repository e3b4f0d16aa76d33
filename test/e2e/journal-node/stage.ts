import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { NodeFolders } from '../../../src/agent/node/files.ts';
import type { Change, CoverageSpan } from '../../../src/words/change.ts';
import { StreamRecord } from '../../../src/words/stream.ts';
import { until } from '../harness/until.ts';

const root = join(import.meta.dirname, '../../..');

/** A node's journal at work in a network namespace, with the rights that its containers have and no more. */
export interface Staged {
  readonly changes: readonly Change[];
  readonly spans: readonly CoverageSpan[];
  /** Does something, and waits for the first change after it that fits; the true moment has to lie in what it says. */
  told(what: () => Promise<unknown>, fits: (change: Change) => boolean): Promise<Change>;
  restartReader(meanwhile?: () => Promise<unknown>): Promise<void>;
  restartAgent(meanwhile?: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export async function stageJournal(options: {
  readonly namespace: string;
  readonly node: string;
  readonly apiAddress: string;
  readonly folders: NodeFolders;
  /** Of the firewall reader. */
  readonly capabilities?: readonly string[];
}): Promise<Staged> {
  const { namespace, node, apiAddress, folders, capabilities = ['net_admin'] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'apidown-journal-'));
  const socket = join(folder, 'firewall.sock');
  const changes: Change[] = [];
  const spans: CoverageSpan[] = [];
  const said: string[] = [];

  /** As Kubernetes starts it: uid 0 with these capabilities and no way to more. */
  function start(rights: readonly string[], words: readonly string[], env: Record<string, string>): ChildProcess {
    const only = ['-all', ...rights.map((right) => `+${right}`)].join(',');
    const child = spawn(
      'nsenter',
      [
        `--net=/var/run/netns/${namespace}`,
        '--',
        'setpriv',
        '--no-new-privs',
        `--bounding-set=${only}`,
        `--inh-caps=${only}`,
        process.execPath,
        ...words,
      ],
      { cwd: root, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const record = line.startsWith('{"kind"') ? StreamRecord.parse(JSON.parse(line)) : null;
        if (record?.kind === 'change') changes.push(record.change);
        else if (record?.kind === 'coverage') spans.push(record.span);
        else said.push(line);
      });
    }
    return child;
  }

  async function startReader(): Promise<ChildProcess> {
    const child = start(capabilities, ['src/bin/agent.ts', '--role', 'firewall-reader'], {
      APIDOWN_FIREWALL_SOCKET: socket,
    });
    await until(20_000, async () => (existsSync(socket) ? null : `no firewall reader\n${said.join('\n')}`));
    return child;
  }

  /** Its first look is what the changes are told from. */
  async function startAgent(): Promise<ChildProcess> {
    const given = {
      node,
      stateDir: join(folder, 'state'),
      firewallSocket: socket,
      apiPort: 6443,
      apiAddresses: [apiAddress],
      folders,
    };
    const child = start([], ['test/e2e/journal-node/agent-here.ts', JSON.stringify(given)], {});
    await watching(Date.now());
    return child;
  }

  /** All sources have watched some time after that moment. */
  async function watching(afterAt: number): Promise<void> {
    await until(60_000, async () => {
      const missing = ['node-firewall', 'node-files', 'node-network'].filter(
        (source) => !spans.some((span) => span.source === source && span.fromAt >= afterAt),
      );
      return missing.length === 0 ? null : `${missing.join(', ')} watch nothing yet\n${said.join('\n')}`;
    });
  }

  let reader = await startReader();
  let agent = await startAgent();
  return {
    changes,
    spans,
    async told(what, fits) {
      const known = changes.length;
      const fromAt = Date.now();
      await what();
      const toAt = Date.now();
      let found: Change | undefined;
      await until(60_000, async () => {
        found = changes.slice(known).find(fits);
        const summaries = changes.slice(known).map(({ source, summary }) => `${source}: ${summary}`);
        return found === undefined ? `told only: ${summaries.join('; ')}\n${said.join('\n')}` : null;
      });
      if (found === undefined) throw new Error('nothing was told');
      expect(found.earliestAt).toBeLessThanOrEqual(toAt + SLACK_MS);
      expect(found.latestAt).toBeGreaterThanOrEqual(fromAt - SLACK_MS);
      return found;
    },
    async restartReader(meanwhile) {
      const restartedAt = Date.now();
      await ended(reader, 'SIGKILL');
      await rm(socket);
      await meanwhile?.();
      reader = await startReader();
      await until(60_000, async () =>
        spans.some(({ source, fromAt }) => source === 'node-firewall' && fromAt > restartedAt)
          ? null
          : 'not followed yet',
      );
    },
    async restartAgent(meanwhile) {
      await ended(agent, 'SIGTERM');
      await meanwhile?.();
      agent = await startAgent();
    },
    async close() {
      await ended(agent, 'SIGTERM');
      await ended(reader, 'SIGTERM');
      await rm(folder, { recursive: true });
    },
  };
}

const SLACK_MS = 50;

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
