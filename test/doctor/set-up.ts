import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type Authority, type LeafRequest, makeAuthority } from '../../dev/stand-in/certificates.ts';
import type { WorkspaceOptions } from '../../dev/workspace/options.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { sourceKind } from '../../src/changes/sources/registry.ts';
import type { OutsideSource } from '../../src/changes/sources/source.ts';
import type { Situation } from '../../src/doctor/check.ts';
import { doctorChecks } from '../../src/doctor/checks.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding, Outcome } from '../../src/doctor/finding.ts';
import { serveHealth } from '../../src/ops/health-server.ts';
import { createLog } from '../../src/ops/log.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { Store } from '../../src/store/store.ts';
import type { BotState } from '../../src/terminal/bot-state.ts';
import { serveTerminal } from '../../src/terminal/serve.ts';
import { VANTAGE_OF_ROLE } from '../../src/words/vantage.ts';
import { type } from '../cli/terminal.ts';
import { opened } from '../contracts/store.ts';
import { type ApiServer, apiServer } from '../probe/api-server.ts';

const log = createLog({ name: 'test', level: 'silent' });
const { version } = packageJson;
const manifestFile = join(import.meta.dirname, '../../app-manifest.yml');

/** A set-up in which nothing is wrong, until the test breaks something of it. */
export interface SetUp {
  readonly folder: string;
  readonly workspace: Workspace;
  /** As the running bot holds it. */
  readonly store: Store;
  readonly api: ApiServer;
  readonly authority: Authority;
  /** The file's content, to be changed. */
  readonly config: Config;
  readonly env: Record<string, string>;
  /** What the running bot tells, to be changed. */
  readonly state: { -readonly [K in keyof BotState]: BotState[K] };
  /** What this machine is like, to be changed. */
  readonly machine: { -readonly [K in keyof Situation]?: Situation[K] };
  sources: readonly OutsideSource[];
  put(name: string, content: string): Promise<void>;
  certificate(leaf: Partial<LeafRequest>): Promise<void>;
  stopBot(): Promise<void>;
}

/** The few keys of the configuration that tests change. */
interface Config {
  slack: Record<string, unknown>;
  hub: { listen: string; url?: string; tls?: Record<string, string>; allowPlain?: boolean };
  store: { file: string };
  http: { listen: string };
  outside: { vantage: boolean };
  clusters: Record<string, Record<string, unknown>>;
  alerts?: Record<string, unknown>;
  health?: Record<string, unknown>;
  postmortem?: Record<string, unknown>;
  permissions: Record<string, unknown>[];
}

export async function aSetUp(options: Partial<WorkspaceOptions> = {}): Promise<SetUp> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const put = (name: string, content: string) => writeFile(join(folder, name), content);
  const workspace = await startWorkspace({
    manifest: await readFile(manifestFile, 'utf8'),
    grantedOptionalScopes: ['channels:history', 'groups:history', 'chat:write.public'],
    users: [{ id: 'U1', name: 'ana' }],
    channels: [
      { id: 'C1', name: 'incidents' },
      { id: 'C2', name: 'elsewhere', hasApp: false },
      { id: 'C3', name: 'old-times', isArchived: true },
    ],
    userGroups: [
      { id: 'S1', handle: 'on-call', users: ['U1'] },
      { id: 'S2', handle: 'nobody', users: [] },
    ],
    ...options,
  });
  onTestFinished(() => workspace.close());
  const authority = await makeAuthority('a test');
  const api = await apiServer(authority);
  await put('ca.crt', authority.caPem);
  const certificate = async (leaf: Partial<LeafRequest>) => {
    const made = await authority.issue({ commonName: 'bot', names: ['bot.example'], addresses: [], ...leaf });
    await Promise.all([put('tls.crt', made.certPem), put('tls.key', made.keyPem)]);
  };
  await certificate({});
  const store = await opened({ kind: 'sqlite', file: join(folder, 'apidown.db') });
  const state = await withAgents(store);

  const health = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    {
      store,
      slack: () => state.slack,
      metrics: createMetrics(),
      log,
    },
  );
  const terminal = await serveTerminal(join(folder, 'apidown.sock'), {
    investigations: nothingInvestigated,
    clusters: ['prod'],
    state: () => state,
    clock: { now: Date.now },
    log,
  });
  let stopped: Promise<void> | null = null;
  const stopBot = () => {
    stopped ??= Promise.all([health.close(), terminal.close(), store.close()]).then(() => undefined);
    return stopped;
  };
  onTestFinished(stopBot);

  return {
    folder,
    workspace,
    store,
    api,
    authority,
    config: {
      slack: { apiUrl: workspace.apiUrl },
      hub: {
        listen: '127.0.0.1:0',
        url: 'https://bot.example:8443',
        tls: { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' },
      },
      store: { file: './apidown.db' },
      http: { listen: `127.0.0.1:${health.port}` },
      outside: { vantage: false },
      clusters: { prod: { endpoint: `https://127.0.0.1:${api.port}`, caFile: 'ca.crt', channels: ['C1'] } },
      permissions: [{ may: ['investigate'], groups: ['S1'], users: ['U1'] }],
    },
    env: { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken },
    state,
    machine: {},
    sources: [],
    put,
    certificate,
    stopBot,
  };
}

const roles = ['cluster', 'node', 'vantage'] as const;

/** One of each role, enrolled, seen and connected. */
async function withAgents(store: Store): Promise<BotState> {
  const now = Date.now();
  const agents = roles.map((role) => ({
    ...{ cluster: 'prod', role, instance: role === 'node' ? 'cp-1' : `${role}-0`, version, keyId: `key-${role}` },
    ...{ connectedAt: now, lastSeenAt: now, clockOffsetMs: 3, clockToleranceMs: 5, peerAddress: '10.0.0.9' },
  }));
  for (const { cluster, role, instance, keyId } of agents) {
    await store.keys.add({ id: keyId, cluster, role, publicKeyPem: 'a public key', createdAt: now });
    await store.sessions.seen(cluster, role, { kind: VANTAGE_OF_ROLE[role], instance, leavesBy: [] }, version, now);
  }
  const knowledge = { endpoints: [], caPem: '', controlPlaneNodes: ['cp-1'], provider: 'self' as const, asOfAt: now };
  await store.knowledge.put('prod', knowledge);
  return { version, slack: 'connected', slackTrouble: null, agents, contested: [] };
}

const never = async (): Promise<never> => {
  throw new Error('nothing is investigated here');
};
const nothingInvestigated = {
  open: never,
  act: never,
  find: async () => null,
  listOpen: async () => [],
  listJustConcluded: async () => [],
};

export interface Diagnosed {
  readonly code: number;
  readonly out: string;
  readonly note: string;
  /** Of all checks, with the id of the check. */
  readonly findings: readonly (Finding & { readonly check: string })[];
  of(outcome: Outcome): readonly (Finding & { readonly check: string })[];
}

/** Types `apidown doctor` on this set-up. @param how `withinMs`: no check is waited for longer */
export async function doctor(
  setUp: SetUp,
  how: { readonly withinMs?: number; readonly args?: readonly string[] } = {},
): Promise<Diagnosed> {
  const { folder, env, machine, config } = setUp;
  const file = join(folder, 'apidown.yaml');
  await writeFile(file, stringify(config));
  const kind = sourceKind(
    'any',
    () => (setUp.sources.length === 0 ? [] : [{ clusters: [] }]),
    async () => () => setUp.sources,
  );
  const checks = doctorChecks.map((check) => ({ ...check, withinMs: how.withinMs ?? check.withinMs }));
  const { args = ['--json'] } = how;
  const said = await type(['--config', file, 'doctor', ...args], {
    env,
    examine: (pieces, onProgress) =>
      examine(
        checks,
        {
          ...pieces,
          ...{
            env,
            clock: { now: Date.now },
            version,
            nodeVersion: '24.21.0',
            manifestFile,
            podFolder: join(folder, 'pod'),
          },
          ...{ freeBytesIn: async () => 1e12, sourceKinds: [kind] },
          ...machine,
        },
        onProgress,
      ),
  });
  const findings = args.includes('--json') ? findingsIn(said.out) : [];
  return { ...said, findings, of: (outcome) => findings.filter((finding) => finding.outcome === outcome) };
}

function findingsIn(json: string): Diagnosed['findings'] {
  const told: { checks?: { id: string; findings: Finding[] }[] } = JSON.parse(json);
  return (told.checks ?? []).flatMap(({ id, findings }) => findings.map((finding) => ({ ...finding, check: id })));
}
