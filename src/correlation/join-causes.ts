import type { Cause } from '../words/diagnosis.ts';
import type { RuleId } from '../words/rule.ts';
import type { Look } from './answer-rule.ts';
import type { EvidenceCause } from './from-evidence.ts';
import { ranked, rankOf } from './link-chains.ts';
import { namesOneOf } from './names-one.ts';
import { compareRanks, type Rank } from './rank.ts';
import type { Scene } from './read-scene.ts';
import { reasonsOf, type Weighed } from './weigh.ts';

/** More than a person weighs. */
const mostCauses = 50;

interface Ranked {
  readonly cause: Cause;
  readonly rank: Rank;
}

/** All explanations, best first. What a change explains and the evidence shows is one cause: the change. */
export function joinCauses(looks: readonly Look[], evidence: readonly EvidenceCause[], scene: Scene): Cause[] {
  const explaining = looks.flatMap(({ rule, judged }) =>
    judged.filter(isCause).map((weighed) => ({ rule: rule.id, weighed })),
  );
  const changes = ranked(explaining, ({ weighed }) => weighed).slice(0, mostCauses);

  const shown = new Map<Weighed, EvidenceCause[]>();
  const alone: EvidenceCause[] = [];
  for (const one of evidence) {
    const change = changes.find(({ weighed }) => isSame(weighed, one))?.weighed;
    if (change === undefined) alone.push(one);
    else shown.set(change, [...(shown.get(change) ?? []), one]);
  }
  return [
    ...changes.map(({ rule, weighed }) => ofChange(rule, weighed, shown.get(weighed) ?? [], scene)),
    ...alone.map(ofEvidence),
  ]
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .slice(0, mostCauses)
    .map(({ cause }) => cause);
}

function isCause({ standing, isEffect, partOf }: Weighed): boolean {
  return standing !== 'coincides' && !isEffect && partOf === null;
}

function isSame({ standing, relation, change }: Weighed, { suspects, node, about = [] }: EvidenceCause): boolean {
  const { node: own } = change.target;
  return (
    standing === 'explains' &&
    suspects.includes(relation.suspect) &&
    (node === null || own === null || node === own) &&
    (about.length === 0 || namesOneOf(change, about))
  );
}

function ofChange(rule: RuleId, weighed: Weighed, shownBy: readonly EvidenceCause[], scene: Scene): Ranked {
  const { change, standing, against } = weighed;
  const reasons = reasonsOf(weighed, scene);
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
  const rank = rankOf(weighed);
  return { cause, rank: shownBy.length > 0 && against.length === 0 ? { ...rank, agreement: 'agrees' } : rank };
}

function ofEvidence({ key, standing, title, reasons: found, alone, against }: EvidenceCause): Ranked {
  const reasons = alone === undefined ? found : [...found, alone];
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
