import { type AddressRange, type Family, parseAddress, parseRange, within } from './address.ts';
import { routeTypes } from './model.ts';
import { between, type Numbers, number } from './value.ts';

/** What a rule can ask of the host it stands on. */
export interface Host {
  readonly interfaces: readonly HostInterface[];
  /** The main routing table; empty when it could not be read. */
  readonly routes: readonly HostRoute[];
}

interface HostInterface {
  readonly name: string;
  /** With prefix length: `10.0.0.10/24`. */
  readonly addresses: readonly string[];
}

export interface HostRoute {
  /** A CIDR; `0.0.0.0/0` and `::/0` for the default route. */
  readonly to: string;
  readonly device: string;
}

/** The questions, answered from parsed addresses; built once for many packets. */
export interface HostView {
  isLocal(family: Family, value: bigint): boolean;
  /** Does any own address lie in the range? */
  holdsLocal(range: AddressRange): boolean;
  /** The device that packets to the whole range leave by; null when there is none, or not one. */
  deviceTo(range: AddressRange): string | null;
  /** As the kernel types it: local, broadcast, multicast, unicast. */
  typeOf(range: AddressRange): Numbers;
  addressesOf(device: string, family: Family): readonly AddressRange[];
  /** Where ranges must be cut so that all of a piece is treated alike. */
  readonly edges: readonly AddressRange[];
}

export function viewOf(host: Host): HostView {
  const own = host.interfaces.flatMap(({ name, addresses }) =>
    addresses.flatMap((text) => {
      const address = parseAddress(text.split('/')[0] ?? '');
      const subnet = parseRange(text);
      return address === null || subnet === null ? [] : [{ name, address, subnet }];
    }),
  );
  const routes = [
    ...host.routes.flatMap(({ to, device }) => {
      const range = parseRange(to);
      return range === null ? [] : [{ range, device }];
    }),
    ...own.map(({ name, subnet }) => ({ range: subnet, device: name })),
  ];
  const broadcasts = own
    .filter(({ address, subnet }) => address.family === 4 && subnet.hi - subnet.lo > 1n)
    .map(({ subnet }) => subnet.hi);

  const isLocal = (family: Family, value: bigint): boolean =>
    own.some(({ address }) => address.family === family && address.lo === value) ||
    locals.some((range) => range.family === family && value >= range.lo && value <= range.hi);

  const holdsLocal = (range: AddressRange): boolean =>
    own.some(({ address }) => within(address, range)) || locals.some((local) => overlaps(local, range));

  const deviceTo = (range: AddressRange): string | null => {
    if (locals.some((local) => within(range, local))) return 'lo';
    if (range.lo === range.hi && isLocal(range.family, range.lo)) return 'lo';
    const touching = routes.filter((route) => overlaps(route.range, range));
    const covering = touching.filter((route) => within(range, route.range)).map((route) => spanOf(route.range));
    const narrowest = covering.reduce<bigint | null>(
      (least, span) => (least === null || span < least ? span : least),
      null,
    );
    if (narrowest === null) return null;
    // Narrower routes that hold only a part of the range, and equally narrow ones, must lead the same way.
    const deciding = touching.filter((route) => spanOf(route.range) <= narrowest);
    const [first] = deciding;
    return first !== undefined && deciding.every(({ device }) => device === first.device) ? first.device : null;
  };

  return {
    isLocal,
    holdsLocal,
    deviceTo,
    typeOf: (range) => {
      if (range.lo === range.hi) {
        if (isLocal(range.family, range.lo)) return number(routeTypes.LOCAL);
        if (range.family === 4 && (range.lo === 0xffffffffn || broadcasts.includes(range.lo))) {
          return number(routeTypes.BROADCAST);
        }
      }
      if (within(range, multicast[range.family])) return number(routeTypes.MULTICAST);
      const mixed =
        holdsLocal(range) ||
        overlaps(range, multicast[range.family]) ||
        broadcasts.some((one) => range.family === 4 && one >= range.lo && one <= range.hi);
      const routed = host.routes.length === 0 || deviceTo(range) !== null;
      return mixed || !routed
        ? between(routeTypes.UNSPEC, routeTypes.PROHIBIT, 'what the routing table says of that address')
        : number(routeTypes.UNICAST);
    },
    addressesOf: (device, family) =>
      own.filter(({ name, address }) => name === device && address.family === family).map(({ address }) => address),
    edges: [...routes.map(({ range }) => range), ...own.map(({ address }) => address), ...locals, ...broadcastRanges()],
  };

  function broadcastRanges(): AddressRange[] {
    return [
      multicast[4],
      multicast[6],
      ...[...broadcasts, 0xffffffffn].map((value): AddressRange => ({ family: 4, lo: value, hi: value })),
    ];
  }
}

const locals: readonly AddressRange[] = [
  { family: 4, lo: 0x7f000000n, hi: 0x7fffffffn },
  { family: 6, lo: 1n, hi: 1n },
];

const multicast: Readonly<Record<Family, AddressRange>> = {
  4: { family: 4, lo: 0xe0000000n, hi: 0xefffffffn },
  6: { family: 6, lo: 0xffn << 120n, hi: (1n << 128n) - 1n },
};

const spanOf = (range: AddressRange): bigint => range.hi - range.lo;

function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.lo <= b.hi && b.lo <= a.hi;
}
