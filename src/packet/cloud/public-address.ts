import { type AddressRange, parseRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import { isInAny } from './matching.ts';

/** Can packets with it come over the internet, untranslated? A doubt for a range of which only a part can. */
export function isPublic(range: AddressRange): Truth {
  const truth = isInAny(range, nonPublic);
  return typeof truth === 'boolean' ? !truth : truth;
}

/** Source: IANA's special-purpose address registries; the documentation's addresses stand for public ones here. */
const nonPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
  '::/8',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

export const nonPublicRanges: readonly AddressRange[] = nonPublic.flatMap((cidr) => parseRange(cidr) ?? []);
