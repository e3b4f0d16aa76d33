import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Block, blocks } from '../docs/blocks.ts';
import { type Cluster, openSandbox, type Sandbox } from '../docs/sandbox.ts';
import { removeAgents } from './harness/agents.ts';
import { ran } from './harness/exec.ts';
import { loadImage } from './harness/image.ts';
import { testbed, testbedUp } from './harness/testbed.ts';

/** The documents' commands that need a cluster, against a real control plane, in the order in which a reader comes to them. */

let folder: string;
let cluster: Cluster;

beforeAll(async () => {
  const admin = await testbedUp();
  await removeAgents();
  await loadImage('registry.example/apidown:0.1.0');
  folder = await mkdtemp(join(tmpdir(), 'apidown-docs-e2e-'));
  const kubeconfig = join(folder, 'kubeconfig');
  // JSON is YAML.
  await writeFile(kubeconfig, JSON.stringify(withContext(await readFile(admin, 'utf8'))), { mode: 0o600 });
  cluster = { kubeconfig, endpoint: testbed.endpoint, address: testbed.hostAddress };
});

afterAll(async () => {
  await removeAgents();
  await rm(folder, { recursive: true, force: true });
});

const isRun = ({ proof }: Block) => proof?.kind === 'here' || proof?.kind === 'testbed';
const atTheEnd = ({ proof }: Block) => proof?.kind === 'testbed' && proof.atTheEnd;
const onPage = (page: string) => blocks.filter((block) => block.page === page && (block.file !== null || isRun(block)));

test('a bot is installed, agents are let in and deployed, looked after and removed, as the pages say', async () => {
  const sandbox = await openSandbox(cluster);
  try {
    const installed = await follow(sandbox, onPage('docs/install.md'));
    expect(installed.at(-1)).toMatch(/networkpolicies/);
    expect(installed.at(-1)).not.toMatch(/secrets/);
    const logs = onPage('docs/troubleshooting.md').filter(({ proof }) => proof?.kind === 'testbed');
    expect((await follow(sandbox, logs)).join()).toContain('Connected to the bot');
    const later = onPage('docs/install/keep-it-running.md');
    await follow(
      sandbox,
      later.filter((block) => !atTheEnd(block)),
    );
    await follow(sandbox, later.filter(atTheEnd));
  } finally {
    await sandbox.close();
  }
});

describe('by hand', () => {
  const byHand = blocks.filter(({ page, proof }) => page === 'docs/by-hand.md' && proof?.kind === 'testbed');

  test.each(byHand)('docs/by-hand.md:$line', async ({ text }) => {
    const [host = '', port = ''] = new URL(testbed.endpoint).host.split(':');
    const values = { url: testbed.endpoint, host, port, address: host };
    const filled = Object.entries(values).reduce((so, [name, value]) => so.replaceAll(`{${name}}`, value), text);
    const { code, stdout, stderr } = await ran(testbed.script, ['node', 'bash', '-c', filled], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    });
    // A search that finds nothing is an answer.
    const isSearch = /\| grep [^|]+$/.test(text.trim());
    expect({ code: isSearch && code === 1 ? 0 : code, said: stdout + stderr }).toEqual({
      code: 0,
      said: expect.stringMatching(isSearch ? /^/ : /\S/),
    });
  });
});

async function follow(sandbox: Sandbox, wanted: readonly Block[]): Promise<readonly string[]> {
  const said: string[] = [];
  for (const block of wanted) {
    if (block.file !== null) await sandbox.write(block, block.text.includes('cri-status') ? containerdElsewhere : '');
    else said.push(await sandbox.run(block));
  }
  return said;
}

/** The one thing of the testbed that no overlay of a reader has: the root of its containerd. */
const containerdElsewhere = `patches:
  - target: { kind: DaemonSet, name: apidown-node }
    patch: |
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: { name: apidown-node }
      spec:
        template:
          spec:
            volumes:
              - name: cri-status
                hostPath: { path: /var/tmp/testbed/ctd/io.containerd.grpc.v1.cri/containers, type: Directory }
`;

/** The same kubeconfig, in which the context is called as in the documents. */
function withContext(text: string) {
  const kubeconfig = Kubeconfig.parse(parse(text));
  const [only] = kubeconfig.contexts;
  return { ...kubeconfig, contexts: [{ ...only, name: 'prod' }], 'current-context': 'prod' };
}

const Kubeconfig = z.looseObject({ contexts: z.array(z.looseObject({ name: z.string() })) });
