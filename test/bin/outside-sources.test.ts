import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { startBot } from '../../src/bin/start-bot.ts';
import { sourceKind } from '../../src/changes/sources/registry.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLog } from '../../src/ops/log.ts';
import { opened } from '../contracts/store.ts';
import { change, judged, minute } from '../correlation/given.ts';
import { ledgerSource, serveLedger } from '../fakes/ledger.ts';
import { eventually } from '../link/stage.ts';
import { isCard, words } from '../slack/stage.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The bot as it is started, with one cluster and one source outside of it, before the strict workspace. */
async function aBot() {
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs };
  const ledger = await serveLedger();
  const workspace = await startWorkspace({
    manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
    users: [{ id: 'U1', name: 'ana', tz: 'UTC' }],
    channels: [{ id: 'C1', name: 'incidents' }],
  });
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bot-'));
  const file = join(folder, 'apidown.yaml');
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      slack: { apiUrl: workspace.apiUrl },
      hub: { listen: '127.0.0.1:0' },
      http: { listen: '127.0.0.1:0' },
      outside: { vantage: false },
      clusters: { prod: { endpoint: 'https://10.0.0.10:6443' } },
    }),
  );
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
  const loaded = await loadConfig({ file, env });
  if (loaded.kind === 'bad') throw new Error(JSON.stringify(loaded.mistakes));
  const store = await opened({ kind: 'sqlite', file: ':memory:' });
  const kind = sourceKind(
    'ledger',
    () => [{ clusters: [] }],
    async () =>
      ({ clusters }, needs) => [
        ledgerSource({
          url: ledger.url,
          instance: 'prod-eu',
          clusters,
          clock: needs.clock.now,
          lateMs: 15 * minute,
          lookEveryMs: 100,
        }),
      ],
  );
  const bot = await startBot(loaded.config, store, clock, createLog({ name: 'test', level: 'silent' }), [kind]);
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => ledger.close(),
    () => workspace.close(),
    () => bot.close(),
  );
  const inThread = (card: Message) => workspace.channel('C1').thread(card.ts);
  return {
    workspace,
    ledger,
    clock,
    store,
    advance(ms: number) {
      aheadMs += ms;
    },
    /** Asked for by a person who says since when it fails: the start of a minute. */
    async asked(minutesAgo: number) {
      const at = Math.floor(clock.now() / minute) * minute - minutesAgo * minute;
      const said = new Date(at).toISOString().slice(0, 16);
      await workspace.as('U1').command('C1', '/apidown', `investigate prod since ${said}Z`);
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

test('a change that is told 12 minutes late turns a pending answer into a cause on the same card, by itself', async () => {
  const bot = await aBot();
  const { at, card } = await bot.asked(2);
  await eventually(() => expect(bot.rule5(card)).toContain('not yet known'));
  expect(bot.cardNow(card)).not.toContain('Leading cause');

  bot.advance(12 * minute);
  bot.ledger.entries.push(
    change({
      id: 'ledger:revoke-1',
      at: at - minute,
      category: 'security-group',
      effect: judged('breaks', '203.0.113.0/24 was let in before it and is denied after it'),
      target: { kind: 'security group', name: 'sg-1', addresses: ['10.0.0.10'], ports: [6443] },
      summary: 'ingress of 203.0.113.0/24 to 6443 revoked from sg-1',
    }),
  );
  await eventually(() => expect(bot.cardNow(card)).toContain('Leading cause (explains)'));
  expect(bot.cardNow(card)).toContain('revoked from sg-1');
  const reply = await bot.workspace.waitFor(
    () => bot.inThread(card).find((one) => words(one).includes('Cause found')),
    { what: 'a reply that tells of the cause' },
  );
  expect(words(reply)).toContain('<@U1>');
  expect(bot.rule5(card)).not.toContain('not yet known');
  expect(bot.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
  expect(bot.workspace.violations).toEqual([]);
});

test('a source that fails is "no data" with its reason, and the metrics say who; once it answers, so does the rule', async () => {
  const bot = await aBot();
  bot.ledger.behave('expired');
  await eventually(async () => expect(await bot.metrics()).toContain(metric('up', 0)));
  const { card } = await bot.asked(300);
  await eventually(() => {
    expect(bot.rule5(card)).toContain('no data');
    expect(bot.rule5(card)).toContain('the credentials have expired; renew them');
  });
  bot.ledger.behave('well');
  await eventually(() => expect(bot.rule5(card)).toMatch(/after\): nothing\\n$/));
  await eventually(async () => expect(await bot.metrics()).toContain(metric('up', 1)));
  const names = new Set((await bot.metrics()).map((line) => /^\w+/.exec(line)?.[0]));
  expect([...names].sort()).toEqual(
    ['up', 'last_look_age_seconds', 'looks_total', 'requests_total'].map((name) => `apidown_source_${name}`).sort(),
  );
  expect(bot.workspace.violations).toEqual([]);
});

function metric(name: string, value: number): string {
  return `apidown_source_${name}{source="ledger",instance="prod-eu"} ${value}`;
}
