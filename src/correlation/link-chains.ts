import type { Change } from '../words/change.ts';
import { overlap, readRange } from './ranges.ts';
import { compareRanks, compareStandings, type Rank } from './rank.ts';
import { compareText, rangesOf, type Scene } from './read-scene.ts';
import type { Suspect } from './relate.ts';
import { isFinding, type Weighed } from './weigh.ts';
import { howLong, sentence, unstopped } from './words.ts';

export function rankOf({ standing, agreement, placed, change }: Weighed): Rank {
  return { standing, agreement, side: placed.side, distanceMs: placed.distanceMs, key: change.id };
}

/** Best first. Ranks are made once: there may be thousands. */
export function ranked<T>(list: readonly T[], weighedOf: (one: T) => Weighed): readonly T[] {
  return list
    .map((one) => ({ one, rank: rankOf(weighedOf(one)) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ one }) => one);
}

/**
 * What only shows beside other changes: a restart that a change of the server's manifest began is part of that change,
 * two sources that saw one restart are one, and one of several control-plane nodes alone does not take the API away.
 */
export function linkChains(weighed: readonly Weighed[], scene: Scene): readonly Weighed[] {
  const alike = nodesAlike(weighed);
  const judged = weighed.map((one) => lessened(one, alike, scene));
  const symptoms = judged.filter(isSymptom).toSorted(inTime);
  const triggers = judged.filter(isTrigger).toSorted(inTime);
  const settings = judged.filter(isSetting).toSorted(inTime);
  const named = settings.filter(({ relation }) => relation.named === true);

  const partOf = foldPods(triggers);
  const followed = new Map<Weighed, Weighed>();
  for (const symptom of symptoms) {
    const begunBy =
      triggers.findLast(
        (trigger) =>
          !partOf.has(trigger) && mayHaveBegun(trigger, symptom) && apart(trigger, symptom) <= rollsOutWithinMs,
      ) ?? named.findLast((setting) => mayHaveBegun(setting, symptom));
    if (begunBy === undefined) continue;
    partOf.set(symptom, begunBy);
    const known = followed.get(begunBy);
    if (known === undefined || compareStandings(symptom.standing, known.standing) < 0) followed.set(begunBy, symptom);
  }
  foldTwins(symptoms, partOf);
  foldFindings(judged, partOf);

  const alone = symptoms.filter((symptom) => !partOf.has(symptom) && symptom.standing === 'explains');
  return judged.map((one) => {
    const lead = partOf.get(one);
    const symptom = followed.get(one);
    if (lead !== undefined) return { ...one, partOf: lead.change.id, reasons: [partWords(one, lead), ...one.reasons] };
    if (symptom !== undefined) return ledTo(one, symptom);
    return isSetting(one) ? perhapsRead(one, alone) : one;
  });
}

function isSymptom({ relation, standing, isEffect }: Weighed): boolean {
  const isOne = relation.part === 'symptom' && (relation.suspect === 'process' || relation.suspect === 'endpoints');
  return isOne && !isEffect && (standing === 'explains' || standing === 'possible');
}

/** Judged by what followed it, as long as nobody knew what it does. */
function isSetting({ relation, placed, change, standing }: Weighed): boolean {
  return (
    relation.part === 'setting' &&
    relation.suspect === 'process' &&
    placed.side !== 'after' &&
    (change.effect === null || (change.effect.kind === 'judged' && change.effect.verdict === 'unknown')) &&
    standing !== 'contradicted'
  );
}

function isTrigger({ relation, standing }: Weighed): boolean {
  return (
    relation.part === 'trigger' &&
    relation.suspect === 'process' &&
    (standing === 'explains' || standing === 'possible')
  );
}

function inTime(a: Weighed, b: Weighed): number {
  return (
    a.change.earliestAt - b.change.earliestAt ||
    a.change.latestAt - b.change.latestAt ||
    compareText(a.change.id, b.change.id)
  );
}

function mayHaveBegun(first: Weighed, then: Weighed): boolean {
  return first.change.earliestAt <= then.change.latestAt && isSameNode(first.change, then.change);
}

function isSameNode({ target: a }: Change, { target: b }: Change): boolean {
  return a.node === null || b.node === null || a.node === b.node;
}

/** The API tells of a new manifest by its pod, the node by the file: one edit. */
function foldPods(triggers: readonly Weighed[]): Map<Weighed, Weighed> {
  const files = triggers.filter(({ change }) => change.target.kind !== 'Pod');
  const pods = triggers.filter(({ change }) => change.target.kind === 'Pod');
  return new Map(
    pods.flatMap((pod) => {
      const file = files.findLast((one) => isSameNode(one.change, pod.change) && apart(one, pod) <= twinsWithinMs);
      return file === undefined ? [] : [[pod, file] as const];
    }),
  );
}

/** The kubelet looks every 20 s, and lets the old server finish what it serves. */
const rollsOutWithinMs = 5 * 60_000;

/** One restart may be told by the API and by the node's files, and its socket goes with it. */
const twinsWithinMs = 60_000;

function foldTwins(symptoms: readonly Weighed[], partOf: Map<Weighed, Weighed>): void {
  const leads: Weighed[] = [];
  for (const one of ranked(symptoms, (symptom) => symptom)) {
    if (partOf.has(one)) continue;
    const lead = leads.find((other) => isSameNode(other.change, one.change) && apart(other, one) <= twinsWithinMs);
    if (lead === undefined) leads.push(one);
    else partOf.set(one, lead);
  }
}

/** A balancer that can't reach its servers shows what somebody changed on that way, however near its own finding is. */
function foldFindings(judged: readonly Weighed[], partOf: Map<Weighed, Weighed>): void {
  const causes = judged.filter(
    ({ relation, standing }) => relation.part === 'trigger' && (standing === 'explains' || standing === 'possible'),
  );
  for (const finding of judged) {
    if (!isFinding(finding.relation) || finding.standing !== 'possible') continue;
    const lead = ranked(causes, (cause) => cause).find(
      (cause) => mayHaveBegun(cause, finding) && apart(cause, finding) <= rollsOutWithinMs,
    );
    if (lead !== undefined) partOf.set(finding, lead);
  }
}

function apart({ change: a }: Weighed, { change: b }: Weighed): number {
  return Math.max(0, a.earliestAt - b.latestAt, b.earliestAt - a.latestAt);
}

function partWords({ change }: Weighed, { change: lead, relation }: Weighed): string {
  return relation.part === 'symptom'
    ? sentence(`It is told as one with: ${lead.summary}`)
    : sentence(`It came ${after(lead, change)}, which is told as the cause: ${lead.summary}`);
}

function after(first: Change, then: Change): string {
  const least = then.earliestAt - first.latestAt;
  return least <= 0 ? 'about when something else was changed' : `${howLong(least)} after another change`;
}

/** What followed is among its reasons; and what it led to explains as much of it as of itself. */
function ledTo(one: Weighed, symptom: Weighed): Weighed {
  const least = symptom.change.earliestAt - one.change.latestAt;
  const when = least <= 0 ? 'At about the same time' : `${howLong(least)} later`;
  const words = sentence(`${when}: ${symptom.change.summary}`);
  const standing = compareStandings(symptom.standing, one.standing) < 0 ? symptom.standing : one.standing;
  if (one.relation.part !== 'setting') return { ...one, standing, reasons: [...one.reasons, words] };
  const reasons = [
    'It is about what serves the API, which went away after it.',
    words,
    ...symptom.reasons,
    ...one.reasons.slice(1),
  ];
  return { ...one, standing, agreement: symptom.agreement, reasons, against: symptom.against };
}

/** Nothing says that the server reads it; yet it went away right after, and nothing else that was seen explains why. */
function perhapsRead(one: Weighed, alone: readonly Weighed[]): Weighed {
  const symptom = alone.find((symptom) => mayHaveBegun(one, symptom));
  if (symptom === undefined) return one;
  const words = `No other change was seen that would explain what followed: ${unstopped(symptom.change.summary)}. Whether it has to do with this one can't be known.`;
  return { ...one, standing: 'possible', agreement: 'open', reasons: [words, ...one.reasons.slice(1)] };
}

/** Nodes on which changes of one kind explain the failure. */
function nodesAlike(weighed: readonly Weighed[]): ReadonlyMap<Suspect, ReadonlySet<string>> {
  const explaining = weighed.filter(({ standing }) => standing === 'explains');
  const groups = Map.groupBy(explaining, ({ relation }) => relation.suspect);
  return new Map(
    Array.from(groups, ([suspect, alike]) => [
      suspect,
      new Set(alike.flatMap(({ change }) => change.target.node ?? [])),
    ]),
  );
}

/** One of several control-plane nodes: the others should serve, unless clients come by this one or all were changed alike. */
function lessened(one: Weighed, alike: ReadonlyMap<Suspect, ReadonlySet<string>>, scene: Scene): Weighed {
  const { node } = one.change.target;
  const { controlPlaneNodes: nodes } = scene;
  if (one.standing !== 'explains' || node === null || nodes.length < 2 || isReached(one.change, node, scene))
    return one;
  if (nodes.every((name) => alike.get(one.relation.suspect)?.has(name))) return one;
  const words = `It is on ${node} alone, one of ${nodes.length} control-plane nodes: the others should still serve.`;
  return { ...one, standing: 'possible', against: [words, ...one.against] };
}

function isReached({ target, effect }: Change, node: string, { reached, nodeAddresses }: Scene): boolean {
  const told =
    effect?.kind === 'passages' ? effect.after.flatMap(({ to }) => readRange(to) ?? []) : rangesOf(target.addresses);
  const own = [...(nodeAddresses.get(node) ?? []), ...told];
  return reached.some((range) => own.some((one) => overlap(range, one) !== null));
}
