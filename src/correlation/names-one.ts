import type { Change } from '../words/change.ts';

/** Is the change about one of these, by the ids that a cloud gave them? */
export function namesOneOf({ id, target, summary, diff }: Change, ids: readonly string[]): boolean {
  const words = new Set([id, target.name, summary, ...diff].flatMap((text) => text.split(/[^\w-]+/)));
  return ids.some((one) => words.has(one));
}
