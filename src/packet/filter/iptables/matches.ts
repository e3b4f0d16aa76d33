import { type AddressRange, type Family, parseAddress, parseRange } from '../address.ts';
import {
  constant,
  ctStatesAndNat,
  ctStatuses,
  doubt,
  type Expr,
  type Field,
  field,
  never,
  routeTypes,
  type Statement,
  tcpFlags,
} from '../model.ts';
import { exactly, number, type Pattern } from '../value.ts';
import type { Option } from './line.ts';

/** The tests that an option of a rule stands for; nothing for one that only names a match or comments. */
export function readMatch(option: Option, family: Family): readonly Statement[] {
  const { name, negated, of } = option;
  const value = option.args[0] ?? '';
  switch (name) {
    case '-s':
      return [addresses('saddr', value, negated)];
    case '-d':
      return [addresses('daddr', value, negated)];
    case '-i':
      return [device('iif', value, negated)];
    case '-o':
      return [device('oif', value, negated)];
    case '-p':
      return protocol(value, negated);
    case '-f':
      // Later fragments; a connection's handshake has none.
      return negated ? [] : [never];
    case '-m':
      return named(value, option);
    default:
      return (readers[of] ?? unreadOption)(option, family);
  }
}

/** What `-m NAME` means by itself. */
function named(match: string, option: Option): readonly Statement[] {
  if (readers[match] !== undefined) return foreign.has(match) ? [never] : [];
  return [doubt(`the match \`-m ${match}\`${option.negated ? ' (negated)' : ''}`)];
}

/** Protocols that a TCP packet isn't. */
const foreign = new Set(['udp', 'icmp', 'icmp6', 'sctp', 'dccp', 'udplite', 'esp', 'ah']);

type OptionReader = (option: Option, family: Family) => readonly Statement[];

/** Already said as a doubt by the match's name: its options add nothing. */
const unreadOption: OptionReader = () => [];

/** By the match that an option belongs to. Listed here means: every option of it is read, or said not to be. */
const readers: Readonly<Record<string, OptionReader>> = {
  comment: () => [],
  nfacct: () => [],
  tcp: (option) => {
    const { name, args, negated } = option;
    if (name === '--dport' || name === '--sport') return [ports([portField(name)], args[0] ?? '', negated)];
    if (name !== '--tcp-flags') return [other(option)];
    const mask = bitsOf(args[0] ?? '', tcpFlags);
    const wanted = bitsOf(args[1] ?? '', tcpFlags);
    return mask === null || wanted === null ? [other(option)] : [masked('tcpFlags', mask, wanted, negated)];
  },
  multiport: (option) => {
    const { name, args, negated } = option;
    if (name === '--dports' || name === '--sports') return [ports([portField(name)], args[0] ?? '', negated)];
    // Either of both ports: said exactly only where one of them decides, which is left to a doubt.
    return [other(option)];
  },
  conntrack: (option) => {
    const { name, args, negated } = option;
    const value = args[0] ?? '';
    switch (name) {
      case '--ctstate':
        return [anyBit('ctStateAndNat', bitsOf(value, ctStatesAndNat), option)];
      case '--ctstatus':
        return value === 'NONE' ? [other(option)] : [anyBit('ctStatus', bitsOf(value, statusNames), option)];
      case '--ctdir':
        return [inPatterns(field('ctDirection'), [exactly(value === 'ORIGINAL' ? 0 : 1)], negated)];
      case '--ctproto':
        return [inPatterns(field('ctProtocol'), [protocolPattern(value)], negated)];
      case '--ctorigsrc':
        return [addresses('ctOriginalSaddr', value, negated)];
      case '--ctorigdst':
        return [addresses('ctOriginalDaddr', value, negated)];
      case '--ctorigsrcport':
        return [ports(['ctOriginalSport'], value, negated)];
      case '--ctorigdstport':
        return [ports(['ctOriginalDport'], value, negated)];
      default:
        return [other(option)];
    }
  },
  state: (option) => [anyBit('ctStateAndNat', bitsOf(option.args[0] ?? '', ctStatesAndNat), option)],
  mark: (option) => [marked('mark', option)],
  connmark: (option) => [marked('ctMark', option)],
  addrtype: (option, family) => {
    const { name, args, negated } = option;
    const of = name === '--src-type' ? 'saddr' : name === '--dst-type' ? 'daddr' : null;
    const types = addressTypes((args[0] ?? '').split(','), family);
    return [of === null || types === null ? other(option) : inPatterns(routeType(of), types.map(exactly), negated)];
  },
  iprange: ({ name, args, negated }) => [addresses(name === '--src-range' ? 'saddr' : 'daddr', args[0] ?? '', negated)],
  statistic: (option) => {
    const isCertain = option.name === '--probability' && Number(option.args[0]) >= 1;
    return option.name === '--mode' || isCertain ? [] : [doubt('a random choice (`-m statistic`)')];
  },
  limit: ({ name }) => (name === '--limit' ? [doubt('whether the limit of the rule is used up')] : []),
  hashlimit: ({ name }) =>
    /^--hashlimit-(upto|above)$/.test(name) ? [doubt('whether the limit of the rule is used up')] : [],
  set: (option) => [doubt(`whether the ipset \`${option.args[0] ?? ''}\` holds it`)],
  pkttype: ({ args, negated }) => {
    const types: Readonly<Record<string, number>> = { unicast: 0, host: 0, broadcast: 1, multicast: 2 };
    const type = types[args[0] ?? ''];
    return [type === undefined ? doubt('a packet type') : inPatterns(field('packetType'), [exactly(type)], negated)];
  },
  rpfilter: rpfilter,
  ...Object.fromEntries([...foreign].map((match) => [match, (): readonly Statement[] => []])),
};

const statusNames = { ...ctStatuses, SEEN_REPLY: ctStatuses['SEEN-REPLY'] } as const;

/** The reverse path is looked up once, with the options that stand beside it. */
function rpfilter({ name }: Option): readonly Statement[] {
  return name === '--invert' ? [reversePath(true)] : [];
}

/** Matches when the way back leads through the interface that the packet came in by. */
export function reversePath(inverted: boolean): Statement {
  return inPatterns({ kind: 'route', of: 'saddr', through: 'iif', result: 'exists' }, [exactly(1)], inverted);
}

function protocol(value: string, negated: boolean): readonly Statement[] {
  if (value === 'all' || value === '0') return negated ? [never] : [];
  return [inPatterns(field('protocol'), [protocolPattern(value)], negated)];
}

/** Only TCP must be told from all others. */
function protocolPattern(value: string): Pattern {
  return exactly(value === 'tcp' || value === '6' ? 6 : 255);
}

function device(of: 'iif' | 'oif', value: string, negated: boolean): Statement {
  const pattern: Pattern = value.endsWith('+')
    ? { kind: 'name', name: value.slice(0, -1), isStart: true }
    : { kind: 'name', name: value, isStart: false };
  return inPatterns(field(of), [pattern], negated);
}

function addresses(of: Field, value: string, negated: boolean): Statement {
  const range = parseRange(value);
  if (range !== null) return inPatterns(field(of), [patternOf(range)], negated);
  const [base, mask] = value.split('/').map((part) => parseAddress(part));
  if (!base || !mask) return doubt(`the address \`${value}\``);
  const left: Expr = { kind: 'bits', op: '&', left: field(of), right: constant(number(mask.lo)) };
  return inPatterns(left, [exactly(base.lo & mask.lo)], negated);
}

function patternOf({ lo, hi }: AddressRange): Pattern {
  return { kind: 'range', lo, hi };
}

/** `80,443,6000:7000`, with `:1024` and `1024:` open on one side. */
function ports(of: readonly [Field], list: string, negated: boolean): Statement {
  const patterns = list.split(',').map((part): Pattern => {
    const [lo = '', hi] = part.split(':');
    const [from, to] = [lo === '' ? 0 : Number(lo), hi === undefined ? Number(lo) : hi === '' ? 65535 : Number(hi)];
    return Number.isInteger(from) && Number.isInteger(to)
      ? { kind: 'range', lo: BigInt(from), hi: BigInt(to) }
      : { kind: 'unread', why: `the port \`${part}\`` };
  });
  return inPatterns(field(of[0]), patterns, negated);
}

function portField(option: string): Field {
  return option.startsWith('--d') ? 'dport' : 'sport';
}

function marked(of: 'mark' | 'ctMark', option: Option): Statement {
  if (option.name !== '--mark') return other(option);
  const [value, mask] = (option.args[0] ?? '').split('/').map(toNumber);
  if (value === null || value === undefined || mask === null) return other(option);
  return masked(of, mask ?? 0xffffffffn, value, option.negated);
}

function masked(of: Field, mask: bigint, wanted: bigint, negated: boolean): Statement {
  const left: Expr = { kind: 'bits', op: '&', left: field(of), right: constant(number(mask)) };
  return inPatterns(left, [exactly(wanted)], negated);
}

function anyBit(of: Field, bits: bigint | null, option: Option): Statement {
  if (bits === null) return other(option);
  return { kind: 'test', test: { kind: 'anyBit', left: field(of), bits, negated: option.negated } };
}

function routeType(of: 'saddr' | 'daddr'): Expr {
  return { kind: 'route', of, through: null, result: 'type' };
}

/**
 * The route types that the words stand for. In IPv4 any of them will do; in IPv6 an address must satisfy all, and
 * `UNICAST` is what isn't multicast, local addresses included (`match_type6` in the kernel's xt_addrtype.c).
 */
function addressTypes(words: readonly string[], family: Family): readonly bigint[] | null {
  const types = words.map((word) => nameIn(routeTypes, word));
  if (!types.every((type) => type !== null)) return null;
  if (family === 4) return types;
  const satisfying = types.map((type): readonly bigint[] | null => {
    if (type === routeTypes.LOCAL || type === routeTypes.MULTICAST) return [type];
    return type === routeTypes.UNICAST ? [routeTypes.UNICAST, routeTypes.LOCAL] : null;
  });
  if (!satisfying.every((one) => one !== null)) return null;
  return Object.values(routeTypes).filter((type) => satisfying.every((one) => one.includes(type)));
}

function inPatterns(left: Expr, patterns: readonly Pattern[], negated: boolean): Statement {
  return { kind: 'test', test: { kind: 'in', left, set: { name: null, patterns, growing: false }, negated } };
}

function bitsOf(list: string, names: Readonly<Record<string, bigint>>): bigint | null {
  if (list === 'NONE') return 0n;
  if (list === 'ALL') return 0x3fn;
  let sum = 0n;
  for (const word of list.split(',')) {
    const bit = nameIn(names, word);
    if (bit === null) return null;
    sum |= bit;
  }
  return sum;
}

function nameIn(names: Readonly<Record<string, bigint>>, word: string): bigint | null {
  return names[word.toUpperCase()] ?? null;
}

/** Decimal or `0x…`; null when it is neither. */
export function toNumber(text: string): bigint | null {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : null;
}

function other(option: Option): Statement {
  return doubt(wordsFor(option));
}

function wordsFor({ of, name, args, negated }: Option): string {
  return `\`-m ${of} ${negated ? '! ' : ''}${[name, ...args].join(' ')}\``;
}
