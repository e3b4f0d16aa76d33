import type { Log } from '../../../ops/log.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { KubeSnapshot } from '../../../words/kube.ts';
import type { WatchOrder } from '../../../words/stream.ts';
import type { Note } from './note.ts';
import { policyEffect } from './policy-effect.ts';
import { nameOf } from './told.ts';

/** What has to be known to say what a change does to clients. */
export interface Judged {
  readonly uid: string;
  readonly before: Note | null;
  readonly after: Note | null;
  /** Seen for the first time: what it was before is not known. */
  readonly beforeUnknown: boolean;
}

/** null: a change of this kind can't be evaluated at all, and is weighed by what it is. */
export function judgeChange(
  { uid, before, after, beforeUnknown }: Judged,
  cluster: () => KubeSnapshot | null,
  order: WatchOrder | null,
  log: Log,
): ChangeEffect | null {
  const note = after ?? before;
  if (note?.kind === 'OtherPolicy') return unknown(`What a ${note.of} does is not evaluated.`);
  if (note?.kind !== 'NetworkPolicy') return null;
  if (order === null) return unknown('The bot has not told yet which clients and gateways matter.');
  const snapshot = cluster();
  if (snapshot === null) return unknown('The cluster could not be listed, so it could not be evaluated.');
  const { namespace, name } = note;
  const said = (one: Note | null) => (one?.kind === 'NetworkPolicy' ? { name, spec: one.spec } : null);
  try {
    const was = beforeUnknown ? 'unknown' : said(before);
    return policyEffect({ namespace, uid, before: was, after: said(after) }, snapshot, order);
  } catch (error) {
    log.warn({ error, policy: nameOf(note) }, 'a policy could not be evaluated');
    return unknown('It could not be evaluated.');
  }
}

function unknown(words: string): ChangeEffect {
  return { kind: 'judged', verdict: 'unknown', words };
}
