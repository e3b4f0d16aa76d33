import type { HostView } from './host.ts';
import type { Base, Chain, Hook, Ruleset } from './model.ts';
import { distinct, doubting, type Packet, packetKey, translationOf } from './packet.ts';
import { rewritten } from './translate.ts';
import { type Stop, traverse } from './traverse.ts';

/**
 * Sends packets through everything that hangs on a hook, in the kernel's order. A drop in any base chain is final,
 * an accept ends only that chain.
 */
export function passHook(hook: Hook, packets: readonly Packet[], ruleset: Ruleset, host: HostView): Outcome {
  const [sample] = packets;
  if (sample === undefined) return nothing;
  const chains = baseChains(ruleset, hook, sample.family);
  const stations: Station[] = chains
    .filter(({ base }) => base.type !== 'nat')
    .map(({ chain, base }) => ({
      priority: base.priority,
      pass: (packet) => passChain(chain, base, packet, ruleset, host),
    }));
  if (tracksAt.has(hook)) stations.push({ priority: trackingPriority, pass: track });
  const side = natSides[hook];
  if (side !== undefined) {
    const nat = chains.filter(({ base }) => base.type === 'nat');
    // Whatever their own priority is: nat chains are called from one place, ordered among themselves.
    stations.push({
      priority: side === 'destination' ? -100 : 100,
      pass: (packet) => passNat(side, nat, packet, ruleset, host),
    });
  }
  return inOrder(stations, packets);
}

export interface Outcome {
  readonly through: readonly Packet[];
  readonly stopped: readonly Stop[];
}

interface Station {
  readonly priority: number;
  pass(packet: Packet): Outcome;
}

interface BaseChain {
  readonly chain: Chain;
  readonly base: Base;
}

const nothing: Outcome = { through: [], stopped: [] };

/** Connection tracking looks a packet up where it enters the host's stack. */
const tracksAt: ReadonlySet<Hook> = new Set(['prerouting', 'output']);
const trackingPriority = -200;

const natSides: Partial<Record<Hook, 'source' | 'destination'>> = {
  prerouting: 'destination',
  output: 'destination',
  input: 'source',
  postrouting: 'source',
};

/** Chains of one priority are ordered by when they were made, which no dump tells. */
const mostOrdersOf = 3;

function inOrder(stations: readonly Station[], packets: readonly Packet[]): Outcome {
  const priorities = [...new Set(stations.map(({ priority }) => priority))].sort((a, b) => a - b);
  const stopped: Stop[] = [];
  let going = packets;
  for (const priority of priorities) {
    const group = stations.filter((station) => station.priority === priority);
    const first = oneByOne(group, going);
    const through = [...first.through];
    stopped.push(...first.stopped);
    const others = isIdle(going, first) ? [] : ordersOf(group).slice(1);
    for (const order of others) {
      const why = `the order of chains with the same priority (${priority})`;
      const outcome = oneByOne(
        order,
        going.map((packet) => doubting(packet, why)),
      );
      through.push(...outcome.through);
      stopped.push(...outcome.stopped);
    }
    going = distinct(through);
  }
  return { through: going, stopped };
}

/** Nothing was stopped and nothing changed, so no other order would do anything else. */
function isIdle(before: readonly Packet[], { through, stopped }: Outcome): boolean {
  const keys = new Set(before.map(packetKey));
  return stopped.length === 0 && through.every((packet) => keys.has(packetKey(packet)));
}

function oneByOne(stations: readonly Station[], packets: readonly Packet[]): Outcome {
  const stopped: Stop[] = [];
  let going = packets;
  for (const station of stations) {
    const outcomes = going.map((packet) => station.pass(packet));
    stopped.push(...outcomes.flatMap((outcome) => outcome.stopped));
    going = distinct(outcomes.flatMap(({ through }) => through));
  }
  return { through: going, stopped };
}

function ordersOf(group: readonly Station[]): readonly (readonly Station[])[] {
  if (group.length > mostOrdersOf) return [group, group.toReversed()];
  if (group.length <= 1) return [group];
  return group.flatMap((first) => ordersOf(group.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

function passChain(chain: Chain, base: Base, packet: Packet, ruleset: Ruleset, host: HostView): Outcome {
  const attached = attachedTo(base, packet);
  if (attached === false) return { through: [packet], stopped: [] };
  const one = attached === true ? packet : doubting(packet, attached.why);
  const { accepted, fellThrough, stopped } = traverse(chain, one, ruleset, host);
  const decides = base.type === 'filter' && decisive.has(base.hook);
  const by = { chain, rule: null };
  const ended = base.policy === 'drop' ? fellThrough : [];
  const onward = base.policy === 'drop' ? [] : fellThrough.map((each) => (decides ? { ...each, passedBy: by } : each));
  const passedOn = [...accepted, ...onward].map((each) => (decides ? each : { ...each, passedBy: packet.passedBy }));
  const stops: Stop[] = [...stopped, ...ended.map((each): Stop => ({ how: 'drop', detail: '', by, packet: each }))];
  const through = attached === true ? passedOn : [...passedOn, one];
  // Nothing was stopped and nothing changed: what could not be told makes no difference.
  const key = packetKey(packet);
  const harmless = stops.length === 0 && through.every((each) => packetKey(each) === key);
  return {
    through: harmless ? through.slice(0, 1).map((each) => ({ ...each, doubts: packet.doubts })) : through,
    stopped: stops,
  };
}

/** The hooks that a person means by "let in" or "let out"; accepts elsewhere say little. */
const decisive: ReadonlySet<Hook> = new Set(['input', 'forward', 'output']);

function attachedTo(base: Base, packet: Packet): boolean | { why: string } {
  if (base.hook !== 'ingress' && base.hook !== 'egress') return true;
  const device = base.hook === 'ingress' ? packet.iif : packet.oif;
  if (base.devices === null) return { why: `which device the ${base.hook} chain is attached to` };
  return device.kind === 'unknown' ? { why: device.why } : base.devices.includes(device.name);
}

function track(packet: Packet): Outcome {
  if (packet.tracking !== 'before') return { through: [packet], stopped: [] };
  const tracking = packet.connection.tracked === true ? 'tracked' : 'unsure';
  return { through: [{ ...packet, tracking }], stopped: [] };
}

/** Only a tracked connection is translated; its first packet asks the rules, the others follow it. */
function passNat(
  side: 'source' | 'destination',
  chains: readonly BaseChain[],
  packet: Packet,
  ruleset: Ruleset,
  host: HostView,
): Outcome {
  const { connection } = packet;
  if (packet.tracking === 'untracked' || packet.tracking === 'before') return { through: [packet], stopped: [] };
  if (packet.tracking === 'unsure') {
    const asked = askNat(side, chains, { ...packet, connection: { ...connection, [side]: 'unasked' } }, ruleset, host);
    const harmless = translationOf(connection, side) === null && asked.stopped.length === 0;
    if (harmless && asked.through.every((each) => translationOf(each.connection, side) === null)) {
      return { through: [packet], stopped: [] };
    }
    const detail = 'whether a connection that is tracked in part only is translated';
    const doubtful = doubting(packet, detail);
    return { through: [doubtful], stopped: [{ how: 'lost', detail, by: null, packet: doubtful }] };
  }
  if (connection.state === 'established') return { through: [translatedAgain(side, packet)], stopped: [] };
  return connection[side] === 'unasked'
    ? askNat(side, chains, packet, ruleset, host)
    : { through: [packet], stopped: [] };
}

function askNat(
  side: 'source' | 'destination',
  chains: readonly BaseChain[],
  packet: Packet,
  ruleset: Ruleset,
  host: HostView,
): Outcome {
  const stations = chains.map(
    ({ chain, base }): Station => ({
      priority: base.priority,
      // The first chain that translates is the last to be asked.
      pass: (each) =>
        each.connection[side] === 'unasked'
          ? passChain(chain, base, each, ruleset, host)
          : { through: [each], stopped: [] },
    }),
  );
  const { through, stopped } = inOrder(stations, [packet]);
  const settled = through.map((each) =>
    each.connection[side] === 'unasked' ? { ...each, connection: { ...each.connection, [side]: null } } : each,
  );
  return { through: settled, stopped };
}

function translatedAgain(side: 'source' | 'destination', packet: Packet): Packet {
  const { connection } = packet;
  if (connection.direction === 'original') {
    const to = translationOf(connection, side);
    return to === null ? packet : { ...rewritten(packet, side, to), connection };
  }
  // On the way back, the source is what the client meant as destination, and the other way round.
  const { original } = connection;
  if (translationOf(connection, side === 'source' ? 'destination' : 'source') === null) return packet;
  const back =
    side === 'source'
      ? { address: original.daddr, port: original.dport }
      : { address: original.saddr, port: original.sport };
  return { ...rewritten(packet, side, back), connection };
}

function baseChains(ruleset: Ruleset, hook: Hook, family: 4 | 6): BaseChain[] {
  const found: BaseChain[] = [];
  for (const chain of ruleset.chains.values()) {
    const { base } = chain;
    if (base === null || base.hook !== hook) continue;
    if ((chain.family === 'ip' && family !== 4) || (chain.family === 'ip6' && family !== 6)) continue;
    if (chain.rules.length > 0 || base.policy === 'drop' || decisive.has(hook)) found.push({ chain, base });
  }
  return found;
}
