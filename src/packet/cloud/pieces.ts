import { type AddressRange, parseRange } from '../filter/address.ts';
import { entriesFor, ephemeral } from './acl.ts';
import { rulesFor } from './groups.ts';
import type { CloudModel, CloudWay } from './model.ts';
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
export function edgesOf(model: CloudModel, way: CloudWay): readonly AddressRange[] {
  const cidrs = way.hops.flatMap(({ port, access, interfaces }) => [
    ...(access?.publicCidrs ?? []),
    ...(access?.networkCidrs ?? []),
    ...interfaces.flatMap(({ groups, acl, table }) => [
      ...rulesFor(groups, port, model).flatMap(({ peer }) =>
        peer.kind === 'cidr' ? [peer.cidr] : peer.kind === 'prefixList' ? listed(peer.id, model) : [],
      ),
      ...entriesFor(acl, 'ingress', { from: port, to: port }, model).map(({ cidr }) => cidr),
      ...entriesFor(acl, 'egress', ephemeral, model).map(({ cidr }) => cidr),
      ...routed(table, model),
    ]),
  ]);
  return [...nonPublicRanges, ...[...new Set(cidrs)].flatMap((cidr) => parseRange(cidr) ?? [])];
}

function routed(id: string | null, model: CloudModel): readonly string[] {
  const table = id !== null && Object.hasOwn(model.tables, id) ? model.tables[id] : undefined;
  return (table?.routes ?? []).flatMap(({ destination }) =>
    parseRange(destination) === null ? listed(destination, model) : [destination],
  );
}

function listed(id: string, model: CloudModel): readonly string[] {
  return Object.hasOwn(model.prefixLists, id) ? (model.prefixLists[id] ?? []) : [];
}
