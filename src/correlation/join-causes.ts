import type { Cause } from '../words/diagnosis.ts';
import type { RuleId } from '../words/rule.ts';
import type { Found } from './find-in-windows.ts';
import type { EvidenceCause } from './from-evidence.ts';
import { type Linked, rankOf } from './link-chains.ts';
import { compareRanks, type Rank } from './rank.ts';

/** More than a person weighs. */
const mostCauses = 50;

interface Ranked {
  readonly cause: Cause;
  readonly rank: Rank;
}

/** All explanations, best first. What a change explains and the evidence shows is one cause: the change. */
export function joinCauses(
  found: readonly Found[],
  judged: ReadonlyMap<string, Linked>,
  evidence: readonly EvidenceCause[],
): Cause[] {
  const changes = found
    .flatMap(({ rule, hits }) =>
      hits.flatMap(({ timed }) => {
        const linked = judged.get(timed.change.id);
        return linked === undefined || !isCause(linked) ? [] : [{ rule: rule.id, linked }];
      }),
    )
    .sort((a, b) => compareRanks(rankOf(a.linked), rankOf(b.linked)));

  const shown = new Map<Linked, EvidenceCause[]>();
  const alone: EvidenceCause[] = [];
  for (const one of evidence) {
    const change = changes.find(({ linked }) => isSame(linked, one))?.linked;
    if (change === undefined) alone.push(one);
    else shown.set(change, [...(shown.get(change) ?? []), one]);
  }
  return [
    ...changes.map(({ rule, linked }) => ofChange(rule, linked, shown.get(linked) ?? [])),
    ...alone.map(ofEvidence),
  ]
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .slice(0, mostCauses)
    .map(({ cause }) => cause);
}

function isCause({ standing, isEffect, partOf }: Linked): boolean {
  return standing !== 'coincides' && !isEffect && partOf === null;
}

function isSame({ standing, relation, change }: Linked, { suspects, node }: EvidenceCause): boolean {
  const { node: own } = change.target;
  return (
    standing === 'explains' && suspects.includes(relation.suspect) && (node === null || own === null || node === own)
  );
}

function ofChange(rule: RuleId, linked: Linked, shownBy: readonly EvidenceCause[]): Ranked {
  const { change, standing, reasons, against } = linked;
  const { earliestAt, latestAt } = change;
  const told = reasons.join('\n');
  const shown = shownBy
    .flatMap((one) => [`The steps show what it did: ${one.title}.`, ...one.reasons])
    .filter((words) => !told.includes(words));
  const cause = {
    key: change.id,
    standing,
    title: change.summary,
    rule,
    at: { earliestAt, latestAt },
    changeId: change.id,
    reasons: [...reasons, ...shown],
    against: [...against],
  };
  const rank = rankOf(linked);
  return { cause, rank: shownBy.length > 0 && against.length === 0 ? { ...rank, agreement: 'agrees' } : rank };
}

function ofEvidence({ key, standing, title, reasons, against }: EvidenceCause): Ranked {
  return {
    cause: { key, standing, title, rule: null, at: null, changeId: null, reasons: [...reasons], against: [...against] },
    rank: {
      standing,
      agreement: against.length === 0 ? 'agrees' : 'open',
      side: 'before',
      distanceMs: Number.POSITIVE_INFINITY,
      key,
    },
  };
}
