import { lastBefore } from './contradict.ts';
import { readEffect } from './read-effect.ts';
import type { Scene } from './read-scene.ts';
import { sameThing } from './stretches.ts';
import type { Weighed } from './weigh.ts';
import { howLong, unstopped } from './words.ts';

/**
 * What was undone before the failures began, and was followed by good probes, did not begin them: however long it may
 * take until it works, it does not any more. A later change of the same thing undoes it when by it the clients that fail
 * were let in again.
 */
export function withdraw(weighed: readonly Weighed[], scene: Scene): readonly Weighed[] {
  const mends = Map.groupBy(
    weighed.flatMap(({ change }) => (isMendBefore(change, scene) ? [change] : [])),
    sameThing,
  );
  return weighed.map((one) => {
    const { change, standing, relation, placed, against } = one;
    const mayBeUndone =
      (standing === 'explains' || standing === 'possible') && relation.part === 'trigger' && placed.side === 'before';
    if (!mayBeUndone) return one;
    const undoneBy = mends
      .get(sameThing(change))
      ?.find(({ id, earliestAt }) => id !== change.id && earliestAt >= change.latestAt);
    if (undoneBy === undefined) return one;
    const when = howLong(scene.onset.earliestAt - undoneBy.latestAt);
    const words = `It was undone ${when} before the first failures, and probes were good since: ${unstopped(undoneBy.summary)}.`;
    return { ...one, standing: 'contradicted', against: [words, ...against] };
  });
}

function isMendBefore({ effect, certainty, latestAt }: Weighed['change'], { clients, onset, good }: Scene): boolean {
  return (
    effect !== null &&
    certainty === 'seen' &&
    readEffect(effect, clients).kind === 'mends' &&
    good.some((stretch) => lastBefore(stretch, onset.earliestAt) > latestAt)
  );
}
