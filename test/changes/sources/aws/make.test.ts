import { afterEach, beforeEach, expect, test } from 'vitest';
import { awsSources } from '../../../../src/changes/sources/aws/make.ts';
import { memories } from '../../../fakes/source-memory.ts';
import { entryOf, frontAddress } from './prod.ts';
import { type AwsStage, minute, never, noon, stage } from './stage.ts';

let on: AwsStage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

test('the sources of several entries, by the URLs of their clusters; one account is asked at one pace', async () => {
  const make = awsSources();
  const needs = { clock: on.clock, endpointOf: async () => `https://${frontAddress}`, memoryOf: memories() };
  const sources = ['a', 'b'].flatMap((name) => make(entryOf(on.aws.url, { name, clusters: [name] }), needs));
  expect(sources.map(({ name, instance, clusters }) => [name, instance, clusters])).toEqual([
    ['aws', 'a', ['a']],
    ['aws', 'b', ['b']],
  ]);
  await Promise.all(sources.map((source) => source.look({ fromAt: noon - 20 * minute, toAt: noon }, never)));
  const [first, second] = on.aws.asked.filter(({ action }) => action === 'cloudtrail:LookupEvents');
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(500);
  expect((await sources[0]?.knownModel('a'))?.model.ways).toHaveLength(1);
  expect(sources[0]?.requests()).toBeGreaterThan(5);
  for (const source of sources) await source.close?.();
});

test('a cluster whose endpoint nobody knows yet is told, and nothing is asked about it', async () => {
  const [source] = awsSources()(entryOf(on.aws.url), {
    clock: on.clock,
    endpointOf: async () => null,
    memoryOf: memories(),
  });
  expect(await source?.currentModel('prod', never)).toMatchObject({
    kind: 'trouble',
    trouble: { words: 'it is not known where clients of prod connect; set its endpoint' },
  });
  await source?.close?.();
});
