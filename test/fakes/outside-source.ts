import type { Looked, OutsideSource, Stretch } from '../../src/changes/sources/source.ts';

export interface ScriptedSource extends OutsideSource {
  /** The stretches it was asked for so far. */
  readonly asked: Stretch[];
}

/** A source whose answers a test decides; it works, and saw all, unless told otherwise. */
export function scriptedSource(
  given: Partial<OutsideSource> & { answer?: (stretch: Stretch, signal: AbortSignal) => Promise<Partial<Looked>> } = {},
): ScriptedSource {
  const { answer, ...rest } = given;
  const asked: Stretch[] = [];
  const source = {
    name: 'aws',
    instance: 'prod-eu',
    clusters: ['prod'],
    tells: [{ categories: ['security-group'], words: 'AWS security groups (prod-eu)' }],
    lateMs: 0,
    reachesBackMs: 90 * 24 * 60 * 60_000,
    lookEveryMs: 60_000,
    examine: async () => [],
    ...rest,
  } satisfies Partial<OutsideSource>;
  return {
    ...source,
    asked,
    async look(stretch, signal) {
      asked.push(stretch);
      const looked = (await answer?.(stretch, signal)) ?? {};
      const categories = source.tells.flatMap((told) => told.categories);
      return { changes: [], covered: [{ ...stretch, categories }], troubles: [], ...looked };
    },
  };
}
