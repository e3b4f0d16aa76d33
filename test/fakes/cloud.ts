import type { CloudAccount, CloudPort } from '../../src/checks/cloud-firewall/port.ts';
import type { CloudModel, GroupRule } from '../../src/packet/cloud/model.ts';

/** Accounts whose readings a test decides. */
export function fakeCloud(given: {
  readonly clusters?: readonly string[];
  read(cluster: string, signal: AbortSignal): Promise<readonly CloudAccount[]> | readonly CloudAccount[];
}): CloudPort & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    clusters: given.clusters ?? ['prod'],
    asked,
    async read(cluster, signal) {
      asked.push(cluster);
      return { accounts: await given.read(cluster, signal) };
    },
  };
}

export function account(model: CloudModel | null, given: Partial<CloudAccount> = {}): CloudAccount {
  return { name: 'AWS prod-eu', model, troubles: [], recent: [], ...given };
}

/** Where the load balancer of `behindBalancer` takes connections. */
export const balancerAddress = '198.51.100.10';

const open = (egress: boolean) =>
  ({ number: 100, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0', ports: null }) as const;

/** A network load balancer that hands on the clients' addresses, before one control-plane node; `from`: whom the node's group lets in. */
export function behindBalancer(from: readonly string[], given: Partial<CloudModel> = {}): CloudModel {
  const face = { addresses: ['10.0.1.5'], acl: 'acl-1', table: 'rtb-1', groups: null, subnet: 'subnet-1' };
  const ingress: GroupRule[] = from.map((cidr, place) => ({
    id: `sgr-0b${place}`,
    protocol: 'tcp',
    ports: { from: 6443, to: 6443 },
    peer: { kind: 'cidr', cidr },
  }));
  return {
    ways: [
      {
        addresses: [balancerAddress],
        port: 443,
        hops: [
          {
            ...{ kind: 'load-balancer', name: 'nlb api-prod', port: 443, sees: 'client', access: null, health: null },
            interfaces: [{ ...face, id: 'eni-lb' }],
          },
          {
            ...{ kind: 'node', name: 'cp-1 (i-0abc)', port: 6443, sees: 'client', access: null, health: 'healthy' },
            interfaces: [{ ...face, id: 'eni-cp1', addresses: ['10.0.1.6'], groups: ['sg-0a1'] }],
          },
        ],
        unread: [],
      },
    ],
    groups: { 'sg-0a1': { id: 'sg-0a1', name: 'api', ingress, egress: [] } },
    acls: { 'acl-1': { id: 'acl-1', entries: [open(false), open(true)] } },
    tables: {
      'rtb-1': {
        id: 'rtb-1',
        routes: [
          { destination: '10.0.0.0/16', target: 'local', state: 'active' },
          { destination: '0.0.0.0/0', target: 'igw-1', state: 'active' },
        ],
      },
    },
    prefixLists: {},
    readAt: 0,
    ...given,
  };
}
