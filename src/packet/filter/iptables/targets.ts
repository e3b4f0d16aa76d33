import { parseRange } from '../address.ts';
import { constant, type Expr, field, type Statement } from '../model.ts';
import { harmlessTargets } from '../targets.ts';
import { between, number, unknown } from '../value.ts';
import type { Option } from './line.ts';
import { toNumber } from './matches.ts';

/** What the target of a rule does; `ownChains` are those that the table defines. */
export function readTarget(
  target: string,
  options: readonly Option[],
  isGoto: boolean,
  chainKey: (name: string) => string,
  ownChains: ReadonlySet<string>,
): readonly Statement[] {
  const option = (name: string): string | undefined => options.find((one) => one.name === name)?.args[0];
  if (ownChains.has(target)) return [{ kind: isGoto ? 'goto' : 'jump', chain: chainKey(target) }];
  switch (target) {
    case 'ACCEPT':
      return [{ kind: 'accept' }];
    case 'DROP':
      return [{ kind: 'drop' }];
    case 'RETURN':
      return [{ kind: 'return' }];
    case 'REJECT':
      return [{ kind: 'reject', with: option('--reject-with') ?? 'icmp-port-unreachable' }];
    case 'MARK':
      return [{ kind: 'setMark', value: setBits(field('mark'), option) }];
    case 'CONNMARK':
      return readConnmark(options, option);
    case 'NOTRACK':
      return [{ kind: 'doNotTrack' }];
    case 'CT':
      return options.some(({ name }) => name === '--notrack') ? [{ kind: 'doNotTrack' }] : [];
    case 'DNAT':
      return [translation('destination', option('--to-destination'))];
    case 'SNAT':
      return [translation('source', option('--to-source'))];
    case 'NETMAP':
      return [{ kind: 'handedOver', why: 'where `NETMAP` leads to' }];
    case 'MASQUERADE':
      return [{ kind: 'masquerade' }];
    case 'REDIRECT': {
      const port = option('--to-ports');
      return [{ kind: 'redirect', port: port === undefined ? null : portRange(port) }];
    }
    default:
      if (harmlessTargets.has(target)) return [];
      return [{ kind: 'handedOver', why: `what the target \`${target}\` does` }];
  }
}

/** `--set-xmark value/mask`: clears the bits of the mask, then flips those of the value; `--set-mark` sets them. */
function setBits(of: Expr, option: (name: string) => string | undefined): Expr {
  const xmark = pair(option('--set-xmark'));
  if (xmark !== null) return bits('^', bits('&', of, inverse(xmark.mask)), xmark.value);
  const set = pair(option('--set-mark'));
  if (set !== null) return bits('|', bits('&', of, inverse(set.mask)), set.value);
  return constant(unknown('the mark that a rule sets'));
}

function readConnmark(options: readonly Option[], option: (name: string) => string | undefined): readonly Statement[] {
  const has = (name: string): boolean => options.some((one) => one.name === name);
  const packetMask = toNumber(option('--nfmask') ?? '0xffffffff') ?? everyBit;
  const connectionMask = toNumber(option('--ctmask') ?? '0xffffffff') ?? everyBit;
  if (has('--save-mark')) {
    const kept = bits('&', field('ctMark'), inverse(connectionMask));
    return [
      {
        kind: 'setConnectionMark',
        value: { kind: 'bits', op: '^', left: kept, right: bits('&', field('mark'), packetMask) },
      },
    ];
  }
  if (has('--restore-mark')) {
    const kept = bits('&', field('mark'), inverse(packetMask));
    return [
      {
        kind: 'setMark',
        value: { kind: 'bits', op: '^', left: kept, right: bits('&', field('ctMark'), connectionMask) },
      },
    ];
  }
  return [{ kind: 'setConnectionMark', value: setBits(field('ctMark'), option) }];
}

const everyBit = 0xffffffffn;
const inverse = (mask: bigint): bigint => everyBit & ~mask;

function bits(op: '&' | '|' | '^', left: Expr, right: bigint): Expr {
  return { kind: 'bits', op, left, right: constant(number(right)) };
}

function pair(text: string | undefined): { value: bigint; mask: bigint } | null {
  const [value, mask] = (text ?? '').split('/').map(toNumber);
  if (value === undefined || value === null || mask === null) return null;
  return { value, mask: mask ?? everyBit };
}

/** `10.0.0.1:6443`, `[fd00::1]:6443`, `:6443`, ranges of addresses or ports. */
function translation(side: 'source' | 'destination', to: string | undefined): Statement {
  const { address, port } = splitTarget(to ?? '');
  const range = address === '' ? null : parseRange(address);
  if (address !== '' && range === null) return { kind: 'handedOver', why: `where \`${to}\` leads to` };
  const several = 'which of a range of addresses is taken';
  return {
    kind: 'translate',
    side,
    address: range === null ? null : constant(between(range.lo, range.hi, several)),
    port: port === '' ? null : portRange(port),
  };
}

function splitTarget(to: string): { address: string; port: string } {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(to);
  if (bracketed !== null) return { address: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const parts = to.split(':');
  // More than one colon without brackets is an IPv6 address alone.
  if (parts.length > 2) return { address: to, port: '' };
  return { address: parts[0] ?? '', port: parts[1] ?? '' };
}

function portRange(text: string): Expr {
  const [lo, hi] = text.split('-').map(toNumber);
  if (lo === null || lo === undefined || hi === null) return constant(unknown('the port that a rule leads to'));
  return constant(between(lo, hi ?? lo, 'which of a range of ports is taken'));
}
