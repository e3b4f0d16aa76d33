import { expect, test } from 'vitest';
import { makeSources, sourceKind } from '../../../src/changes/sources/registry.ts';
import { scriptedSource } from '../../fakes/outside-source.ts';
import { recordedLog } from '../../link/stage.ts';

const needs = {
  clock: { now: () => 0 },
  log: recordedLog().log,
  endpointOf: async () => null,
  placesOf: async () => [],
  memoryOf: () => ({ last: async () => null, keep: async () => {} }),
};
const nothing = { aws: [], github: [], haproxy: [] };

/** A kind with one source for each entry, that counts how often it was loaded. */
function aKind(name: string, ...entries: readonly { instance: string; clusters: readonly string[] }[]) {
  let loaded = 0;
  const kind = sourceKind(
    name,
    () => entries,
    async () => {
      loaded += 1;
      return (entry) => [scriptedSource({ name, ...entry })];
    },
  );
  return { kind, loaded: () => loaded };
}

test('of what is not configured nothing is loaded', async () => {
  const aws = aKind('aws');
  expect(await makeSources(nothing, ['prod'], needs, [aws.kind])).toEqual([]);
  expect(aws.loaded()).toBe(0);
  expect(await makeSources(nothing, ['prod'], needs)).toEqual([]);
});

test('an entry that names no clusters is for all of them', async () => {
  const aws = aKind('aws', { instance: 'a', clusters: [] }, { instance: 'b', clusters: ['stage'] });
  const github = aKind('github', { instance: 'acme/infra', clusters: [] });
  const made = await makeSources(nothing, ['prod', 'stage'], needs, [aws.kind, github.kind]);
  expect(made.map(({ name, instance, clusters }) => [name, instance, clusters])).toEqual([
    ['aws', 'a', ['prod', 'stage']],
    ['aws', 'b', ['stage']],
    ['github', 'acme/infra', ['prod', 'stage']],
  ]);
  expect([aws.loaded(), github.loaded()]).toEqual([1, 1]);
});

test('the same source twice is refused: its requests would count twice', async () => {
  const aws = aKind('aws', { instance: 'a', clusters: ['prod'] }, { instance: 'a', clusters: ['stage'] });
  await expect(makeSources(nothing, ['prod', 'stage'], needs, [aws.kind])).rejects.toThrow(
    'changes.aws names a twice; put its clusters into one entry',
  );
});
