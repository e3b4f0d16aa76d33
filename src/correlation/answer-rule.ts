import type { Hit, RuleAnswer } from '../words/diagnosis.ts';
import type { Covered } from './cover.ts';
import type { Found, InWindow } from './find-in-windows.ts';
import { type Linked, rankOf } from './link-chains.ts';
import { compareRanks } from './rank.ts';
import type { Situation } from './situation.ts';

/** More than a person reads; the rest is counted. */
const mostHits = 50;

/** What a rule says: what its window holds, or how much "nothing" is worth. */
export function answerOf(
  { rule, widened, hits, justOutside }: Found,
  judged: ReadonlyMap<string, Linked>,
  covered: Covered | undefined,
  { notApplicable }: Situation,
): RuleAnswer {
  const ranked = hits
    .flatMap((hit) => {
      const linked = judged.get(hit.timed.change.id);
      return linked === undefined ? [] : [{ hit, linked }];
    })
    .sort((a, b) => compareRanks(rankOf(a.linked), rankOf(b.linked)));
  const shown = ranked.slice(0, mostHits).map(({ hit, linked }) => asHit(hit, linked));
  const why = notApplicable[rule.id];
  const base = { rule: rule.id, widened, hits: shown, moreHits: ranked.length - shown.length, justOutside };
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

function asHit({ placed, onlyWidened }: InWindow, linked: Linked): Hit {
  const { change, standing, isEffect, reasons, against } = linked;
  return { change, ...placed, standing, isEffect, reasons: [...reasons], against: [...against], onlyWidened };
}
