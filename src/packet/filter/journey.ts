import type { AddressRange } from './address.ts';
import { passHook } from './hooks.ts';
import type { HostView } from './host.ts';
import type { Hook, Ruleset } from './model.ts';
import { addressOf, distinct, doubting, nowhere, type Packet } from './packet.ts';
import type { Stop } from './traverse.ts';
import { name, type Unknown, unknown } from './value.ts';

/** The packets that came where they were sent, as they are there, and the ends of the others. */
export interface Journey {
  readonly arrived: readonly Packet[];
  readonly stopped: readonly Stop[];
}

/** A packet that reaches the host from a network: delivered here, or forwarded when it is for somebody else. */
export function comeIn(packet: Packet, ruleset: Ruleset, host: HostView): Journey {
  const entered = along(['ingress', 'prerouting'], [packet], ruleset, host);
  const local: Packet[] = [];
  const foreign: Packet[] = [];
  for (const one of entered.arrived) {
    const address = addressOf(one, 'daddr');
    const here = whose(address, host);
    if (here !== 'foreign') local.push(here === 'local' ? one : doubting(one, one.daddr.why));
    if (here !== 'local') {
      const forwarded = { ...one, oif: deviceFor(address, host) };
      foreign.push(here === 'foreign' ? forwarded : doubting(forwarded, one.daddr.why));
    }
  }
  const delivered = along(['input'], local, ruleset, host);
  const passedOn = along(['forward', 'postrouting', 'egress'], foreign, ruleset, host);
  return {
    arrived: [...delivered.arrived, ...passedOn.arrived],
    stopped: [...entered.stopped, ...delivered.stopped, ...passedOn.stopped],
  };
}

/** A packet that this host sends. */
export function goOut(packet: Packet, ruleset: Ruleset, host: HostView): Journey {
  return along(['output', 'postrouting', 'egress'], [packet], ruleset, host);
}

/** A packet that this host sends to itself: out, and in again over the loopback interface. */
export function goRound(packet: Packet, ruleset: Ruleset, host: HostView): Journey {
  const out = goOut({ ...packet, oif: loopback }, ruleset, host);
  const back = out.arrived.map((one) => comeIn({ ...one, iif: loopback, oif: nowhere }, ruleset, host));
  return {
    arrived: distinct(back.flatMap(({ arrived }) => arrived)),
    stopped: [...out.stopped, ...back.flatMap(({ stopped }) => stopped)],
  };
}

/** The interface that leads to an address, which is also where its packets are taken to come in. */
export function deviceFor(address: AddressRange, host: HostView): Packet['iif'] {
  const device = host.deviceTo(address);
  return device === null ? noRoute : name(device);
}

export const loopback = name('lo');

const noRoute: Unknown = unknown('which interface leads to that address');

function whose(address: AddressRange, host: HostView): 'local' | 'foreign' | 'unsure' {
  if (address.lo === address.hi) return host.isLocal(address.family, address.lo) ? 'local' : 'foreign';
  return host.holdsLocal(address) ? 'unsure' : 'foreign';
}

function along(hooks: readonly Hook[], packets: readonly Packet[], ruleset: Ruleset, host: HostView): Journey {
  const stopped: Stop[] = [];
  let arrived = packets;
  for (const hook of hooks) {
    const passed = passHook(hook, arrived, ruleset, host);
    arrived = passed.through;
    stopped.push(...passed.stopped);
  }
  return { arrived, stopped };
}
