import type { CloudHop, CloudInterface, CloudWay } from './model.ts';
import { type Ruling, ruling, unsure } from './ruling.ts';

/** Where the connection comes by next: at one of several, and which isn't known. */
export interface Stage {
  readonly choices: readonly Choice[];
  /** Does what stands before it send anything to it? Null: nothing stands before it. */
  readonly health: Ruling | null;
}

export interface Choice {
  readonly hop: CloudHop;
  /** Null: it has none that was read, or is a provider's endpoint. */
  readonly face: CloudInterface | null;
}

/** Nodes that follow each other are choices of one stage; everything else is a stage of its own. */
export function stagesOf(way: CloudWay): readonly Stage[] {
  const groups: CloudHop[][] = [];
  for (const hop of way.hops) {
    const last = groups.at(-1);
    if (hop.kind === 'node' && last?.[0]?.kind === 'node') last.push(hop);
    else groups.push([hop]);
  }
  return groups.map((hops, place) => {
    const before = groups[place - 1]?.[0];
    const { taking, health } = before === undefined ? { taking: hops, health: null } : choose(hops, before.name);
    return { choices: taking.flatMap(facesOf), health };
  });
}

function facesOf(hop: CloudHop): readonly Choice[] {
  return hop.interfaces.length === 0 ? [{ hop, face: null }] : hop.interfaces.map((face) => ({ hop, face }));
}

/**
 * Which targets may be sent to. Without a healthy one a balancer may send to all of them or to none (AWS's do the
 * first), so that nothing is sure then.
 */
function choose(hops: readonly CloudHop[], sender: string): { taking: readonly CloudHop[]; health: Ruling } {
  const told = hops.map((hop) => ({ hop, word: hop.health?.trim().toLowerCase() ?? null }));
  const healthy = told.filter(({ word }) => word !== null && takes.has(word));
  if (healthy.length > 0) {
    const taking = told.filter(({ word }) => word === null || !refuses.has(word)).map(({ hop }) => hop);
    const words = hops.length === 1 ? `${hops[0]?.name} is` : `${healthy.length} of ${hops.length} targets are`;
    return { taking, health: ruling('allow', `${words} healthy`) };
  }
  const untold = told.find(({ word }) => word === null);
  const words = [...new Set(told.flatMap(({ word }) => word ?? []))].join(' or ');
  const why =
    untold === undefined
      ? `what ${sender} does without a healthy target: ${hops.length === 1 ? 'its only one is' : 'all are'} ${words}`
      : `whether ${sender} sends to ${untold.hop.name}, which was not told`;
  return { taking: hops, health: unsure(why) };
}

/** Words of AWS target groups and of HAProxy. `unavailable`: health checks are off. */
const takes: ReadonlySet<string> = new Set(['healthy', 'unavailable', 'up', 'no check']);
const refuses: ReadonlySet<string> = new Set([
  'unhealthy',
  'unhealthy.draining',
  'draining',
  'unused',
  'down',
  'maint',
  'drain',
]);
