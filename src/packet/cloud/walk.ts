import type { AddressRange } from '../filter/address.ts';
import { arrivesAsAnother, type Client, hasAddress, isTranslated } from './client-side.ts';
import { type Asked, firstLeg, type Leg, legsBetween } from './hop.ts';
import type { Known } from './known.ts';
import type { CloudHop, CloudWay } from './model.ts';
import { isPublic } from './public-address.ts';
import { agreed, type PassVerdict, type Ruling, ruling, unsure } from './ruling.ts';
import { type Choice, type Stage, stagesOf } from './stages.ts';

/** What is asked on the way, and what all the possible ways through make of it together. */
export interface Step {
  readonly at: string;
  /** How many stages after the first; hops of one stage are choices. */
  readonly stage: number;
  readonly what: Asked['what'] | 'address' | 'health' | 'unread';
  readonly ruling: Ruling;
}

export interface Walked {
  readonly verdict: PassVerdict;
  readonly steps: readonly Step[];
  /** Null when it is allowed. */
  readonly decides: Step | null;
  /** Packets with these addresses never come there: whoever has them arrives as another. */
  readonly isStray: boolean;
}

/**
 * Tries every possible way of a connection from a client, no part of whose range any rule treats differently: which
 * one it takes isn't known, so that it is allowed when all of them are, and denied when none is left.
 */
export function walk(known: Known, way: CloudWay, client: Client, countsHealth: boolean): Walked {
  const stages = stagesOf(way).map((stage, place) => (place === 0 ? meant(stage, client.to, known) : stage));
  const steps = collecting(way);
  const isStray = straysFrom(stages[0], client, known);
  if (isStray) steps.add(before, 0, stages[0]?.choices[0]?.hop, 'address', unsure(arrivesAsAnother));
  const passable = pass(stages, client, known, steps);
  if (countsHealth) addHealth(stages, steps);
  const hasTarget = addMissingTarget(stages, way, steps);
  if (way.hops.length === 0)
    steps.add(after, 0, undefined, 'unread', unsure('the hops of the way, which were not read'));
  if (way.unread.length > 0) steps.add(after, 0, undefined, 'unread', unsure(way.unread.join('; ')));

  const all = steps.inOrder();
  const isDenied = !isStray && (!passable || !hasTarget);
  const verdict = isDenied ? 'deny' : all.every(({ ruling }) => ruling.verdict === 'allow') ? 'allow' : 'unknown';
  return { verdict, steps: all, decides: decisive(all, verdict, stages), isStray };
}

/** The interface that has the address which the client connects to takes the connection. */
function meant(stage: Stage, to: AddressRange | null, known: Known): Stage {
  const own = stage.choices.filter(({ face }) => face !== null && hasAddress(face, to, known));
  return own.length > 0 ? { ...stage, choices: own } : stage;
}

function straysFrom(first: Stage | undefined, { range, to }: Client, known: Known): boolean {
  if (first === undefined || first.choices.some(({ hop }) => hop.kind === 'managed-endpoint')) return false;
  const faces = first.choices.flatMap(({ face }) => face ?? []);
  return isTranslated(to, faces, known) && isPublic(range) === false;
}

/** Walks all ways at once, stage by stage; says whether one is left on which nothing denies. */
function pass(stages: readonly Stage[], client: Client, known: Known, steps: Steps): boolean {
  let open: ReadonlySet<Choice> = new Set();
  for (const [place, { choices }] of stages.entries()) {
    const before = stages[place - 1]?.choices ?? [null];
    const next = new Set<Choice>();
    for (const from of before) {
      for (const to of choices) {
        const legs = from === null ? [firstLeg(to, client, known)] : legsBetween(from, to, client, known);
        for (const leg of legs) {
          steps.addLeg(leg, place, from?.hop, to.hop);
          if ((from === null || open.has(from)) && !isShut(leg)) next.add(to);
        }
      }
    }
    open = next;
  }
  return stages.length === 0 || open.size > 0;
}

function isShut({ leaving, arriving, replies, repliesIn }: Leg): boolean {
  return [leaving, arriving, replies, repliesIn].some((asked) => asked.some(({ ruling }) => ruling.verdict === 'deny'));
}

function addHealth(stages: readonly Stage[], steps: Steps): void {
  for (const [place, { health }] of stages.entries()) {
    const sender = stages[place - 1]?.choices[0]?.hop;
    if (health !== null) steps.add(2 * place - 0.5, place - 1, sender, 'health', health);
  }
}

/** A balancer with nothing behind it: unless that is only not known. */
function addMissingTarget(stages: readonly Stage[], way: CloudWay, steps: Steps): boolean {
  const hop = stages.at(-1)?.choices[0]?.hop;
  if (hop?.kind !== 'load-balancer') return true;
  const isKnown = way.unread.length === 0;
  const found = isKnown ? ruling('deny', `${hop.name} has no target`) : unsure(`whether ${hop.name} has a target`);
  steps.add(2 * stages.length, stages.length - 1, hop, 'health', found);
  return !isKnown;
}

/** Of denials the first that nothing gets around, else the first; of doubts the first thing that isn't sure. */
function decisive(steps: readonly Step[], verdict: PassVerdict, stages: readonly Stage[]): Step | null {
  if (verdict === 'allow') return null;
  const denials = steps.filter(({ ruling }) => ruling.verdict === 'deny');
  const isOnly = ({ stage }: Step) => new Set(stages[stage]?.choices.map(({ hop }) => hop)).size === 1;
  const denial = verdict === 'deny' ? (denials.find(isOnly) ?? denials[0]) : undefined;
  return denial ?? steps.find(({ ruling }) => ruling.verdict !== 'allow') ?? null;
}

const before = -1;
const after = 2_000;
/** What is asked on the way back comes after all that is asked on the way in, the last hop first. */
const turn = 1_000;

/** What each possible way is asked, by where and what. */
interface Steps {
  /** `hop` left out: it is about the way as a whole. */
  add(phase: number, stage: number, hop: CloudHop | undefined, what: Step['what'], ruling: Ruling): void;
  addLeg(leg: Leg, stage: number, from: CloudHop | undefined, to: CloudHop): void;
  inOrder(): readonly Step[];
}

function collecting(way: CloudWay): Steps {
  const found = new Map<string, Omit<Step, 'ruling'> & { phase: number; rulings: Ruling[] }>();
  const add: Steps['add'] = (phase, stage, hop, what, ruling) => {
    const key = `${phase} ${hop === undefined ? '' : way.hops.indexOf(hop)} ${what}`;
    const known = found.get(key);
    if (known !== undefined) known.rulings.push(ruling);
    else found.set(key, { at: placeWords(way, hop), stage, what, phase, rulings: [ruling] });
  };
  return {
    add,
    addLeg: (leg, stage, from, to) => {
      for (const { what, ruling } of leg.leaving) add(2 * stage - 1, stage - 1, from, what, ruling);
      for (const { what, ruling } of leg.arriving) add(2 * stage, stage, to, what, ruling);
      for (const { what, ruling } of leg.replies) add(turn - 2 * stage, stage, to, what, ruling);
      for (const { what, ruling } of leg.repliesIn) add(turn - 2 * stage + 1, stage - 1, from, what, ruling);
    },
    inOrder: () =>
      [...found.values()]
        .sort((a, b) => a.phase - b.phase)
        .map(({ at, stage, what, rulings }) => ({ at, stage, what, ruling: agreed(rulings, whichOne) })),
  };
}

const whichOne = 'which of several interfaces or addresses it takes: they are treated differently';

function placeWords(way: CloudWay, hop: CloudHop | undefined): string {
  if (hop !== undefined) return `${hop.name}:${hop.port}`;
  const [address = 'the API server'] = way.addresses;
  return address.includes(':') ? `[${address}]:${way.port}` : `${address}:${way.port}`;
}

/** A client of a family that the way has no address of. */
export function cannotReach(way: CloudWay, family: 4 | 6): Walked {
  const why = `the address it arrives as: ${way.addresses.join(', ')} can't be reached by IPv${family}`;
  const step: Step = { at: placeWords(way, undefined), stage: 0, what: 'address', ruling: unsure(why) };
  return { verdict: 'unknown', steps: [step], decides: step, isStray: true };
}
