import type { Asked } from './api/failure.ts';

/** What was answered; of what failed it takes note, and gives the other. */
export type Told = <T>(asked: Asked<T>, otherwise: T) => T;

export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
