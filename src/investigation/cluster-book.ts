import { chooseEndpoint } from '../checks/endpoint/choose.ts';
import { type ClusterKnowledge, parseEndpoint } from '../words/endpoint.ts';
import type { ClusterBook, GatewaySelector } from './ports.ts';

/** What the configuration says of a cluster. */
export interface ConfiguredCluster {
  readonly endpoint: string | null;
  /** PEM of the cluster's CA; null: learned from its agents. */
  readonly caPem: string | null;
  readonly sources: readonly string[];
  readonly gateways: readonly GatewaySelector[];
}

/** The shelf that what agents learned is kept on. */
interface Shelf {
  get(cluster: string): Promise<ClusterKnowledge | null>;
}

const nothing: ClusterKnowledge = { endpoints: [], caPem: '', controlPlaneNodes: [], provider: 'unknown', asOfAt: 0 };

/** Joins the configuration with what the agents learned; what is configured stands first. */
export function clusterBook(
  clusters: ReadonlyMap<string, ConfiguredCluster>,
  shelf: Shelf,
): ClusterBook & { endpointOf(cluster: string): Promise<string | null> } {
  async function profile(name: string) {
    const configured = clusters.get(name);
    if (configured === undefined) return null;
    const learned = (await shelf.get(name)) ?? nothing;
    const stated = configured.endpoint === null ? [] : [parseEndpoint(configured.endpoint, 'configuration', 0)];
    return {
      name,
      knowledge: {
        ...learned,
        endpoints: [...stated, ...learned.endpoints],
        caPem: configured.caPem ?? learned.caPem,
      },
      sources: configured.sources,
      gateways: configured.gateways,
    };
  }

  return {
    profile,
    async endpointOf(name) {
      const known = await profile(name);
      return known === null ? null : (chooseEndpoint(null, known.knowledge.endpoints)?.url ?? null);
    },
  };
}
