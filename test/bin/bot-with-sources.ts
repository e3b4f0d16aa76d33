import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { startBot } from '../../src/bin/start-bot.ts';
import type { SourceKind } from '../../src/changes/sources/registry.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLog } from '../../src/ops/log.ts';
import { opened } from '../contracts/store.ts';
import { minute } from '../correlation/given.ts';
import { isCard, words } from '../slack/stage.ts';

export interface BotWithSources {
  /** Kinds of sources that it knows. */
  readonly kinds: readonly SourceKind[];
  /** The section of the configuration. */
  readonly changes?: unknown;
  readonly endpoint?: string;
}

/** The bot as it is started, with one cluster and sources outside of it, before the strict workspace; ends with the test. */
export async function botWithSources({ kinds, changes = {}, endpoint = 'https://10.0.0.10:6443' }: BotWithSources) {
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs };
  const workspace = await startWorkspace({
    manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
    users: [{ id: 'U1', name: 'ana', tz: 'UTC' }],
    channels: [{ id: 'C1', name: 'incidents' }],
  });
  onTestFinished(() => workspace.close());
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bot-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'apidown.yaml');
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      slack: { apiUrl: workspace.apiUrl },
      hub: { listen: '127.0.0.1:0' },
      http: { listen: '127.0.0.1:0' },
      outside: { vantage: false },
      clusters: { prod: { endpoint } },
      changes,
    }),
  );
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
  const loaded = await loadConfig({ file, env });
  if (loaded.kind === 'bad') throw new Error(JSON.stringify(loaded.mistakes));
  const store = await opened({ kind: 'sqlite', file: ':memory:' });
  const bot = await startBot(loaded.config, store, clock, createLog({ name: 'test', level: 'silent' }), kinds);
  onTestFinished(() => bot.close());
  const inThread = (card: Message) => workspace.channel('C1').thread(card.ts);
  return {
    workspace,
    clock,
    advance(ms: number) {
      aheadMs += ms;
    },
    /** Asked for by a person who says since when it fails, the start of a minute, and for whom. */
    async asked(minutesAgo: number, forWhom = '') {
      const at = Math.floor(clock.now() / minute) * minute - minutesAgo * minute;
      const said = new Date(at).toISOString().slice(0, 16);
      await workspace.as('U1').command('C1', '/apidown', `investigate prod since ${said}Z ${forWhom}`.trimEnd());
      const card = await workspace.waitFor(() => workspace.channel('C1').messages().find(isCard), { what: 'a card' });
      return { at, card };
    },
    cardNow: (card: Message) => words(workspace.channel('C1').message(card.ts) ?? card),
    inThread,
    /** What the diagnosis in the thread says of security groups. */
    rule5: (card: Message) =>
      inThread(card)
        .map(words)
        .flatMap((text) => /\*5 Security groups\*.*?\\n\\?/.exec(`${text}\\n`)?.[0] ?? [])
        .join(),
    async metrics() {
      const response = await fetch(`http://127.0.0.1:${bot.healthPort}/metrics`);
      return (await response.text()).split('\n').filter((line) => line.startsWith('apidown_source_'));
    },
  };
}
