import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { freePort } from '../e2e/harness/ports.ts';
import type { Block } from './blocks.ts';
import { root } from './read.ts';

/** A clone of the repository as somebody has it who follows a page, before the strict workspace in place of Slack. */
export interface Sandbox {
  /** Runs it to its end, or until it says what it shall. @throws with what it said, when it fails */
  run(block: Block): Promise<string>;
  /** Writes a block that is a file, with what is added to its end. */
  write(block: Block, added?: string): Promise<void>;
  /** As `npm start` does. */
  startBot(): Promise<void>;
  close(): Promise<void>;
}

const withinMs = 60_000;
const inClusterWithinMs = 6 * 60_000;

/** What a reader would have instead; everything else of a command runs as it stands. */
function standIns(folder: string, healthPort: number): readonly (readonly [string, string])[] {
  return [
    ['/etc/apidown/', `${folder}/etc/apidown/`],
    ['http://127.0.0.1:9090/', `http://127.0.0.1:${healthPort}/`],
    // Behind it stands what ends TLS.
    ['https://apidown.example/', `http://127.0.0.1:${healthPort}/`],
  ];
}

/** A cluster that is there, in place of none. */
export interface Cluster {
  /** A kubeconfig with the context `prod`. */
  readonly kubeconfig: string;
  readonly endpoint: string;
  /** Of this machine, as agents in the cluster reach it. */
  readonly address: string;
}

export async function openSandbox(cluster: Cluster | null = null): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-docs-'));
  const inside = (...names: string[]) => join(folder, ...names);
  const address = cluster?.address ?? '127.0.0.1';
  const [hubPort, healthPort] = [await freePort(address), await freePort('127.0.0.1')];
  const workspace = await startWorkspace({
    manifest: await readFile(join(root, 'app-manifest.yml'), 'utf8'),
    users: [{ id: 'U0123ABCD', name: 'ana', tz: 'UTC' }],
    channels: [{ id: 'C0123ABCD', name: 'incidents' }],
  });
  for (const name of ['src', 'docs', 'manifests', 'node_modules', 'package.json', 'package-lock.json']) {
    await symlink(join(root, name), inside(name));
  }
  for (const name of ['home', 'bin', 'tls', 'etc/apidown']) await mkdir(inside(name), { recursive: true });
  await copyFile(join(root, 'apidown.example.yaml'), inside('apidown.example.yaml'));
  await writeFile(inside('etc/apidown/slack-bot-token'), workspace.botToken);
  await writeFile(inside('etc/apidown/slack-app-token'), workspace.appToken);
  // The modules are there, and belong to the checkout.
  await writeFile(inside('bin/npm'), npmWithoutInstalling, { mode: 0o755 });
  // A program that is told no shall end with it.
  await writeFile(inside('home/.curlrc'), 'fail-with-body\n');
  await writeFile(inside('event.json'), JSON.stringify(event('run-1')));
  await writeFile(inside('events.json'), JSON.stringify([event('run-2'), event('run-3')]));
  const authority = await makeAuthority('apidown docs');
  const leaf = await authority.issue({ commonName: 'bot', names: ['apidown.example'], addresses: [address] });
  const mine = { 'ca.crt': authority.caPem, 'bot.crt': leaf.certPem, 'bot.key': leaf.keyPem };
  // What the example names, and a page's command may write anew for a name that leads nowhere here.
  const named = { 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem };
  for (const [name, pem] of Object.entries({ ...mine, ...named })) await writeFile(inside('tls', name), pem);

  const env: NodeJS.ProcessEnv = {
    // The testbed builds a kubectl, where the machine has none.
    PATH: `${inside('bin')}:${process.env.PATH}:${process.env.TESTBED_CACHE ?? '/var/cache/testbed'}/bin`,
    HOME: inside('home'),
    LANG: 'C.UTF-8',
    npm_config_update_notifier: 'false',
    SLACK_BOT_TOKEN_FILE: inside('etc/apidown/slack-bot-token'),
    SLACK_APP_TOKEN_FILE: inside('etc/apidown/slack-app-token'),
    TOKEN: 'a-token-of-senders-of-changes',
    HMAC_KEY: 'a-key-of-senders-of-changes',
    APIDOWN_CHANGES_TOKEN: 'a-token-of-senders-of-changes',
    APIDOWN_CHANGES_HMAC_KEY: 'a-key-of-senders-of-changes',
    ...(cluster === null ? {} : { KUBECONFIG: cluster.kubeconfig }),
  };
  const running: ChildProcess[] = [];

  /** What a reader is told to edit, where the file stands as the example does. */
  async function edit(): Promise<void> {
    const [now, example] = await Promise.all(
      ['apidown.yaml', 'apidown.example.yaml'].map((name) => readFile(inside(name), 'utf8').catch(() => null)),
    );
    if (now === null || now === undefined || now !== example) return;
    const { clusters, ...rest } = Example.parse(parse(now));
    const edited = {
      ...{ alerts: rest.alerts, permissions: rest.permissions, store: rest.store },
      slack: { apiUrl: workspace.apiUrl },
      hub: {
        ...{ listen: `${address}:${hubPort}`, url: `https://${address}:${hubPort}` },
        tls: { cert: 'tls/bot.crt', key: 'tls/bot.key', ca: 'tls/ca.crt' },
      },
      http: { listen: `127.0.0.1:${healthPort}` },
      clusters: {
        prod: { ...clusters.prod, endpoint: cluster?.endpoint ?? 'https://127.0.0.1:1', prometheus: undefined },
      },
    };
    // JSON is YAML.
    await writeFile(inside('apidown.yaml'), JSON.stringify(edited));
  }

  function start(script: string): { child: ChildProcess; said: () => string } {
    const text = standIns(folder, healthPort).reduce((so, [theirs, ours]) => so.replaceAll(theirs, ours), script);
    const child = spawn('bash', ['-euo', 'pipefail', '-c', `${text}\nexport -p > "$HOME/exported"`], {
      cwd: folder,
      env: { ...env, BASH_ENV: inside('home/exported') },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    return { child, said: () => said };
  }

  async function untilItSays(script: string, words: string): Promise<string> {
    const { child, said } = start(script);
    running.push(child);
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`it did not say "${words}":\n${script}\n${said()}`));
      const late = setTimeout(fail, withinMs);
      const look = () => {
        if (!said().includes(words)) return;
        clearTimeout(late);
        resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
      child.once('close', fail);
    });
    return said();
  }

  async function toItsEnd(script: string): Promise<string> {
    const { child, said } = start(script);
    const late = setTimeout(() => end(child), cluster === null ? withinMs : inClusterWithinMs);
    const [code] = await once(child, 'close');
    clearTimeout(late);
    if (code !== 0) throw new Error(`it ended with ${code}:\n${script}\n${said()}`);
    return said();
  }

  await writeFile(inside('home/exported'), '');
  await copyFile(inside('apidown.example.yaml'), inside('apidown.yaml'));
  await edit();
  return {
    async run({ text, proof }) {
      const until = proof?.kind === 'here' ? proof.until : null;
      const said = until === null ? await toItsEnd(text) : await untilItSays(text, until);
      await edit();
      return said;
    },
    async write({ file, text }, added = '') {
      if (file === null) throw new Error('this block is no file');
      await mkdir(dirname(inside(file)), { recursive: true });
      await writeFile(inside(file), text + added);
    },
    async startBot() {
      await untilItSays('npm start', 'the bot is up');
    },
    async close() {
      for (const child of running.toReversed()) {
        const gone = child.exitCode === null ? once(child, 'exit') : null;
        end(child);
        await gone;
      }
      await workspace.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const Example = z.object({
  clusters: z.object({ prod: z.looseObject({}) }),
  alerts: z.unknown(),
  permissions: z.unknown(),
  store: z.unknown(),
});

const npmWithoutInstalling = `#!/usr/bin/env bash
[ "$1" = ci ] && exit 0
PATH=\${PATH#*:} exec npm "$@"
`;

function event(id: string) {
  return {
    ...{ specversion: '1.0', id, source: '//ci.example/network', type: 'example.changed', apidowncluster: 'prod' },
    time: new Date().toISOString(),
    data: { category: 'firewall', summary: 'a rule was changed' },
  };
}

/** It and what it started. */
function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has just gone.
  }
}
