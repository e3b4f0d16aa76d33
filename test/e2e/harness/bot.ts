import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../../dev/stand-in/certificates.ts';
import type { WorkspaceOptions } from '../../../dev/workspace/options.ts';
import { startWorkspace, type Workspace } from '../../../dev/workspace/workspace.ts';
import { output, type Ran, ran } from './exec.ts';
import { freePort } from './ports.ts';
import { testbed } from './testbed.ts';

const root = join(import.meta.dirname, '../../..');
export const cluster = 'testbed';
export const ana = 'U0ANA';
const ben = 'U0BEN';

/** The bot on the host, outside the testbed's cluster, and the strict workspace it posts to. */
export interface Staged {
  readonly workspace: Workspace;
  /** Of the hub, as agents dial it. */
  readonly hubPort: number;
  readonly healthUrl: string;
  /** What Alertmanager shows at `/alerts`. */
  readonly alertsToken: string;
  /** What other systems show at `/changes`. */
  readonly changesToken: string;
  readonly storeFile: string;
  /** Of the bot's process; null while there is none. */
  pid(): number | null;
  /** The output of `apidown` with these words. */
  apidown(...words: string[]): Promise<string>;
  /** The same, whatever it ends with. */
  apidownRan(...words: string[]): Promise<Ran>;
  start(): Promise<void>;
  /** SIGKILL, as a node that dies does it. */
  kill(): Promise<void>;
  /** As it is asked to by whoever runs it. */
  stop(): Promise<void>;
  /** What the bot has logged so far. */
  log(): string;
  close(): Promise<void>;
}

/** Where the bot stands and what it watches; outside the testbed unless told otherwise. */
export interface Staging {
  /** Its hub listens here. */
  readonly address: string;
  /** The cluster's API server. */
  readonly endpoint: string;
  /** Addresses and CIDRs that clients come from. */
  readonly sources: readonly string[];
  /** The channel in which an alert opens an investigation; null: none does. */
  readonly alertsOpen: string | null;
  /** What answers the bot while the API server does not. */
  readonly reference: readonly string[];
  /** The section `changes:` of its configuration. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Files beside its configuration that this names, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Variables of its environment besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** The address of the one DNS server that it asks; null: those of this machine. */
  readonly resolver: string | null;
  /** What the workspace is beside its channels. */
  readonly workspace: Pick<Partial<WorkspaceOptions>, 'users' | 'rateLimits'>;
}

const outsideTestbed: Staging = {
  address: testbed.hostAddress,
  endpoint: testbed.endpoint,
  sources: ['10.99.0.1'],
  alertsOpen: null,
  reference: [],
  changes: {},
  files: {},
  env: {},
  resolver: null,
  workspace: {},
};

export async function stageBot(channels: readonly string[], staging: Partial<Staging> = {}): Promise<Staged> {
  const given = { ...outsideTestbed, ...staging };
  const { address, endpoint, sources, alertsOpen, reference, resolver, workspace: beside } = given;
  const folder = await mkdtemp(join(tmpdir(), 'apidown-e2e-'));
  const [hubPort, healthPort] = [await freePort(address), await freePort('127.0.0.1')];
  const workspace = await startWorkspace({
    manifest: await readFile(join(root, 'app-manifest.yml'), 'utf8'),
    grantedOptionalScopes: ['channels:history', 'groups:history'],
    users: [
      { id: ana, name: 'ana', tz: 'Europe/Berlin' },
      { id: ben, name: 'ben', tz: 'America/New_York' },
    ],
    channels: channels.map((id) => ({ id, name: id.toLowerCase() })),
    ...beside,
  });
  const [alertsToken, changesToken] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const authority = await makeAuthority('apidown e2e');
  const leaf = await authority.issue({ commonName: 'bot', names: ['bot'], addresses: [address] });
  const file = (name: string) => join(folder, name);
  await writeFile(file('ca.crt'), authority.caPem);
  await writeFile(file('tls.crt'), leaf.certPem);
  await writeFile(file('tls.key'), leaf.keyPem, { mode: 0o600 });
  for (const [name, text] of Object.entries(given.files)) await writeFile(file(name), text, { mode: 0o600 });
  const config = {
    slack: { apiUrl: workspace.apiUrl },
    hub: {
      listen: `${address}:${hubPort}`,
      url: `https://${address}:${hubPort}`,
      tls: { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' },
    },
    store: { file: 'apidown.db' },
    outside: { probeEvery: '1s', reference: [...reference] },
    http: { listen: `127.0.0.1:${healthPort}` },
    alerts: { open: alertsOpen },
    changes: given.changes,
    clusters: {
      [cluster]: {
        endpoint,
        channels: [...channels],
        // The channels are for what is asked for; that an outage gets its card is tested without a testbed.
        outages: { post: false },
        sources: [...sources],
        gateways: [{ namespace: 'edge', labels: { app: 'gateway' } }],
      },
    },
  };
  // JSON is YAML.
  await writeFile(file('apidown.yaml'), JSON.stringify(config));
  const env = {
    ...process.env,
    ...given.env,
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    APIDOWN_ALERTS_TOKEN: alertsToken,
    APIDOWN_CHANGES_TOKEN: changesToken,
  };
  const node = process.execPath;
  const resolvConf = file('resolv.conf');
  await writeFile(resolvConf, `nameserver ${resolver ?? ''}\n`);
  /** As a program of a machine that asks that DNS server: each is one process, whose id is the program's. */
  const command = (...words: string[]): readonly [string, readonly string[]] =>
    resolver === null
      ? [node, words]
      : [
          'unshare',
          ['--mount', 'sh', '-c', `mount --bind ${resolvConf} /etc/resolv.conf && exec "$@"`, 'sh', node, ...words],
        ];
  let child: ChildProcess | null = null;
  let logged = '';
  const healthUrl = `http://127.0.0.1:${healthPort}`;

  async function start(): Promise<void> {
    const [program, words] = command('src/bin/bot.ts', '--config', file('apidown.yaml'));
    const next = spawn(program, words, { cwd: root, env });
    child = next;
    for (const stream of [next.stdout, next.stderr]) stream.on('data', (text) => (logged += text));
    const up = `"hub":${hubPort}`;
    await new Promise<void>((resolve, reject) => {
      const look = () => logged.slice(from).includes(up) && resolve();
      const from = logged.length;
      next.stdout.on('data', look);
      next.once('exit', (code) => reject(new Error(`the bot ended with ${code} before it was up:\n${logged}`)));
    });
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  const apidownRan: Staged['apidownRan'] = (...words) => {
    const [program, all] = command('src/bin/apidown.ts', ...words, '--config', file('apidown.yaml'));
    return ran(program, all, { env });
  };

  await start();
  return {
    workspace,
    hubPort,
    healthUrl,
    alertsToken,
    changesToken,
    storeFile: file('apidown.db'),
    pid: () => child?.pid ?? null,
    apidown: (...words) => output(node, ['src/bin/apidown.ts', ...words, '--config', file('apidown.yaml')]),
    apidownRan,
    start,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    log: () => logged,
    async close() {
      await end('SIGTERM');
      await workspace.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
