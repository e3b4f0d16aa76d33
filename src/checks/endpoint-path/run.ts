import { waysAt } from '../cloud-firewall/entry.ts';
import { liveFrom } from '../cloud-firewall/live.ts';
import type { CloudPort } from '../cloud-firewall/port.ts';
import type { CheckRunner } from '../contract.ts';
import type { ResolveHost } from '../endpoint/resolve.ts';
import { type EndpointPathFacts, type EndpointPathParams, endpointPath } from './contract.ts';
import { waysOfCloud } from './from-cloud.ts';
import type { PathPort, PathReading } from './port.ts';

export interface EndpointPathNeeds {
  readonly cluster: string;
  readonly cloud: CloudPort | null;
  readonly paths: readonly PathPort[];
  readonly resolve: ResolveHost;
  /** Epoch ms. */
  readonly clock: () => number;
}

const most = { ways: 64, troubles: 32 } as const;

/** Asks everybody who may know at the same time, and looks the name up as they do. */
export function endpointPathRunner(needs: EndpointPathNeeds): CheckRunner<EndpointPathParams, EndpointPathFacts> {
  const { cluster, cloud, paths, resolve, clock } = needs;
  return {
    contract: endpointPath,
    async run({ entry }, signal) {
      const [resolution, clouds, others] = await Promise.all([
        entry === null ? null : resolve(entry.host, signal),
        cloud === null ? { ways: [], troubles: [], read: [] } : ofClouds(cloud, cluster, signal),
        Promise.all(paths.map((path) => path.describe(cluster, signal))),
      ]);
      const known = [...clouds.ways, ...others.flatMap(({ ways }) => ways)];
      const found =
        entry === null ? null : { ...entry, addresses: [...entry.addresses, ...(resolution?.addresses ?? [])] };
      const ways = waysAt(known, found);
      const troubles = [...clouds.troubles, ...others.flatMap((one) => one.troubles)];
      const facts = {
        resolution,
        ways: ways.slice(0, most.ways),
        moreWays: Math.max(0, ways.length - most.ways),
        elsewhere: known.length - ways.length,
        troubles: troubles.slice(0, most.troubles),
      };
      const told = new Set(ways.map(({ by }) => by));
      const readAt = clouds.read.flatMap(({ name, at }) => (told.has(name) ? [at] : []));
      return { facts, asOfAt: liveFrom(readAt, clock()) };
    },
  };
}

interface CloudWays extends PathReading {
  /** Of when what each account knows is. */
  readonly read: readonly { readonly name: string; readonly at: number }[];
}

async function ofClouds(cloud: CloudPort, cluster: string, signal: AbortSignal): Promise<CloudWays> {
  const { accounts } = await cloud.read(cluster, signal);
  return {
    ways: accounts.flatMap(({ name, model }) => (model === null ? [] : waysOfCloud(name, model))),
    troubles: accounts.flatMap(({ name, troubles }) => troubles.map((words) => `${name}: ${words}`)),
    read: accounts.flatMap(({ name, model }) => (model === null ? [] : [{ name, at: model.readAt }])),
  };
}
