import { isDeepStrictEqual } from 'node:util';
import { cloudPassages } from '../../../packet/cloud/passages.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { Deed } from './deed.ts';
import { modelOf } from './model-of.ts';
import { type AwsState, mayServe } from './state.ts';
import type { Undone } from './undone.ts';

/** What a deed did to clients; null: that can't be told, and neither can it be said that it is not on the way. */
export function effectOf(deed: Deed, undone: Undone, state: AwsState): ChangeEffect | null {
  switch (undone.kind) {
    case 'elsewhere':
      // What could not be read may be where it is.
      return state.unread.length > 0 || !isFound(state) ? null : judged('none', undone.why);
    case 'unresolved':
      // Whether a name leads elsewhere shows in what it resolves to, which is judged with the evidence.
      return deed.kind === 'records' ? null : judged('unknown', undone.why);
    case 'undone':
      return compared(deed, undone.before, undone.after);
    default:
      return undone satisfies never;
  }
}

/** Is it known what is on the way at all? */
function isFound({ balancers, instances, managed }: AwsState): boolean {
  return balancers.length + instances.length > 0 || managed !== null;
}

function compared(deed: Deed, before: AwsState, after: AwsState): ChangeEffect {
  const { port } = after.endpoint;
  const [was, is] = [serving(before), serving(after)];
  if (was.ways > 0 && is.ways === 0) return judged('breaks', `Nothing takes connections at port ${port} any more.`);
  if (was.ways === 0 && is.ways > 0) return judged('mends', `Connections at port ${port} are taken again.`);
  if (deed.kind === 'targets' || deed.kind === 'instances' || deed.kind === 'listener') {
    if (was.nodes > 0 && is.nodes === 0) return judged('breaks', 'Nothing healthy stands behind it any more.');
    if (was.nodes === 0 && is.nodes > 0) return judged('mends', 'Something stands behind it again.');
    if (deed.kind !== 'listener') {
      if (is.nodes === 0) return judged('none', 'Nothing healthy stood behind it before, either.');
      return judged('none', `${is.nodes} of ${is.all} targets still take connections.`);
    }
  }
  const [old, now] = [passagesOf(before), passagesOf(after)];
  if (old.length > MOST || now.length > MOST) {
    return judged('unknown', `It treats clients in more than ${MOST} different ways by their addresses.`);
  }
  if (old.length + now.length === 0) return judged('unknown', 'Which addresses clients connect to is not known.');
  if (isDeepStrictEqual(old, now)) return judged('none', 'Every client is treated as before it.');
  return { kind: 'passages', port, before: [...old], after: [...now] };
}

const MOST = 256;

/** Several ways to one address can't be told apart by clients: the first one's rules are told. */
function passagesOf(state: AwsState) {
  const model = modelOf(state);
  const seen = new Set<string>();
  return model.ways.flatMap((way) => {
    const addresses = way.addresses.filter((address) => !seen.has(address));
    for (const address of addresses) seen.add(address);
    return addresses.length === 0 ? [] : cloudPassages(model, { ...way, addresses });
  });
}

/** Ways in, and what stands behind the widest of them. */
function serving(state: AwsState) {
  const { ways } = modelOf(state);
  const nodes = ways.map(({ hops }) => hops.filter(({ kind }) => kind !== 'load-balancer'));
  const count = (of: (hops: (typeof nodes)[number]) => number) => Math.max(0, ...nodes.map(of));
  return {
    ways: ways.length,
    nodes: count((hops) => hops.filter(mayServe).length),
    all: count((hops) => hops.length),
  };
}

function judged(verdict: 'breaks' | 'mends' | 'none' | 'unknown', words: string): ChangeEffect {
  return { kind: 'judged', verdict, words };
}
