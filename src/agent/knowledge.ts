import type { Learned } from '../checks/ports.ts';
import type { ClusterKnowledge, EndpointOrigin, KnownEndpoint } from '../words/endpoint.ts';

export const NOTHING_KNOWN: ClusterKnowledge = {
  endpoints: [],
  caPem: '',
  controlPlaneNodes: [],
  provider: 'unknown',
  asOfAt: 0,
};

/** What the agent knows of its cluster, growing while it runs. */
export interface GrowingKnowledge extends Learned {
  add(lesson: Lesson): void;
}

/** `onGrown` is called only when something is different from before. */
export function growingKnowledge(
  kept: ClusterKnowledge | null,
  onGrown: (knowledge: ClusterKnowledge) => void,
): GrowingKnowledge {
  let known = kept ?? NOTHING_KNOWN;
  return {
    knowledge: () => known,
    add(lesson) {
      const next = addLearned(known, lesson);
      const different = JSON.stringify(next) !== JSON.stringify(known);
      known = next;
      if (different) onGrown(known);
    },
  };
}

/** What one look taught. */
export interface Lesson {
  readonly endpoints: readonly KnownEndpoint[];
  /** Empty when none was learned. */
  readonly caPem: string;
  readonly controlPlaneNodes: readonly string[];
  readonly provider: ClusterKnowledge['provider'];
  /** Epoch ms when the API server confirmed it; 0: it did not. */
  readonly provenAt: number;
}

/**
 * What was known, with what has just been learned. An origin that answered replaces all that it said before; one that
 * could not be asked leaves what it said, since what was true while the cluster was healthy is what is asked for later.
 */
export function addLearned(known: ClusterKnowledge, learned: Lesson): ClusterKnowledge {
  const told = new Set<EndpointOrigin>(learned.endpoints.map(({ origin }) => origin));
  const standing = known.endpoints.filter(({ origin }) => !told.has(origin));
  const fresh = learned.endpoints.map((endpoint) => firstLearned(endpoint, known.endpoints));
  return {
    endpoints: [...distinct(fresh), ...standing],
    caPem: learned.caPem === '' ? known.caPem : distinctCertificates(learned.caPem),
    controlPlaneNodes:
      learned.controlPlaneNodes.length === 0 ? known.controlPlaneNodes : [...learned.controlPlaneNodes].sort(),
    provider: learned.provider === 'unknown' ? known.provider : learned.provider,
    asOfAt: Math.max(known.asOfAt, learned.provenAt),
  };
}

/** One that is still the same keeps the time it was learned at. */
function firstLearned(endpoint: KnownEndpoint, known: readonly KnownEndpoint[]): KnownEndpoint {
  return known.find(({ url, origin }) => url === endpoint.url && origin === endpoint.origin) ?? endpoint;
}

function distinct(endpoints: readonly KnownEndpoint[]): KnownEndpoint[] {
  const seen = new Set<string>();
  return endpoints.filter(({ url, origin }) => {
    const key = `${origin} ${url}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Several sources tell the same CA: each certificate is kept once. Anything else in the text, such as a key, is left out. */
export function distinctCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const byContent = new Map(blocks.map((block) => [block.replace(/\s/g, ''), block]));
  return [...byContent.values()].map((block) => `${block}\n`).join('');
}
