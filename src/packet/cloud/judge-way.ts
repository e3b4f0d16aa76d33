import { type AddressRange, formatRange, parseAddress, parseRange } from '../filter/address.ts';
import { hasAddress } from './client-side.ts';
import { type Known, knownOf } from './known.ts';
import type { CloudModel, CloudWay } from './model.ts';
import { edgesOf, piecesOf } from './pieces.ts';
import { isPublic } from './public-address.ts';
import { distinct, rulesInWords, unsure } from './ruling.ts';
import { cannotReach, type Step, type Walked, walk } from './walk.ts';

/** What becomes of a new connection and of the replies to it. */
export interface WayVerdict {
  /** As it was asked: an address or a CIDR. */
  readonly client: string;
  /** `unknown` too when parts of the client's CIDR fare differently: which of them fails is not known. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** Of the part that decides. */
  readonly steps: readonly WayStep[];
  /** The step that denies, or the first that isn't sure; null when it is allowed. */
  readonly decides: WayStep | null;
  /** Together the whole client; more than one where rules treat it differently. */
  readonly parts: readonly WayPart[];
}

export interface WayPart {
  /** An address, a CIDR or `first-last`. */
  readonly client: string;
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** As they are walked: in, hop by hop, and back. */
  readonly steps: readonly WayStep[];
  readonly decides: WayStep | null;
  /** False: nobody's packets come there with these addresses, so that the verdict is about the other parts. */
  readonly counts: boolean;
}

export interface WayStep {
  /** Where, in a person's words: `nlb api-prod:443`, `cp-1 (i-0abc):6443`. */
  readonly at: string;
  /** How many hops after the first. Those with the same number are choices: one of them takes the connection. */
  readonly stage: number;
  /** `replies` come out at the hop, or in again at the one before; `route on` leads to the next hop. */
  readonly what: Step['what'];
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** The rule that decides, as a cloud's people know it: `sg-0a1 (api) allows tcp 6443 from 203.0.113.0/24 (sgr-0b2)`. */
  readonly rule: string | null;
  /** Of an unknown: what it hangs on (`sg-0a9, which was not read`). */
  readonly why: string | null;
}

/**
 * Would a new TCP connection from the client (an address or CIDR, as its packets arrive) come through, and the replies
 * back? Never allow or deny where that is not known. Pure.
 */
export function judgeWay(model: CloudModel, way: CloudWay, client: string): WayVerdict {
  const range = parseRange(client);
  if (range === null) return unreadable(client, way);
  const known = knownOf(model);
  const pieces = piecesOf(range, edgesOf(known, way));
  const judged = pieces.map((piece): Piece => ({ range: piece, walked: judgePiece(known, way, piece) }));
  const merged = joined(judged);
  const isAnyComing = merged.some(({ walked }) => !walked.isStray);
  const counts = ({ isStray }: Walked) => !isAnyComing || !isStray;
  const fates = new Set(merged.flatMap(({ walked }) => (counts(walked) ? [likeness(walked)] : [])));
  const parts = merged.map(({ range, walked }): WayPart => {
    const from = formatRange(range);
    return { client: from, ...told(walked, fates.size === 1 ? client : from), counts: counts(walked) };
  });
  const counting = parts.filter((part) => part.counts);
  const verdicts = new Set(counting.map(({ verdict }) => verdict));
  const worst = (['deny', 'unknown', 'allow'] as const).flatMap(
    (verdict) => counting.find((part) => part.verdict === verdict) ?? [],
  )[0];
  const [verdict = 'unknown'] = verdicts.size === 1 ? verdicts : [];
  return { client, verdict, steps: worst?.steps ?? [], decides: worst?.decides ?? null, parts };
}

interface Piece {
  readonly range: AddressRange;
  readonly walked: Walked;
}

/** To whichever address of the way it connects. */
function judgePiece(known: Known, way: CloudWay, range: AddressRange): Walked {
  const addresses = way.addresses.flatMap((text) => parseAddress(text) ?? []);
  const reached = addresses.filter(({ family }) => family === range.family);
  if (addresses.length > 0 && reached.length === 0) return cannotReach(way, range.family);
  // A public client means the public addresses, where there are such, and a private one the private ones.
  const alike = reached.filter((to) => range.family === 6 || isPublic(to) === isPublic(range));
  const choices = addresses.length === 0 ? [null] : differing(alike.length > 0 ? alike : reached, way, known);
  const walks = choices.map((to) => walk(known, way, { range, to }, true));
  const [first, ...others] = walks;
  if (first === undefined) return cannotReach(way, range.family);
  if (others.every(({ verdict }) => verdict === first.verdict)) return first;
  const worst = walks.find(({ verdict }) => verdict === 'deny') ?? walks.find(({ verdict }) => verdict === 'unknown');
  return { ...(worst ?? first), verdict: 'unknown' };
}

/** Of addresses that nothing tells apart one is enough. */
function differing(addresses: readonly AddressRange[], way: CloudWay, known: Known): readonly AddressRange[] {
  const faces = way.hops.flatMap(({ interfaces }) => interfaces);
  const traits = (to: AddressRange) => [isPublic(to) === true, ...faces.map((face) => hasAddress(face, to, known))];
  return [...new Map(addresses.map((to) => [traits(to).join(), to])).values()];
}

/** Neighbours that fare alike by the same step are one part, with the rules of both where they differ. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const parts: Piece[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (last === undefined || likeness(last.walked) !== likeness(piece.walked)) {
      parts.push(piece);
      continue;
    }
    const steps = last.walked.steps.map((step, place) => bothOf(step, piece.walked.steps[place]));
    const decides = steps.find((_, place) => last.walked.steps[place] === last.walked.decides) ?? null;
    parts[parts.length - 1] = {
      range: { ...last.range, hi: piece.range.hi },
      walked: { ...last.walked, steps, decides },
    };
  }
  return parts;
}

function likeness({ verdict, steps, decides, isStray }: Walked): string {
  const shape = steps.map(({ at, what, ruling }) => [at, what, ruling.verdict, ruling.why]);
  return JSON.stringify([verdict, isStray, shape, decides?.ruling.rules ?? null]);
}

function bothOf(step: Step, other: Step | undefined): Step {
  const rules = distinct([...step.ruling.rules, ...(other?.ruling.rules ?? [])]);
  return { ...step, ruling: { ...step.ruling, rules } };
}

/** `who`: what the client is called in the words of rules. */
function told(
  { verdict, steps, decides, isStray }: Walked,
  who: string,
): Pick<WayPart, 'verdict' | 'steps' | 'decides'> {
  // What the rules would make of addresses that nobody comes from tells nothing.
  const shown = steps.filter(({ what }) => !isStray || what === 'address');
  return {
    verdict,
    steps: shown.map((step) => stepOf(step, who)),
    decides: decides === null ? null : stepOf(decides, who),
  };
}

function stepOf({ at, stage, what, ruling }: Step, client: string): WayStep {
  const { verdict, rules, why } = ruling;
  return { at, stage, what, verdict, rule: rulesInWords(rules, client), why };
}

function unreadable(client: string, way: CloudWay): WayVerdict {
  const ruling = unsure(`which address \`${client}\` is`);
  const step = stepOf({ at: way.hops[0]?.name ?? 'the API server', stage: 0, what: 'address', ruling }, client);
  const part = { client, verdict: 'unknown', steps: [step], decides: step, counts: true } as const;
  return { client, verdict: 'unknown', steps: [step], decides: step, parts: [part] };
}
