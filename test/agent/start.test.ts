import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { COLLECTIONS, type StandInKubeApi, startKubeApi } from '../../dev/stand-in/kube-api.ts';
import { type LinkedConfig, readAgentConfig } from '../../src/agent/config.ts';
import { openSpool } from '../../src/agent/spool/spool.ts';
import { type Agent, startAgent } from '../../src/agent/start.ts';
import { judgeFacts } from '../../src/checks/contracts.ts';
import { ControlPlanePodsFacts } from '../../src/checks/control-plane-pods/contract.ts';
import { enrolmentFile } from '../../src/link/enrolment.ts';
import type { WatchOrder } from '../../src/words/stream.ts';
import type { Role, VantageKind } from '../../src/words/vantage.ts';
import { type MemoryRecords, memoryRecords } from '../link/record-store.ts';
import { command, eventually, NEVER, recordedLog, type Stage, stage } from '../link/stage.ts';
import { apiServerPod, CONTROL_PLANE, node, policy } from './kube/objects.ts';
import { fakeNode } from './node/node-folders.ts';
import { change, idsIn } from './spool/records.ts';

const ORDER: WatchOrder = {
  targets: [],
  caPem: '',
  probeEveryMs: 60_000,
  apiPort: 6443,
  apiAddresses: [],
  clients: [],
  gateways: [],
};

let dir: string;
let bot: Stage;
let records: MemoryRecords;
const started: Agent[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agent-'));
  records = memoryRecords();
  const { onRecords, lastSeq } = records;
  bot = await stage({ onRecords, lastSeq, watchOrder: async () => ORDER });
});
afterEach(async () => {
  // First the agents: they write into the folder as long as they live.
  for (const agent of started.splice(0)) await agent.stop();
  await rm(dir, { recursive: true });
});

async function configFor(role: Role, env: Record<string, string> = {}): Promise<LinkedConfig> {
  const botCaPem = bot.authority.caPem;
  const { privateKeyPem } = await bot.enroll(role);
  await writeFile(join(dir, 'enrolment.yaml'), enrolmentFile({ cluster: 'prod', role, privateKeyPem, botCaPem }));
  await writeFile(join(dir, 'ca.crt'), botCaPem);
  const answer = readAgentConfig(
    {
      APIDOWN_BOT_URL: bot.url,
      APIDOWN_CLUSTER: 'prod',
      APIDOWN_INSTANCE: 'one',
      APIDOWN_KEY_FILE: join(dir, 'enrolment.yaml'),
      APIDOWN_STATE_DIR: join(dir, 'state'),
      ...env,
    },
    ['--role', role],
  );
  if (answer.kind === 'bad' || answer.config.kind !== 'linked') throw new Error(JSON.stringify(answer));
  return answer.config;
}

async function start(config: LinkedConfig): Promise<Agent> {
  const agent = await startAgent(config, { version: '0.1.0', env: {}, clock: Date.now, log: recordedLog().log });
  started.push(agent);
  await eventually(() => expect(agent.linkState()?.kind).toBe('connected'));
  return agent;
}

async function ask(kind: VantageKind, check: Parameters<typeof command>[0]) {
  return bot.hub.run('prod', { kind, instance: 'one' }, command(check), NEVER);
}

async function judged(kind: VantageKind) {
  const answer = await ask(kind, { check: 'control-plane-pods' });
  if (answer.kind !== 'answered') throw new Error(JSON.stringify(answer));
  const finding = judgeFacts(
    'control-plane-pods',
    {},
    answer.facts,
    { kind, instance: 'one', leavesBy: [] },
    Date.now(),
  );
  if ('kind' in finding) throw new Error(finding.message);
  return { ...finding, asOfAt: answer.asOfAt, facts: ControlPlanePodsFacts.parse(answer.facts) };
}

describe('the cluster agent', () => {
  let api: StandInKubeApi;
  beforeEach(async () => {
    api = await startKubeApi();
    onTestFinished(() => api.close());
    api.document('/apis', { groups: [] });
    api.put(COLLECTIONS.pods, apiServerPod('cp-1'));
    api.put(COLLECTIONS.nodes, node('cp-1', CONTROL_PLANE));
    api.put(COLLECTIONS.networkPolicies, policy('deny'));
    await writeFile(
      join(dir, 'kubeconfig'),
      `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "${api.url}", certificate-authority-data: ${Buffer.from(api.caPem).toString('base64')}}}]
users: [{name: u, user: {token: t}}]`,
    );
  });

  it('answers by what it watches, says as of when once the API server is gone, and knows it after a restart', async () => {
    const config = await configFor('cluster', { APIDOWN_KUBECONFIG: join(dir, 'kubeconfig') });
    const agent = await start(config);
    expect(bot.hub.agents('prod').map(({ checks }) => checks)).toEqual([
      ['endpoint', 'reachability', 'network-policies', 'control-plane-pods'],
    ]);
    const before = Date.now();
    const well = await judged('pod');
    expect(well.verdict).toBe('ok');
    expect(well.asOfAt).toBeGreaterThanOrEqual(before - 1_000);
    await eventually(() =>
      expect(bot.knowledge.at(-1)?.knowledge).toMatchObject({ provider: 'self', controlPlaneNodes: ['cp-1'] }),
    );

    await api.stop();
    await eventually(async () => expect((await judged('pod')).verdict).toBe('unknown'));
    const stale = await judged('pod');
    expect(stale.reason).toMatch(/^As of .* kube-apiserver on cp-1 runs since/);

    await agent.stop();
    expect(agent.linkState()?.kind).toBe('closed');
    await start(config);
    const again = await judged('pod');
    expect(again.reason).toMatch(/^As of .* kube-apiserver on cp-1 runs since/);
    expect(again.facts).toMatchObject({ asOfAt: stale.facts.source === 'api' && stale.facts.asOfAt });
    expect(bot.knowledge.at(-1)?.knowledge.controlPlaneNodes).toEqual(['cp-1']);
    await api.start();
    await eventually(async () => expect((await judged('pod')).verdict).toBe('ok'));
  });

  it('refuses params of another form, and never hears of checks outside its list', async () => {
    await start(await configFor('cluster', { APIDOWN_KUBECONFIG: join(dir, 'kubeconfig') }));
    const odd = await ask('pod', { check: 'control-plane-pods', params: { namespace: 'kube-system' } });
    expect(odd).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('params of the check control-plane-pods'),
    });
    expect(await ask('pod', { check: 'host-firewall' })).toMatchObject({ kind: 'failed' });
  });

  it('does not start without a way to ask the API server', async () => {
    const config = await configFor('cluster', { APIDOWN_KUBECONFIG: join(dir, 'none') });
    await expect(start(config)).rejects.toThrow(`Can't read the kubeconfig at ${join(dir, 'none')}`);
  });
});

describe('the node agent', () => {
  it("answers by the node's files, and remembers that an API server ran here", async () => {
    const files = await fakeNode();
    onTestFinished(() => files.remove());
    await files.manifest('kube-apiserver', ['kube-apiserver', '--advertise-address=10.0.0.10']);
    await files.run({ component: 'kube-apiserver', attempt: 0, startedAt: Date.now() - 3_600_000 });
    const config = await configFor('node', {
      APIDOWN_MANIFESTS_DIR: files.folders.manifests,
      APIDOWN_POD_LOGS_DIR: files.folders.podLogs,
      APIDOWN_CONTAINER_LOGS_DIR: files.folders.containerLogs,
      APIDOWN_CRI_STATUS_DIR: files.folders.criStatus ?? '',
      APIDOWN_PKI_CA_FILE: join(dir, 'ca.crt'),
    });
    const agent = await start(config);
    expect(await judged('node')).toMatchObject({ verdict: 'ok' });
    await eventually(() =>
      expect(bot.knowledge.at(-1)?.knowledge).toMatchObject({
        endpoints: [{ url: 'https://10.0.0.10:6443', origin: 'manifest' }],
        caPem: expect.stringContaining(bot.authority.caPem.trim()),
        asOfAt: 0,
      }),
    );

    await agent.stop();
    await rm(files.folders.manifests, { recursive: true });
    await mkdir(files.folders.manifests);
    await rm(files.folders.podLogs, { recursive: true });
    await mkdir(files.folders.podLogs);
    await start(config);
    expect(await judged('node')).toMatchObject({
      verdict: 'problem',
      reason: expect.stringContaining('The manifest of kube-apiserver on one is gone'),
    });
  });
});

describe('the vantage agent', () => {
  it('runs what needs no cluster', async () => {
    await start(await configFor('vantage'));
    expect(bot.hub.agents('prod').map(({ checks }) => checks)).toEqual([['endpoint', 'reachability']]);
  });
});

describe('every agent', () => {
  it('tells what an earlier life saw, and knows what it shall watch when it starts without the bot', async () => {
    const config = await configFor('vantage');
    const spool = await openSpool({
      dir: join(config.stateDir, 'spool', 'vantage'),
      cluster: 'prod',
      instance: 'one',
      mostBytes: config.spoolBytes,
      clock: Date.now,
      log: recordedLog().log,
    });
    spool.put(change('seen-before', Date.now()));
    await spool.close();
    const agent = await start(config);
    await eventually(() => expect(idsIn(records.taken)).toEqual(['seen-before']));
    const kept = join(config.stateDir, 'order-vantage.json');
    await eventually(async () => expect(JSON.parse(await readFile(kept, 'utf8'))).toMatchObject({ kept: ORDER }));
    await agent.stop();
  });

  it('writes its heartbeat, and stops even while nobody answers', async () => {
    const config = await configFor('vantage');
    const agent = await start(config);
    const beat = Number(await readFile(join(config.stateDir, 'heartbeat'), 'utf8'));
    expect(Math.abs(beat - Date.now() / 1000)).toBeLessThan(60);
    await bot.hub.close();
    await agent.stop();
    await agent.ended;
  });

  it.each([
    ['without its enrolment', { APIDOWN_KEY_FILE: '/nowhere/enrolment.yaml' }, /nowhere/],
    ['with an authority that can not be read', { APIDOWN_BOT_CA_FILE: '/nowhere/ca.crt' }, /nowhere/],
    ['with a link that would not be encrypted', { APIDOWN_BOT_URL: 'http://192.0.2.1' }, /not be encrypted/],
  ])('does not start %s', async (_, env, why) => {
    const config = await configFor('vantage', env);
    await expect(start(config)).rejects.toThrow(why);
  });
});
