import { gravity, type Passage, type Passing, type Side } from '../../packet/network-policy/may-pass.ts';
import type { PolicyName } from '../../packet/network-policy/peer.ts';
import type { Why } from './contract.ts';

/** What policies say to one question, in whichever way it was put together. */
export interface Ruling {
  readonly passage: Passage;
  readonly why: Why;
  readonly policies: readonly PolicyName[];
  readonly blocks: readonly string[];
}

export function rulingOf(passing: Passing): Ruling {
  return rulingOfSide(passing.decidedBy);
}

export function rulingOfSide({ passage, because, isolatedBy, allowedBy, unreadable, blocks }: Side): Ruling {
  const policies = because === 'unreadablePolicy' ? unreadable : allowedBy === null ? isolatedBy : [allowedBy.policy];
  return { passage, why: because, policies, blocks };
}

/**
 * Of forms that one flow may take, without anybody being able to tell which: they agree, or it is unknown.
 * @param rulings at least one.
 */
export function agree(rulings: readonly Ruling[], otherwise: Why): Ruling {
  const [first, ...rest] = rulings;
  if (first === undefined) throw new RangeError('agree() needs at least one ruling');
  if (rest.every(({ passage }) => passage === first.passage)) return first;
  const gravest = rulings.reduce((a, b) => (gravity.indexOf(b.passage) < gravity.indexOf(a.passage) ? b : a));
  return { ...gravest, passage: 'unknown', why: otherwise };
}
