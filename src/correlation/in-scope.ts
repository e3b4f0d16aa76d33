import type { Change } from '../words/change.ts';
import { isWithin, overlap, type Range } from './ranges.ts';
import { rangesOf, type Scene } from './read-scene.ts';
import { listed } from './words.ts';

export interface Scope {
  readonly inScope: boolean;
  /** It names what fails; else it names nothing that it could be told by. */
  readonly certain: boolean;
  /** A sentence. */
  readonly words: string;
}

/** Is a change that could not be evaluated about the API server's ports, its addresses, its nodes or the clients that fail? */
export function isInScope(change: Change, scene: Scene): Scope {
  const { category, target } = change;
  if (category === 'maintenance' || /^node$/i.test(target.kind)) return ofNode(change, scene);
  if (target.ports.length > 0 && !target.ports.some((port) => scene.ports.has(port))) {
    return outside(`It is about port ${listed(target.ports.map(String))}, not the API's.`);
  }
  if (category === 'control-plane') return inScope(true, 'It is in the control plane.');
  const about = rangesOf(target.addresses);
  if (about.length === 0) return inScope(false, 'It may be about the way to the API server.');
  if (category === 'routing') return ofRoute(change, about, scene);
  const concerned = [...scene.addresses, ...scene.clients.failing.map(({ range }) => range)];
  if (concerned.length === 0 || about.some((range) => concerned.some((one) => overlap(range, one) !== null))) {
    return inScope(true, `It is about ${listed(target.addresses)}, which clients come by.`);
  }
  return outside(`It is about ${listed(target.addresses)}, not the API server's addresses.`);
}

/** Replies go back by it to the clients in its range; an address may be the one that clients connect to. */
function ofRoute({ target }: Change, about: readonly Range[], { clients, addresses }: Scene): Scope {
  const named = listed(target.addresses);
  if (about.some((range) => addresses.some((one) => isWithin(one, range) && isWithin(range, one)))) {
    return inScope(true, `It is about ${named}, an address of the API server.`);
  }
  if (clients.failing.length === 0) return inScope(false, `It is about the way to ${named}.`);
  const covered = clients.failing.filter(({ range }) => about.some((one) => isWithin(range, one)));
  if (covered.length === clients.failing.length) {
    return inScope(
      true,
      `It is about the way back to the clients that fail (${listed(covered.map(({ text }) => text))}).`,
    );
  }
  if (covered.length > 0) {
    return inScope(
      false,
      `It is about the way back to some of the clients that fail (${listed(covered.map(({ text }) => text))}).`,
    );
  }
  return outside(`It is about the way to ${named}, where none of the clients that fail are.`);
}

function ofNode({ target }: Change, { controlPlaneNodes }: Scene): Scope {
  const isNode = /^node$/i.test(target.kind);
  const name = target.node ?? target.name;
  if (!isNode) return inScope(false, 'People were at work, or were to be.');
  if (controlPlaneNodes.length > 0 && !controlPlaneNodes.includes(name)) {
    return outside(`${name} is not a control-plane node.`);
  }
  return inScope(controlPlaneNodes.includes(name), `It is about ${name}, a node that the API server runs on.`);
}

function inScope(certain: boolean, words: string): Scope {
  return { inScope: true, certain, words };
}

function outside(words: string): Scope {
  return { inScope: false, certain: true, words };
}
