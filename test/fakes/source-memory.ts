import type { SourceMemory } from '../../src/changes/sources/memory.ts';

/** A memory that outlives sources, as the file does. */
export function memoryOf(): SourceMemory & { readonly kept: () => unknown } {
  let state: unknown = null;
  return {
    last: async () => state,
    async keep(next) {
      state = JSON.parse(JSON.stringify(next));
    },
    kept: () => state,
  };
}

/** The same for every source that has this name, as a store keeps it. */
export function memories(): (source: string, instance: string) => SourceMemory {
  const known = new Map<string, SourceMemory>();
  return (source, instance) => {
    const key = `${source} ${instance}`;
    const memory = known.get(key) ?? memoryOf();
    known.set(key, memory);
    return memory;
  };
}
