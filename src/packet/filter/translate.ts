import type { HostView } from './host.ts';
import { type Look, look } from './look.ts';
import type { Expr, Translation } from './model.ts';
import { doubting, type Packet, type Rewritten } from './packet.ts';
import { between, isExact, type Numbers, number, valueKey } from './value.ts';

/** Every way in which a nat rule may rewrite the first packet of a connection; `skipped` where the rule can't. */
export function translate(
  rule: Translation,
  packet: Packet,
  host: HostView,
): { translated: Packet[]; skipped: Packet[] } {
  const side = sideOf(rule);
  const targets = targetsOf(rule, packet, host);
  const translated: Packet[] = [];
  const skipped: Packet[] = [];
  for (const target of targets) {
    if (target === 'absent') skipped.push(packet);
    else translated.push(rewritten(targets.length > 1 ? doubting(packet, severalTargets) : packet, side, target));
  }
  return { translated, skipped };
}

/** The packet with another source or destination; what it is remembered by is null when nothing changes. */
export function rewritten(packet: Packet, side: 'source' | 'destination', to: Rewritten): Packet {
  const before = side === 'source' ? [packet.saddr, packet.sport] : [packet.daddr, packet.dport];
  const same = [to.address, to.port].every(
    (value, place) => isExact(value) && before[place] !== undefined && valueKey(value) === valueKey(before[place]),
  );
  return {
    ...packet,
    ...(side === 'source' ? { saddr: to.address, sport: to.port } : { daddr: to.address, dport: to.port }),
    connection: { ...packet.connection, [side]: same ? null : to },
  };
}

const severalTargets = 'which of several addresses the connection is led to';

function sideOf(rule: Translation): 'source' | 'destination' {
  if (rule.kind === 'translate') return rule.side;
  return rule.kind === 'redirect' ? 'destination' : 'source';
}

function targetsOf(rule: Translation, packet: Packet, host: HostView): readonly (Rewritten | 'absent')[] {
  switch (rule.kind) {
    case 'translate': {
      const [address, port] = rule.side === 'source' ? [packet.saddr, packet.sport] : [packet.daddr, packet.dport];
      const ports = looks(rule.port, port, packet, host);
      // A source port is kept where it is free, so it may be any.
      const portAfter = (value: Numbers): Numbers => (rule.side === 'source' && rule.port === null ? somePort : value);
      return looks(rule.address, address, packet, host).flatMap((to) =>
        ports.map((toPort) => {
          if (to === 'absent' || toPort === 'absent') return 'absent';
          if (to.kind === 'tuple') {
            const [first, second] = to.parts;
            return { address: numbers(first, packet), port: second === undefined ? portAfter(port) : ports16(second) };
          }
          return { address: numbers(to, packet), port: portAfter(ports16(toPort)) };
        }),
      );
    }
    case 'redirect': {
      // What this host sends itself has come in nowhere yet, and is led to the loopback address.
      const device = packet.iif.kind === 'unknown' ? null : packet.iif.name || 'lo';
      const own = device === null ? [] : host.addressesOf(device, packet.family);
      // The kernel takes the interface's first address in IPv4, one of a fitting scope in IPv6.
      const usable = packet.family === 4 ? own.slice(0, 1) : own;
      const addresses = usable.length > 0 ? usable.map(({ lo }) => number(lo)) : [anyAddress(packet)];
      return looks(rule.port, packet.dport, packet, host).flatMap((port) =>
        addresses.map((address) => (port === 'absent' ? 'absent' : { address, port: ports16(port) })),
      );
    }
    case 'masquerade': {
      const own = packet.oif.kind === 'name' ? host.addressesOf(packet.oif.name, packet.family) : [];
      const [only, ...more] = own;
      return [
        { address: only !== undefined && more.length === 0 ? number(only.lo) : anyAddress(packet), port: somePort },
      ];
    }
    default:
      return rule satisfies never;
  }
}

function looks(expr: Expr | null, otherwise: Numbers, packet: Packet, host: HostView): readonly Look[] {
  return expr === null ? [otherwise] : look(expr, packet, host);
}

function numbers(value: Look | undefined, packet: Packet): Numbers {
  return value !== undefined && value !== 'absent' && value.kind === 'numbers' ? value : anyAddress(packet);
}

function ports16(value: Look): Numbers {
  return value !== 'absent' && value.kind === 'numbers' ? value : somePort;
}

const somePort = between(1, 65535, 'the port that address translation chooses');

function anyAddress(packet: Packet): Numbers {
  return between(
    0n,
    packet.family === 4 ? 0xffffffffn : (1n << 128n) - 1n,
    'the address that address translation chooses',
  );
}
