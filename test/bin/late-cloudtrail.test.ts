import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../../dev/stand-in/account.ts';
import { startAwsStandIn } from '../../dev/stand-in/aws.ts';
import { sourceKinds } from '../../src/changes/sources/registry.ts';
import { frontAddress, prod } from '../changes/sources/aws/prod.ts';
import { minute, record } from '../changes/sources/aws/stage.ts';
import { eventually } from '../link/stage.ts';
import { isCard, words } from '../slack/stage.ts';
import { botWithSources } from './bot-with-sources.ts';

/** The bot with the source of AWS as it is configured, save that it looks again at once. */
async function botBeforeAws(world = prod()) {
  process.env.AWS_ACCESS_KEY_ID ??= 'AKIASECRETSECRET';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'so-very-secret';
  const aws = await startAwsStandIn();
  onTestFinished(() => aws.close());
  serve(aws, world);
  const kinds = sourceKinds
    .filter(({ name }) => name === 'aws')
    .map((kind) => ({
      ...kind,
      make: async (...given: Parameters<typeof kind.make>) =>
        (await kind.make(...given)).map((source) => ({ ...source, lookEveryMs: 100 })),
    }));
  const bot = await botWithSources({
    kinds,
    changes: { aws: [{ name: 'prod-eu', region: 'eu-west-1', endpointUrl: aws.url }] },
    endpoint: `https://${frontAddress}:443`,
  });
  return {
    ...bot,
    aws,
    /** Resolves once CloudTrail was asked anew and answered. */
    async askedAgain() {
      const lookups = () => aws.asked.filter(({ action }) => action === 'cloudtrail:LookupEvents').length;
      const before = lookups();
      // One may have been under way; the one after the next begins when the next is over.
      await eventually(() => expect(lookups()).toBeGreaterThan(before + 2));
    },
  };
}

const rule = {
  groupId: 'sg-api',
  ipPermissions: {
    items: [{ ipProtocol: 'tcp', fromPort: 6443, toPort: 6443, ipRanges: { items: [{ cidrIp: '203.0.113.0/24' }] } }],
  },
};
const revoked = 'security group sg-api (api): no longer allowed in: tcp 6443 203.0.113.0/24';

test('an event that CloudTrail delivers 12 minutes late turns a pending answer into a cause on the same card, by itself', async () => {
  // The rule is back when the bot first reads the rules: nothing but the events can tell of it.
  const bot = await botBeforeAws();
  const { at, card } = await bot.asked(4, 'from 203.0.113.7');
  await eventually(() => expect(bot.rule5(card)).toContain('not yet known'));
  bot.advance(at - minute + 12 * minute - bot.clock.now());
  await bot.askedAgain();
  expect(bot.rule5(card)).toContain('not yet known');
  expect(bot.cardNow(card)).not.toContain('Leading cause');

  bot.aws.records.push(
    record('RevokeSecurityGroupIngress', at - minute, rule),
    record('AuthorizeSecurityGroupIngress', at + 2 * minute, rule),
  );
  await eventually(() => expect(bot.cardNow(card)).toContain('Leading cause (explains)'));
  expect(bot.cardNow(card)).toContain(revoked);
  const reply = await bot.workspace.waitFor(
    () => bot.inThread(card).find((one) => words(one).includes('Cause found')),
    { what: 'a reply that tells of the cause' },
  );
  expect(words(reply)).toContain('<@U1>');
  expect(words(reply)).toContain(revoked);
  expect(bot.rule5(card)).not.toContain('not yet known');
  expect(bot.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
  expect(bot.workspace.violations).toEqual([]);
});

test('where the rules that are in force keep clients out already, the late event says who did it and when', async () => {
  const world = prod();
  world.groupRules = world.groupRules.filter(({ id }) => id !== 'sgr-in');
  const bot = await botBeforeAws(world);
  const { at, card } = await bot.asked(2, 'from 203.0.113.7');
  await eventually(() => expect(bot.cardNow(card)).toContain('rules keep clients out'));
  expect(bot.cardNow(card)).not.toContain(revoked);

  bot.advance(at - minute + 12 * minute - bot.clock.now());
  await bot.askedAgain();
  expect(bot.cardNow(card)).not.toContain(revoked);
  bot.aws.records.push(record('RevokeSecurityGroupIngress', at - minute, rule));
  await eventually(() => expect(bot.cardNow(card)).toContain(revoked));
  const told = () => bot.inThread(card).filter((one) => words(one).includes('<@U1>'));
  await eventually(() => expect(told().map(words).join()).toContain(revoked));
  expect(bot.workspace.channel('C1').messages().filter(isCard)).toHaveLength(1);
  expect(bot.workspace.violations).toEqual([]);
});
