import type { Hit, RuleAnswer } from '../words/diagnosis.ts';
import type { Covered } from './cover.ts';
import type { Found, InWindow } from './find-in-windows.ts';
import { ranked } from './link-chains.ts';
import type { Scene } from './read-scene.ts';
import type { Situation } from './situation.ts';
import { reasonsOf, type Weighed } from './weigh.ts';

/** More than a person reads; the rest is counted. */
const mostHits = 50;

/** What one rule's window holds, judged in the order of its hits. */
export interface Look extends Found {
  readonly judged: readonly Weighed[];
}

/** What a rule says: what its window holds, or how much "nothing" is worth. */
export function answerOf(
  { rule, widened, hits, judged, justOutside }: Look,
  covered: Covered | undefined,
  { notApplicable }: Situation,
  scene: Scene,
): RuleAnswer {
  const pairs = hits.flatMap((hit, index) => {
    const weighed = judged[index];
    return weighed === undefined ? [] : [{ hit, weighed }];
  });
  const inOrder = ranked(pairs, ({ weighed }) => weighed);
  const shown = inOrder.slice(0, mostHits).map(({ hit, weighed }) => asHit(hit, weighed, scene));
  const why = notApplicable[rule.id];
  const base = { rule: rule.id, widened, hits: shown, moreHits: inOrder.length - shown.length, justOutside };
  if (why !== undefined && shown.length === 0) {
    return { ...base, kind: 'notApplicable', unseen: [why], pendingUntilAt: null, justOutside: 0 };
  }
  return {
    ...base,
    kind: shown.length > 0 ? 'inTheWindow' : emptyKind(covered),
    unseen: [...(covered?.unseen ?? [])],
    pendingUntilAt: covered?.pendingUntilAt ?? null,
  };
}

function emptyKind(covered: Covered | undefined): RuleAnswer['kind'] {
  switch (covered?.kind) {
    case 'whole':
      return 'nothing';
    case 'part':
      return 'nothingInWhatWasSeen';
    case 'pending':
      return 'pending';
    default:
      return 'noData';
  }
}

function asHit({ placed, onlyWidened }: InWindow, weighed: Weighed, scene: Scene): Hit {
  const { change, standing, isEffect, against } = weighed;
  return {
    change,
    ...placed,
    standing,
    isEffect,
    reasons: reasonsOf(weighed, scene),
    against: [...against],
    onlyWidened,
  };
}
