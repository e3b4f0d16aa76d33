import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import type { Message } from '../../dev/workspace/conversations.ts';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { type Bot, startBot } from '../../src/bin/start-bot.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLog } from '../../src/ops/log.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import { openStore } from '../../src/store/open.ts';
import { apiServer } from '../probe/api-server.ts';
import { serveTcp } from '../probe/servers.ts';
import { isCard } from '../slack/stage.ts';

const patience = { timeoutMs: 30_000 };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

test('an API server that goes down gets its card, which opens the investigation; a restart later it comes back', async () => {
  const authority = await makeAuthority('kubernetes');
  const server = await apiServer(authority);
  const reference = await serveTcp((socket) => socket.end());
  const workspace = await startWorkspace({
    manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
    users: [{ id: 'U1', name: 'ana' }],
    channels: [{ id: 'C1', name: 'incidents' }],
    ackDeadlineMs: 60_000,
  });
  const folder = await mkdtemp(join(tmpdir(), 'apidown-outage-'));
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => workspace.close(),
  );
  const file = join(folder, 'apidown.yaml');
  await writeFile(join(folder, 'ca.crt'), authority.caPem);
  await writeFile(
    file,
    // JSON is YAML.
    JSON.stringify({
      slack: { apiUrl: workspace.apiUrl },
      hub: { listen: '127.0.0.1:0' },
      http: { listen: '127.0.0.1:0' },
      store: { file: 'apidown.db' },
      outside: { probeEvery: '1s', reference: [`127.0.0.1:${reference}`] },
      clusters: { prod: { endpoint: `https://127.0.0.1:${server.port}`, caFile: 'ca.crt', channels: ['C1'] } },
    }),
  );
  const loaded = await loadConfig({
    file,
    env: { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken },
  });
  if (loaded.kind === 'bad') throw new Error(JSON.stringify(loaded.mistakes));
  const { config } = loaded;
  async function started(): Promise<Bot> {
    const opened = await openStore({ kind: 'sqlite', file: config.store.file });
    if (opened.kind !== 'open') throw new Error(opened.message);
    const log = createLog({ name: 'test', level: 'silent' });
    return startBot(config, opened.store, { now: () => Date.now() }, log);
  }
  let bot = await started();
  cleanups.push(() => bot.close());

  const home = () => JSON.stringify(workspace.views('U1').home?.content.blocks ?? []);
  const said = (message: Message | undefined, words: string) => JSON.stringify(message?.blocks).includes(words);
  const cards = () =>
    workspace
      .channel('C1')
      .messages()
      .filter((message) => !isCard(message));
  await vi.waitFor(() => expect(server.asked()).toBeGreaterThan(1), { timeout: patience.timeoutMs });
  await server.down();
  const card = await workspace.waitFor(() => cards()[0], patience);
  expect(said(card, 'prod API server')).toBe(true);
  expect(said(card, `connection refused at 127.0.0.1:${server.port}`)).toBe(true);

  await workspace.as('U1').click(card, { actionId: actionIds.openOutage });
  await workspace.waitFor(() => workspace.channel('C1').messages().some(isCard), patience);
  await workspace.waitFor(() => said(cards()[0], 'Being investigated'), patience);
  await workspace.as('U1').openHome();
  await workspace.waitFor(() => home().includes('*prod* is down since') && home().includes('inv-'), patience);

  await bot.close();
  bot = await started();
  await server.up();
  await workspace.waitFor(() => said(cards()[0], 'answers again'), patience);
  await workspace.waitFor(
    () =>
      workspace
        .channel('C1')
        .thread(card.ts)
        .some((one) => said(one, 'it was down for')),
    patience,
  );
  expect(workspace.channel('C1').messages()).toHaveLength(2);
  expect(workspace.violations).toEqual([]);
}, 120_000);
