import { expect, test } from 'vitest';
import { scriptedSource } from '../fakes/outside-source.ts';
import { theseFaultsAreNamed } from './faults.ts';
import { aSetUp, doctor } from './set-up.ts';

theseFaultsAreNamed([
  {
    what: 'a source that lacks a permission',
    does(setUp) {
      const words = 'it may not be read; grant the bot ec2:DescribeSecurityGroups';
      const examine = async () => [{ what: 'ec2:DescribeSecurityGroups', outcome: 'missing' as const, words }];
      setUp.sources = [scriptedSource({ instance: 'prod-eu', examine })];
    },
    ...{ check: 'sources', outcome: 'failed', words: /^aws prod-eu: ec2:DescribeSecurityGroups: it may not be read/ },
    mend: /grant the bot ec2:DescribeSecurityGroups/,
  },
]);

test('a source that breaks shows no secret', async () => {
  const setUp = await aSetUp();
  const examine = () => Promise.reject(new Error('no xoxb-1-abcdef here'));
  setUp.sources = [scriptedSource({ instance: 'breaks', examine })];
  const { out } = await doctor(setUp);
  expect(out).toContain('it broke: Error: no [secret] here');
  expect(out).not.toContain('xoxb-1-abcdef');
});
