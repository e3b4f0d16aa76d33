import { expect, onTestFinished, test } from 'vitest';
import { sourceKind } from '../../src/changes/sources/registry.ts';
import { change, judged, minute } from '../correlation/given.ts';
import { ledgerSource, serveLedger } from '../fakes/ledger.ts';
import { eventually } from '../link/stage.ts';
import { isCard, words } from '../slack/stage.ts';
import { botWithSources } from './bot-with-sources.ts';

async function aBot() {
  const ledger = await serveLedger();
  onTestFinished(() => ledger.close());
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
  return { ...(await botWithSources({ kinds: [kind] })), ledger };
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
