import type { HostView } from './host.ts';
import { choose, look } from './look.ts';
import type { Chain, Outcome, Rule, Ruleset, Statement } from './model.ts';
import { type Decision, distinct, doubting, type Packet, packetKey } from './packet.ts';
import { passes } from './passes.ts';
import { translate } from './translate.ts';

/** What becomes of one packet in a chain; it may be split, where a rule may or may not match. */
export interface Course {
  /** Those that a rule accepted, which ends the base chain for them. */
  readonly accepted: readonly Packet[];
  /** Those that came to the end of the chain. */
  readonly fellThrough: readonly Packet[];
  readonly stopped: readonly Stop[];
}

/** The end of a packet. */
export interface Stop {
  /**
   * `lost`: something that can't be read here may have stopped it; that it went on is followed too. `astray`: no
   * rule stops it, but it arrives with addresses that its receiver knows nothing of.
   */
  readonly how: 'drop' | 'reject' | 'lost' | 'astray';
  /** `reject`: what with, in the rule's words; `lost`: to what; `astray`: what is wrong with it. */
  readonly detail: string;
  /** Null when no rule did it. */
  readonly by: Decision | null;
  readonly packet: Packet;
}

/** Walks a chain. Every possible packet goes its own way; equal ones are walked once. */
export function traverse(chain: Chain, packet: Packet, ruleset: Ruleset, host: HostView, depth = 0): Course {
  const accepted: Packet[] = [];
  const stopped: Stop[] = [];
  const returned: Packet[] = [];
  let going: readonly Packet[] = [packet];
  for (const rule of chain.rules) {
    if (going.length === 0) break;
    const next: Packet[] = [];
    for (const one of going) {
      const step = settle(one, walkRule({ chain, rule }, one, ruleset, host, depth));
      accepted.push(...step.accepted);
      stopped.push(...step.stopped);
      returned.push(...step.returned);
      next.push(...step.next);
    }
    going = bounded(distinct(next));
  }
  return { accepted: bounded(distinct(accepted)), fellThrough: bounded(distinct([...returned, ...going])), stopped };
}

interface Step {
  readonly next: Packet[];
  readonly accepted: Packet[];
  readonly returned: Packet[];
  readonly stopped: Stop[];
}

/** The kernel allows 16 jumps deep in nftables; beyond this something is wrong with the dump. */
const deepest = 64;

function walkRule(
  by: Decision & { rule: Rule },
  packet: Packet,
  ruleset: Ruleset,
  host: HostView,
  depth: number,
): Step {
  const step: Step = { next: [], accepted: [], returned: [], stopped: [] };
  let matching: Packet[] = [packet];
  for (const statement of by.rule.statements) {
    const still: Packet[] = [];
    for (const one of matching) still.push(...apply(statement, one, by, step, ruleset, host, depth));
    matching = still;
    if (matching.length === 0) break;
  }
  step.next.push(...matching);
  return step;
}

/** What one statement makes of a packet: the packets for which the rule goes on. */
function apply(
  statement: Statement,
  packet: Packet,
  by: Decision,
  step: Step,
  ruleset: Ruleset,
  host: HostView,
  depth: number,
): Packet[] {
  switch (statement.kind) {
    case 'test': {
      const truth = passes(statement.test, packet, host);
      if (truth === true) return [packet];
      if (truth === false) {
        step.next.push(packet);
        return [];
      }
      const doubtful = doubting(packet, truth.why);
      step.next.push(doubtful);
      return [doubtful];
    }
    case 'setMark':
    case 'setConnectionMark': {
      const marked: Packet[] = [];
      const values = look(statement.value, packet, host);
      const one = values.length > 1 ? doubting(packet, 'which mark the rule sets') : packet;
      for (const value of values) {
        if (value === 'absent') step.next.push(one);
        else marked.push(withMark(one, statement.kind, value));
      }
      return marked;
    }
    case 'doNotTrack':
      return [packet.tracking === 'before' ? { ...packet, tracking: 'untracked' } : packet];
    case 'translate':
    case 'redirect':
    case 'masquerade': {
      const { translated, skipped } = translate(statement, packet, host);
      step.accepted.push(...translated);
      step.next.push(...skipped);
      return [];
    }
    case 'switch': {
      const going: Packet[] = [];
      for (const key of look(statement.key, packet, host)) {
        if (key === 'absent') {
          step.next.push(packet);
          continue;
        }
        const { hits, mayMiss, sure, why } = choose(key, statement.cases, statement.growing);
        const one = sure ? packet : doubting(packet, why);
        if (mayMiss) step.next.push(one);
        for (const { gives } of hits) going.push(...follow(gives, one, by, step, ruleset, host, depth));
      }
      return going;
    }
    default:
      return follow(statement, packet, by, step, ruleset, host, depth);
  }
}

function follow(
  outcome: Outcome,
  packet: Packet,
  by: Decision,
  step: Step,
  ruleset: Ruleset,
  host: HostView,
  depth: number,
): Packet[] {
  switch (outcome.kind) {
    case 'continue':
      // As a verdict it ends the rule, not the chain.
      step.next.push(packet);
      return [];
    case 'accept':
      step.accepted.push({ ...packet, passedBy: by });
      return [];
    case 'return':
      step.returned.push(packet);
      return [];
    case 'drop':
      step.stopped.push({ how: 'drop', detail: '', by, packet });
      return [];
    case 'reject':
      step.stopped.push({ how: 'reject', detail: outcome.with, by, packet });
      return [];
    case 'handedOver':
      handOver(packet, outcome.why, by, step);
      return [];
    case 'jump':
    case 'goto': {
      const target = ruleset.chains.get(outcome.chain);
      if (target === undefined || depth >= deepest) {
        handOver(packet, `the chain ${outcome.chain}, which is not in the dump`, by, step);
        return [];
      }
      const course = traverse(target, packet, ruleset, host, depth + 1);
      step.accepted.push(...course.accepted);
      step.stopped.push(...course.stopped);
      // After a goto the packet comes back to where the chain it left would have gone back to.
      (outcome.kind === 'jump' ? step.next : step.returned).push(...course.fellThrough);
      return [];
    }
    default:
      return outcome satisfies never;
  }
}

/** To what can't be read here: it may stop the packet, accept it or leave it to the next rule, and mark it. */
function handOver(packet: Packet, why: string, by: Decision, step: Step): void {
  const doubtful = doubting(packet, why);
  step.stopped.push({ how: 'lost', detail: why, by, packet: doubtful });
  const marked = { ...doubtful, mark: anyMark(why), connection: { ...doubtful.connection, mark: anyMark(why) } };
  step.accepted.push({ ...marked, passedBy: by });
  step.next.push(marked);
}

/** A doubt that made no difference is forgotten: whichever way it is, the same packet goes on. */
function settle(before: Packet, step: Step): Step {
  if (step.stopped.length > 0 || step.accepted.length > 0 || step.returned.length > 0) return step;
  if (step.next.length === 1 && step.next[0] === before) return step;
  const key = packetKey(before);
  return step.next.every((packet) => packetKey(packet) === key) ? { ...step, next: [before] } : step;
}

function withMark(
  packet: Packet,
  kind: 'setMark' | 'setConnectionMark',
  value: Exclude<ReturnType<typeof look>[number], 'absent'>,
): Packet {
  const mark =
    value.kind === 'numbers' ? value : anyMark(value.kind === 'unknown' ? value.why : 'a mark that is no number');
  if (kind === 'setMark') return { ...packet, mark };
  return packet.tracking === 'tracked' ? { ...packet, connection: { ...packet.connection, mark } } : packet;
}

const anyMark = (why: string) => ({ kind: 'numbers', lo: 0n, hi: 0xffffffffn, why }) as const;

/** More possibilities than this are not followed one by one: their marks are called unknown instead. */
const mostPossibilities = 48;

function bounded(packets: readonly Packet[]): readonly Packet[] {
  if (packets.length <= mostPossibilities) return packets;
  const why = 'which of many marks the rules gave the packet';
  return distinct(
    packets.map((packet) =>
      doubting({ ...packet, mark: anyMark(why), connection: { ...packet.connection, mark: anyMark(why) } }, why),
    ),
  );
}
