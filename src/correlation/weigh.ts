import type { Change } from '../words/change.ts';
import type { Hit, Standing } from '../words/diagnosis.ts';
import { contradiction } from './contradict.ts';
import { isInScope } from './in-scope.ts';
import type { Placed } from './place.ts';
import type { Clue } from './read-clues.ts';
import { type Effect, readEffect } from './read-effect.ts';
import type { Scene } from './read-scene.ts';
import { type Relation, relate } from './relate.ts';
import type { Timed } from './stretches.ts';
import { whenWords } from './when-words.ts';
import { capital } from './words.ts';

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
  readonly reasons: readonly string[];
  readonly against: readonly string[];
}

/** What a change is to the failure, by what it does, by what the evidence says and by what was good after it. */
export function weigh(timed: Timed, placed: Placed, scene: Scene, clues: readonly Clue[]): Weighed {
  const { change } = timed;
  const relation = relate(change);
  const when = whenWords(timed, placed, scene);
  const base = { change, timed, placed, relation };
  const late = lateStanding(change, placed.side, relation);
  if (late !== null) {
    return {
      ...base,
      standing: 'coincides',
      agreement: 'open',
      isEffect: late.isEffect,
      reasons: [late.words, when],
      against: [],
    };
  }

  const effect = change.effect === null ? null : readEffect(change.effect, scene.clients);
  const spoken = spokenOf(change, relation, clues, effect);
  const supposed = suppose({ change, relation, effect, spoken, placed, scene });
  const isCause = supposed.standing === 'explains' || supposed.standing === 'possible';
  const refuted = isCause ? contradiction(timed, placed, relation, scene) : null;
  return {
    ...base,
    standing: refuted === null ? supposed.standing : 'contradicted',
    agreement: agreementOf(spoken),
    isEffect: false,
    reasons: [...supposed.why, ...(isCause ? spoken.agreeing : []), when, ...firstLook(change)],
    against: [...(refuted === null ? [] : [refuted]), ...(isCause ? spoken.opposing : [])],
  };
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

interface Spoken {
  readonly agreeing: readonly string[];
  readonly opposing: readonly string[];
  /** The rules that stand now were evaluated for the failing clients, and let them in. */
  readonly ruledOut: boolean;
  /** Something else answers for the API server, so it is not the process. */
  readonly serves: boolean;
}

function spokenOf(change: Change, { suspect }: Relation, clues: readonly Clue[], effect: Effect | null): Spoken {
  const { node } = change.target;
  const concerned = clues.filter((clue) => clue.node === null || node === null || clue.node === node);
  const agreeing = concerned.filter(({ speaksFor }) => speaksFor.includes(suspect));
  const opposing = concerned.filter(({ speaksAgainst }) => speaksAgainst.includes(suspect));
  const kinds = new Set(opposing.map(({ kind }) => kind));
  return {
    agreeing: agreeing.map(({ words }) => `The evidence agrees. ${words}`),
    opposing: opposing.map(({ words }) => words),
    ruledOut:
      kinds.has('firewallLets') ||
      (kinds.has('policiesLet') && (effect !== null || change.target.kind === 'NetworkPolicy')),
    serves: kinds.has('onlyOutside') || (kinds.has('podsFine') && agreeing.length === 0),
  };
}

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
  const { effect, spoken } = brief;
  if (effect === null) return supposeUntold(brief);
  const why = [capital(effect.words)];
  switch (effect.kind) {
    case 'breaks':
      return { standing: spoken.ruledOut ? 'possible' : 'explains', why };
    case 'partly':
    case 'unknown':
      return { standing: spoken.ruledOut ? 'coincides' : 'possible', why };
    case 'mends':
    case 'none':
      return { standing: 'coincides', why };
    default:
      return effect.kind satisfies never;
  }
}

/** Where nobody could evaluate it: by its scope, and by whether the evidence points to such a thing. */
function supposeUntold({ change, relation, spoken, placed, scene }: Brief): Supposed {
  const scope = isInScope(change, scene);
  if (!scope.inScope) return { standing: 'coincides', why: [scope.words] };
  const agrees = spoken.agreeing.length > 0;
  switch (relation.suspect) {
    case 'firewall':
    case 'policy':
      if (spoken.ruledOut) {
        return { standing: 'coincides', why: ['Judged by the rules that stand now, clients are let in.'] };
      }
      return { standing: 'possible', why: ['What it does to the clients that fail could not be evaluated.'] };
    case 'endpoints':
      if (spoken.opposing.length > 0) {
        return { standing: 'coincides', why: ['Clients inside the cluster come by it, and they are served.'] };
      }
      return { standing: 'possible', why: ['Clients inside the cluster come by it.'] };
    case 'cloud':
    case 'balancer':
      return { standing: 'possible', why: [`${scope.words} Whether it keeps clients out can't be known from here.`] };
    case 'routing':
      return supposeRoute(change, scope.certain, agrees, scope.words);
    case 'name':
    case 'certificate':
      if (!agrees) return { standing: 'possible', why: [scope.words] };
      return { standing: 'explains', why: [scope.words] };
    case 'node':
      return agrees && scope.certain
        ? { standing: 'explains', why: [scope.words] }
        : { standing: 'possible', why: [scope.words] };
    case 'process':
      return supposeProcess(change, relation, spoken, placed);
    case 'other':
      return { standing: 'coincides', why: ['It is not about what serves the API.'] };
    default:
      return relation.suspect satisfies never;
  }
}

/** Without the way back no reply arrives; a route added or moved may lead elsewhere, or not. */
function supposeRoute({ action }: Change, covers: boolean, agrees: boolean, words: string): Supposed {
  if (action === 'delete' && covers && agrees) return { standing: 'explains', why: [words] };
  return { standing: 'possible', why: [words] };
}

/** Within this of the first failures, a server that went away is why they began. */
const atOnceMs = 30_000;

function supposeProcess(
  { action, target }: Change,
  { part, named }: Relation,
  spoken: Spoken,
  { side, distanceMs }: Placed,
): Supposed {
  if (spoken.serves) {
    return { standing: 'coincides', why: ['The API server answers, so what happened to it did not begin this.'] };
  }
  if (part === 'setting') {
    // What came of it shows only in what restarted: that is judged when all are known.
    return {
      standing: 'coincides',
      why: [
        named === true
          ? 'Nothing that reads it was seen to restart.'
          : 'Nothing shows that it has to do with the API server.',
      ],
    };
  }
  const agrees = spoken.agreeing.length > 0;
  if (part === 'trigger') {
    return { standing: agrees ? 'explains' : 'possible', why: ['It concerns what serves the API itself.'] };
  }
  if (/socket/i.test(target.kind) && action === 'create') {
    return { standing: 'coincides', why: ['Something began to listen, rather than ceasing to.'] };
  }
  const isAtOnce = spoken.opposing.length === 0 && (side === 'during' || distanceMs <= atOnceMs);
  return {
    standing: agrees || isAtOnce ? 'explains' : 'possible',
    why: ['While the API server is away no connection can be made.'],
  };
}

function firstLook({ certainty }: Change): readonly string[] {
  return certainty === 'seen'
    ? []
    : ['It was found at the first look: it is the newest that is known, and there may have been others before it.'];
}
