import { z } from 'zod';
import type { StandInCloud } from './cloud.ts';
import { lockdown, type StandInFirewall } from './firewall.ts';
import type { Fate } from './gate.ts';
import { COLLECTIONS, type KubeObject, type StandInKubeApi } from './kube-api.ts';
import { addresses, apiPort, gatewayLabels, gatewayNamespace } from './objects.ts';
import { isIn } from './ranges.ts';

/** Whatever stands between clients and the API server, as it is at this moment. */
export interface OnTheWay {
  /** Between the internet and the network of the nodes. */
  readonly isUplinkUp: () => boolean;
  readonly cloud: StandInCloud;
  readonly api: StandInKubeApi;
  readonly firewall: StandInFirewall;
}

/**
 * Clients come by the load balancer to port 6443 of the node, where the gateway pod takes their connections and hands
 * them on to the API server as theirs: nobody on the way replaces a client's address. Nodes and pods come by the load
 * balancer as well, or go to the API server straight.
 */
export function fateOn({ isUplinkUp, cloud, api, firewall }: OnTheWay): (from: string, to: string) => Fate {
  return (from, to) => {
    if (to === `${addresses.formerBalancer}:${apiPort}`) return 'refuse';
    if (to !== `${addresses.balancer}:${apiPort}`) return 'pass';
    const isInside = isIn([addresses.nodes, addresses.pods], from);
    if (!isInside && !isUplinkUp()) return 'drop';
    if (!cloud.leadsOn()) return 'refuse';
    // Pods leave the cluster by the address of their node.
    if (!cloud.admits(isInside ? addresses.node : from)) return 'drop';
    if (isInside) return 'pass';
    if (!admittedTo(api.objects(COLLECTIONS.networkPolicies), from)) return 'drop';
    return firewall.handlesOf(lockdown).length > 0 ? 'refuse' : 'pass';
  };
}

const Spec = z.object({
  podSelector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  ingress: z
    .array(z.object({ from: z.array(z.object({ ipBlock: z.object({ cidr: z.string() }) })).optional() }))
    .default([]),
});

/** By the policies that select the gateway, as far as the stand-in's policies go. */
function admittedTo(policies: readonly KubeObject[], client: string): boolean {
  const selecting = policies
    .filter(({ metadata }) => metadata.namespace === gatewayNamespace)
    .map(({ spec }) => Spec.parse(spec))
    .filter(({ podSelector }) =>
      Object.entries(podSelector.matchLabels).every(([key, value]) => Object(gatewayLabels)[key] === value),
    );
  if (selecting.length === 0) return true;
  return selecting
    .flatMap(({ ingress }) => ingress)
    .some(({ from }) => from === undefined || from.some(({ ipBlock }) => isIn([ipBlock.cidr], client)));
}
