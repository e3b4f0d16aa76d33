import type { Change } from '../words/change.ts';
import type { Hit, Standing } from '../words/diagnosis.ts';
import { contradiction } from './contradict.ts';
import { isInScope } from './in-scope.ts';
import { namesOneOf } from './names-one.ts';
import type { Placed } from './place.ts';
import { isWithin } from './ranges.ts';
import type { Clue } from './read-clues.ts';
import { type Effect, readEffect } from './read-effect.ts';
import { rangesOf, type Scene } from './read-scene.ts';
import { type Relation, relate } from './relate.ts';
import type { Timed } from './stretches.ts';
import { whenWords } from './when-words.ts';
import { listed, sentence } from './words.ts';

/** How the steps' evidence stands to it: the second thing that ranks. */
export type Agreement = 'agrees' | 'open' | 'disagrees';

/** A change in a window, judged for itself. */
export interface Weighed {
  readonly change: Change;
  readonly timed: Timed;
  readonly placed: Placed;
  readonly relation: Relation;
  readonly standing: Standing;
  readonly agreement: Agreement;
  readonly isEffect: boolean;
  /** Without when it was: that is put into words for those that are shown. */
  readonly reasons: readonly string[];
  readonly against: readonly string[];
  /** The change that is told as the cause in its stead; null: it stands for itself. */
  readonly partOf: string | null;
}

/** What a change is to the failure, by what it does, by what the evidence says and by what was good after it. */
export function weigh(timed: Timed, placed: Placed, scene: Scene, clues: readonly Clue[]): Weighed {
  const { change } = timed;
  const relation = relate(change);
  const base = { change, timed, placed, relation, partOf: null };
  const late = lateStanding(change, placed.side, relation);
  if (late !== null) {
    return {
      ...base,
      standing: 'coincides',
      agreement: 'open',
      isEffect: late.isEffect,
      reasons: [late.words],
      against: [],
    };
  }

  const effect = change.effect === null ? null : readEffect(change.effect, scene.clients);
  const spoken = spokenOf(change, relation, clues);
  const supposed = atMostPossible(suppose({ change, relation, effect, spoken, placed, scene }), placed, change);
  const isCause = supposed.standing === 'explains' || supposed.standing === 'possible';
  const refuted = isCause ? contradiction(timed, placed, relation, scene) : null;
  return {
    ...base,
    standing: refuted === null ? supposed.standing : 'contradicted',
    agreement: agreementOf(spoken),
    isEffect: !isCause && placed.side !== 'before' && isFinding(relation),
    reasons: isCause ? [...supposed.why, ...spoken.agreeing] : supposed.why,
    against: isCause ? [...(refuted === null ? [] : [refuted]), ...spoken.opposing] : [],
  };
}

/** All that speaks for it, when it was among it. */
export function reasonsOf({ change, timed, placed, reasons }: Weighed, scene: Scene): string[] {
  return [...reasons, whenWords(timed, placed, scene), ...firstLook(change)];
}

/** After the onset nothing can have begun it. Only what people planned may have begun before its hour. */
function lateStanding(
  { untilAt, action }: Change,
  side: Hit['side'],
  { part }: Relation,
): { isEffect: boolean; words: string } | null {
  if (side !== 'after' || (part === 'plan' && action === 'start' && untilAt !== null)) return null;
  return part === 'symptom'
    ? { isEffect: true, words: 'It came after the failures had begun: an effect of them rather than their cause.' }
    : { isEffect: false, words: 'It came after the failures had begun, so it did not begin them.' };
}

/**
 * What was planned for after the onset may have begun before its hour; that it did is not known. And of what was found
 * at the first look only the time is known, not what it did.
 */
function atMostPossible(supposed: Supposed, { side }: Placed, { certainty }: Change): Supposed {
  const isDoubtful = side === 'after' || certainty === 'latestKnown';
  return isDoubtful && supposed.standing === 'explains' ? { ...supposed, standing: 'possible' } : supposed;
}

interface Spoken {
  readonly agreeing: readonly string[];
  readonly opposing: readonly string[];
  /** The rules that stand now were evaluated for the failing clients, and let them in. */
  readonly ruledOut: boolean;
  /** Something else answers for the API server, so it is not the process. */
  readonly serves: boolean;
}

function spokenOf(change: Change, { suspect }: Relation, clues: readonly Clue[]): Spoken {
  const { node } = change.target;
  const concerned = clues
    .filter((clue) => clue.node === null || node === null || clue.node === node)
    .filter(({ about }) => about.length === 0 || namesOneOf(change, about))
    // What a node's own rules do says nothing of a firewall before it.
    .filter(({ kind }) => node !== null || (kind !== 'firewallLets' && kind !== 'firewallDenies'))
    // Rules that let clients in say nothing of what else a cloud can do to them.
    .filter(({ kind }) => kind !== 'cloudLets' || change.category === 'security-group');
  if (concerned.length === 0) return unspoken;
  const agreeing = concerned.filter(({ speaksFor }) => speaksFor.includes(suspect));
  const opposing = concerned.filter(({ speaksAgainst }) => speaksAgainst.includes(suspect));
  const kinds = new Set(opposing.map(({ kind }) => kind));
  return {
    agreeing: agreeing.map(({ words }, index) => (index === 0 ? `The evidence agrees. ${words}` : words)),
    opposing: opposing.map(({ words }) => words),
    ruledOut:
      kinds.has('firewallLets') ||
      kinds.has('cloudLets') ||
      (kinds.has('policiesLet') && change.target.kind === 'NetworkPolicy'),
    serves: kinds.has('onlyOutside') || (kinds.has('podsFine') && agreeing.length === 0),
  };
}

const unspoken: Spoken = { agreeing: [], opposing: [], ruledOut: false, serves: false };

function agreementOf({ agreeing, opposing }: Spoken): Agreement {
  if (agreeing.length > 0 && opposing.length === 0) return 'agrees';
  return opposing.length > 0 && agreeing.length === 0 ? 'disagrees' : 'open';
}

interface Supposed {
  readonly standing: 'explains' | 'possible' | 'coincides';
  readonly why: readonly string[];
}

/** All that a change is judged by. */
interface Brief {
  readonly change: Change;
  readonly relation: Relation;
  readonly effect: Effect | null;
  readonly spoken: Spoken;
  readonly placed: Placed;
  readonly scene: Scene;
}

function suppose(brief: Brief): Supposed {
  const { effect, spoken, relation } = brief;
  if (effect === null) return supposeUntold(brief);
  const why = [sentence(effect.words)];
  switch (effect.kind) {
    case 'mends':
    case 'none':
      return { standing: 'coincides', why };
    case 'breaks':
    case 'partly':
    case 'unknown': {
      if (relation.suspect === 'process') return supposeProcess(brief, why);
      if (isFinding(relation)) return supposeFinding(brief, why);
      const elsewhere = leadsElsewhere(brief);
      if (elsewhere !== null) return { standing: 'coincides', why: [...why, elsewhere] };
      if (effect.kind === 'breaks') return { standing: spoken.ruledOut ? 'possible' : 'explains', why };
      return { standing: spoken.ruledOut ? 'coincides' : 'possible', why };
    }
    default:
      return effect.kind satisfies never;
  }
}

/** The node judges a route for all clients that it was told of; which of them fail is known here. In words; null: it may be theirs. */
function leadsElsewhere({ change, scene }: Brief): string | null {
  const { failing } = scene.clients;
  if (change.category !== 'routing' || change.target.kind !== 'route' || failing.length === 0) return null;
  if (scene.clients.known === 'vantages' && failing.some(({ translated }) => translated)) return null;
  const scope = isInScope(change, scene);
  return scope.inScope ? null : scope.words;
}

/** What a balancer found by itself: never why something began, unless what it checks is well. */
export function isFinding({ suspect, part }: Relation): boolean {
  return suspect === 'balancer' && part === 'symptom';
}

function supposeFinding({ spoken }: Brief, why: readonly string[]): Supposed {
  if (spoken.agreeing.length === 0) {
    return {
      standing: 'coincides',
      why: [...why, 'Nobody ordered it: its health check shows that what it checks is away.'],
    };
  }
  return {
    standing: 'possible',
    why: [
      ...why,
      'The API server answers elsewhere: the check itself fails, or the way from the balancer to the server.',
    ],
  };
}

/** Where nobody could evaluate it: by its scope, and by whether the evidence points to such a thing. */
function supposeUntold(brief: Brief): Supposed {
  const { change, relation, spoken, scene } = brief;
  const scope = isInScope(change, scene);
  if (!scope.inScope) return { standing: 'coincides', why: [scope.words] };
  const agrees = spoken.agreeing.length > 0;
  switch (relation.suspect) {
    case 'firewall':
    case 'policy':
      if (spoken.ruledOut) return letsIn;
      return {
        standing: 'possible',
        why: [...(scope.certain ? [scope.words] : []), 'What it does to the clients that fail could not be evaluated.'],
      };
    case 'endpoints':
      if (spoken.opposing.length > 0) {
        return { standing: 'coincides', why: ['Clients inside the cluster come by it, and they are served.'] };
      }
      return { standing: 'possible', why: ['Clients inside the cluster come by it.'] };
    case 'cloud':
      if (spoken.ruledOut) return letsIn;
      return { standing: 'possible', why: [`${scope.words} Whether it keeps clients out can't be known from here.`] };
    case 'balancer':
      return { standing: 'possible', why: [`${scope.words} Whether it keeps clients out can't be known from here.`] };
    case 'routing':
      return supposeRoute(change, scope.certain, agrees, scope.words);
    case 'name':
      return supposeName(change, agrees, scope.words, scene);
    case 'certificate':
      if (!agrees) return { standing: 'possible', why: [scope.words] };
      return { standing: 'explains', why: [scope.words] };
    case 'node':
      return supposeNode(brief, agrees && scope.certain, scope.words);
    case 'process':
      return supposeProcess(brief, []);
    case 'other':
      return { standing: 'coincides', why: ['It is not about what serves the API.'] };
    default:
      return relation.suspect satisfies never;
  }
}

const letsIn: Supposed = { standing: 'coincides', why: ['Judged by the rules that stand now, clients are let in.'] };
/** Where the name leads since fails, and either it was good where the name led before, or another server answers there. */
function supposeName({ target }: Change, agrees: boolean, words: string, { failing, good }: Scene): Supposed {
  const told = rangesOf(target.addresses);
  const failingAt = [...new Set(failing.flatMap(({ result }) => result.address ?? []))].sort();
  if (failingAt.length === 0) return { standing: agrees ? 'explains' : 'possible', why: [words] };
  const isTold = (address: string) => rangesOf([address]).some((one) => told.some((range) => isWithin(one, range)));
  const wasUsed = good.some(({ series: { address } }) => address !== null && failingAt.includes(address));
  if (wasUsed || !failingAt.every(isTold)) return { standing: 'possible', why: [words] };
  const was = good.find(
    ({ series: { address } }) => address !== null && isTold(address) && !failingAt.includes(address),
  );
  if (was === undefined && !agrees) return { standing: 'possible', why: [words] };
  const before = was === undefined ? '' : `, and probes were good at ${was.series.address} before`;
  return { standing: 'explains', why: [`Connections fail at ${listed(failingAt)}, where the name leads${before}.`] };
}

/** Without the way back no reply arrives; a route added or moved may lead elsewhere, or not. */
function supposeRoute({ action }: Change, covers: boolean, agrees: boolean, words: string): Supposed {
  if (action === 'delete' && covers && agrees) return { standing: 'explains', why: [words] };
  return { standing: 'possible', why: [words] };
}

/** People at work, a reboot, or a node that the cluster has not heard of for a while. */
function supposeNode({ change, relation, placed }: Brief, agrees: boolean, words: string): Supposed {
  if (change.certainty === 'latestKnown' && change.action === 'update') {
    return { standing: 'coincides', why: ['It was changed before anybody looked, and what differed is not known.'] };
  }
  if (agrees) return { standing: 'explains', why: [words] };
  if (relation.part === 'plan' || change.action === 'restart') {
    // Of a node; that something else was restarted, as planned, explains nothing by its hour alone.
    const isAtOnce = change.action === 'restart' && /^node$/i.test(change.target.kind) && isNear(placed);
    return { standing: isAtOnce ? 'explains' : 'possible', why: [words] };
  }
  return { standing: 'coincides', why: ['What the cluster thinks of a node does not by itself keep clients out.'] };
}

/** Within this of the first failures, what went away is why they began. */
const atOnceMs = 30_000;

function isNear({ side, distanceMs }: Placed): boolean {
  return side === 'during' || distanceMs <= atOnceMs;
}

/** @param told what is known of what it did; empty: nothing */
function supposeProcess({ change, relation, spoken, placed, effect }: Brief, told: readonly string[]): Supposed {
  const { action, target } = change;
  if (spoken.serves) {
    return {
      standing: 'coincides',
      why: [...told, 'The API server answers, so what happened to it did not begin this.'],
    };
  }
  if (relation.part === 'setting') {
    // What came of it shows only in what restarted: that is judged when all are known.
    const words =
      relation.named === true
        ? 'Nothing that reads it was seen to restart.'
        : 'Nothing shows that it has to do with the API server.';
    return { standing: 'coincides', why: [...told, words] };
  }
  const agrees = spoken.agreeing.length > 0;
  if (relation.part === 'trigger') {
    const why = [...told, 'It concerns what serves the API itself.'];
    return { standing: agrees || effect?.kind === 'breaks' ? 'explains' : 'possible', why };
  }
  if (action === 'create' || action === 'start') {
    return { standing: 'coincides', why: [...told, 'Something came up, rather than going away.'] };
  }
  const why = [...told, 'While the API server is away no connection can be made.'];
  if (target.kind === 'Event') return { standing: agrees ? 'possible' : 'coincides', why };
  const isAtOnce = spoken.opposing.length === 0 && isNear(placed);
  return { standing: agrees || isAtOnce ? 'explains' : 'possible', why };
}

function firstLook({ certainty }: Change): readonly string[] {
  return certainty === 'seen'
    ? []
    : ['It was found at the first look: it is the newest that is known, and there may have been others before it.'];
}
