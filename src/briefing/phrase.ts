import { utcTime } from './time.ts';

/**
 * Words with moments among them. Each medium escapes the words its own way and shows a moment its own way:
 * the reader's clock in Slack, UTC in a terminal.
 */
export type Phrase = readonly (string | Moment)[];

/** Epoch ms. */
interface Moment {
  readonly at: number;
}

/** In plain text, moments in UTC. */
export function plainPhrase(phrase: Phrase): string {
  return phrase.map((part) => (typeof part === 'string' ? part : `${utcTime(part.at)} UTC`)).join('');
}
