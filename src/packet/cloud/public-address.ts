import { type AddressRange, parseRange, within } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';

/** Can packets with it come over the internet, untranslated? A doubt for a range of which only a part can. */
export function isPublic(range: AddressRange): Truth {
  if (nonPublicRanges.some((one) => within(range, one))) return false;
  const isPartly = nonPublicRanges.some(
    ({ family, lo, hi }) => family === range.family && lo <= range.hi && range.lo <= hi,
  );
  return isPartly ? { why: 'which of its addresses is meant' } : true;
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
