import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { startBot } from '../../src/bin/start-bot.ts';
import { sourceKind } from '../../src/changes/sources/registry.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { createLog } from '../../src/ops/log.ts';
import { opened } from '../contracts/store.ts';
import { ledgerSource, serveLedger } from '../fakes/ledger.ts';
import { type ApiServer, apiServer } from '../probe/api-server.ts';
import { serveTcp } from '../probe/servers.ts';

export interface MeasuredBot {
  readonly api: ApiServer;
  readonly workspace: Workspace;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
}

/** A whole bot that probes an API server on loopback, with one source outside, before the strict workspace. */
export async function measuredBot(): Promise<MeasuredBot> {
  const authority = await makeAuthority('kubernetes');
  const [api, reference, ledger] = [await apiServer(authority), await serveTcp(() => {}), await serveLedger()];
  onTestFinished(ledger.close);
  const workspace = await startWorkspace({
    manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
    users: [{ id: 'U1', name: 'ana', tz: 'UTC' }],
    channels: [{ id: 'C1', name: 'incidents' }],
  });
  onTestFinished(workspace.close);
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bot-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [file, storeFile, caFile] = ['apidown.yaml', 'apidown.db', 'ca.crt'].map((name) => join(folder, name));
  if (file === undefined || storeFile === undefined || caFile === undefined) throw new Error('no names');
  await writeFile(caFile, authority.caPem);
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      slack: { apiUrl: workspace.apiUrl },
      store: { file: storeFile },
      hub: { listen: '127.0.0.1:0' },
      http: { listen: '127.0.0.1:0' },
      outside: { probeEvery: '1s', reference: [`127.0.0.1:${reference}`] },
      clusters: { prod: { endpoint: `https://127.0.0.1:${api.port}`, caFile } },
    }),
  );
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
  const loaded = await loadConfig({ file, env });
  if (loaded.kind === 'bad') throw new Error(JSON.stringify(loaded.mistakes));
  const store = await opened({ kind: 'sqlite', file: storeFile });
  const kind = sourceKind(
    'ledger',
    () => [{ clusters: [] }],
    async () =>
      ({ clusters }, { clock }) => [
        ledgerSource({
          ...{ url: ledger.url, instance: 'prod-eu', clusters, clock: clock.now, lateMs: 0, lookEveryMs: 100 },
        }),
      ],
  );
  const bot = await startBot(loaded.config, store, systemClock, createLog({ name: 'test', level: 'silent' }), [kind]);
  onTestFinished(bot.close);
  const metrics = async () => (await fetch(`http://127.0.0.1:${bot.healthPort}/metrics`)).text();
  return { api, workspace, metrics };
}
