import { rules } from '../playbook/rules.ts';
import type { Change } from '../words/change.ts';
import type { Diagnosis } from '../words/diagnosis.ts';
import type { RuleId } from '../words/rule.ts';
import { answerOf, type Look } from './answer-rule.ts';
import { coverRule } from './cover.ts';
import { type Found, findInWindows } from './find-in-windows.ts';
import { causesFromEvidence } from './from-evidence.ts';
import { joinCauses } from './join-causes.ts';
import { linkChains } from './link-chains.ts';
import { type Clue, readClues } from './read-clues.ts';
import { compareText, readScene, type Scene, whereFrom } from './read-scene.ts';
import type { Situation } from './situation.ts';
import { weigh } from './weigh.ts';
import { withdraw } from './withdraw.ts';
import { howLong } from './words.ts';

/**
 * The playbook's diagnosis for one onset: every rule's answer, and the causes in order. Pure: the same for the same
 * situation, whatever order its parts come in.
 */
export function diagnose(given: Situation): Diagnosis {
  const situation = { ...given, changes: inOrder(given.changes) };
  const scene = readScene(situation);
  const clues = readClues(scene, situation);
  const looks = judge(findInWindows(situation), scene, clues);
  const covered = new Map(rules.map((rule) => [rule.id, coverRule(rule, situation)]));
  const answers = looks.map((look) => answerOf(look, covered.get(look.rule.id), situation, scene));
  const isWatched = (id: RuleId) => covered.get(id)?.kind === 'whole';
  const fromEvidence = causesFromEvidence(scene, clues, {
    firewallDenies: isWatched('firewall'),
    cloudDenies: isWatched('security-group'),
    cloudRouteDenies: isWatched('routing'),
    noTarget: isWatched('load-balancer'),
    policiesDeny: isWatched('network-policy'),
  });
  return {
    onset: situation.onset,
    answers,
    causes: joinCauses(looks, fromEvidence, scene),
    notes: notesOf(scene, clues),
  };
}

/** By time, each once: told twice, the newest telling stands. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const byId = new Map<string, Change>();
  for (const change of changes) {
    const known = byId.get(change.id);
    if (known === undefined || isNewer(change, known)) byId.set(change.id, change);
  }
  return [...byId.values()].sort((a, b) => a.earliestAt - b.earliestAt || compareText(a.id, b.id));
}

function isNewer(a: Change, b: Change): boolean {
  if (a.observedAt !== b.observedAt) return a.observedAt > b.observedAt;
  return JSON.stringify(a) > JSON.stringify(b);
}

/** What every window holds, judged: each for itself, then beside all the others. */
function judge(found: readonly Found[], scene: Scene, clues: readonly Clue[]): readonly Look[] {
  const weighed = found.flatMap(({ hits }) => hits.map(({ timed, placed }) => weigh(timed, placed, scene, clues)));
  const linked = linkChains(withdraw(weighed, scene), scene);
  let from = 0;
  return found.map((one) => {
    const judged = linked.slice(from, from + one.hits.length);
    from += one.hits.length;
    return { ...one, judged };
  });
}

const mostNotes = 6;

/** What the reader should know of the failing path and the pattern, whatever the causes are. */
function notesOf(scene: Scene, clues: readonly Clue[]): string[] {
  const patterns = clues.filter(
    ({ kind }) => kind === 'onlyOutside' || kind === 'silentEverywhere' || kind === 'linkLost',
  );
  const good = scene.good.map((stretch) => {
    const where = `${stretch.series.address ?? stretch.series.host}:${stretch.series.port}`;
    return `Probes of ${where} from ${whereFrom(stretch)} were good ${untilWords(stretch.toAt, scene)}.`;
  });
  return [...new Set([...patterns.map(({ words }) => words), ...good])].slice(0, mostNotes);
}

function untilWords(toAt: number, { onset }: Scene): string {
  if (toAt < onset.earliestAt) return `until ${howLong(onset.earliestAt - toAt)} before the first failures`;
  return toAt > onset.latestAt ? 'before and after it began' : 'until it began';
}
