import type { AddressRange } from '../filter/address.ts';
import { entriesFor, ephemeral } from './acl.ts';
import type { Known } from './known.ts';
import type { CloudWay } from './model.ts';
import { nonPublicRanges } from './public-address.ts';

/** Where nothing on the way treats two addresses differently, they are in one piece. Together they are the range. */
export function piecesOf(range: AddressRange, edges: readonly AddressRange[]): readonly AddressRange[] {
  if (range.lo === range.hi) return [range];
  const starts = new Set<bigint>([range.lo]);
  for (const { family, lo, hi } of edges) {
    if (family !== range.family) continue;
    if (lo > range.lo && lo <= range.hi) starts.add(lo);
    if (hi >= range.lo && hi < range.hi) starts.add(hi + 1n);
  }
  if (starts.size > mostPieces) return [range];
  const inOrder = [...starts].sort((a, b) => (a < b ? -1 : 1));
  return inOrder.map((lo, place) => ({ ...range, lo, hi: (inOrder[place + 1] ?? range.hi + 1n) - 1n }));
}

/** A range in more pieces is judged whole, with doubt where rules split it. */
const mostPieces = 4_000;

/** Every range of clients that something on the way tells from others. */
export function edgesOf(known: Known, way: CloudWay): readonly AddressRange[] {
  const cidrs = way.hops.flatMap(({ port, access, interfaces }) => [
    ...(access?.publicCidrs ?? []),
    ...(access?.networkCidrs ?? []),
    ...interfaces.flatMap(({ groups, acl, table }) => [
      ...(groups ?? []).flatMap((id) =>
        known.rules(id, 'ingress', port).flatMap(({ rule: { peer } }) => {
          if (peer.kind === 'prefixList') return known.prefixList(peer.id) ?? [];
          return peer.kind === 'cidr' ? [peer.cidr] : [];
        }),
      ),
      ...entriesFor(acl, 'ingress', { from: port, to: port }, known).map(({ cidr }) => cidr),
      ...entriesFor(acl, 'egress', ephemeral, known).map(({ cidr }) => cidr),
      ...routed(table, known),
    ]),
  ]);
  return [...nonPublicRanges, ...[...new Set(cidrs)].flatMap((cidr) => known.range(cidr) ?? [])];
}

function routed(id: string | null, known: Known): readonly string[] {
  return (known.table(id)?.routes ?? []).flatMap(({ destination }) =>
    known.range(destination) === null ? (known.prefixList(destination) ?? []) : [destination],
  );
}
