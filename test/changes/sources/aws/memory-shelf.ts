import type { ModelShelf } from '../../../../src/changes/sources/aws/shelf.ts';

export function memoryShelf(): ModelShelf {
  const kept = new Map<string, string>();
  return {
    async get(key) {
      const text = kept.get(key);
      return text === undefined ? null : JSON.parse(text);
    },
    async put(key, value) {
      kept.set(key, JSON.stringify(value));
    },
  };
}
