import type { Deed } from './deed.ts';
import type { AwsState } from './state.ts';

/** By what a deed that was seen and one that was told are known as the same: what it was done to. */
export function resourcesOf(deed: Deed, state: AwsState): readonly string[] {
  switch (deed.kind) {
    case 'group-rules':
      return [`${idOf(deed.group, state)} ${deed.egress ? 'out' : 'in'}`];
    case 'group-rules-changed':
      return [`${idOf(deed.group, state)} in`, `${idOf(deed.group, state)} out`];
    case 'group':
      return [idOf(deed.group, state)];
    case 'acl-entry':
      return [`${deed.acl} ${deed.number} ${deed.egress ? 'out' : 'in'}`];
    case 'acl':
      return [deed.acl];
    case 'acl-association':
      return [`ACL of ${subnetOf([deed.association, deed.replaced], state.aclOf)}`];
    case 'route':
      return [`${deed.table} ${deed.destination}`];
    case 'table':
      return [deed.table];
    case 'table-association':
      return [`table of ${deed.subnet ?? subnetOf([deed.association, deed.replaced], state.tableOf)}`];
    case 'gateway':
      return Object.values(state.tables).flatMap(({ id, routes }) =>
        routes.filter(({ target }) => target === deed.gateway).map(({ destination }) => `${id} ${destination}`),
      );
    case 'listener':
      return [deed.listener ?? `${deed.balancer}:${deed.port}`];
    case 'listener-rule':
      return [deed.rule];
    case 'target-group':
      return [deed.group];
    case 'targets':
      return deed.targets.map(({ id }) => `${groupOf(deed.group, state)} ${id} ${deed.done}`);
    case 'balancer':
      return [`${balancerOf(deed.balancer, state)}`];
    case 'balancer-groups':
      return [`groups of ${balancerOf(deed.balancer, state)}`];
    case 'balancer-subnets':
      return [`subnets of ${balancerOf(deed.balancer, state)}`];
    case 'balancer-attributes':
      return [`attributes of ${balancerOf(deed.balancer, state)}`];
    case 'managed-access':
      return [`access of ${deed.cluster}`];
    case 'managed-version':
      return [`version of ${deed.cluster}`];
    case 'managed-other':
      return [deed.cluster];
    case 'instances':
      return deed.instances.map((id) => `${id} ${deed.done === 'started' ? 'started' : 'stopped'}`);
    case 'records':
      return deed.records.map(({ name, type }) => `${deed.zone} ${name} ${type}`);
    case 'interface':
      return [deed.interface];
    default:
      return deed satisfies never;
  }
}

function idOf(group: string, { groups }: AwsState): string {
  return Object.values(groups).find(({ id, name }) => id === group || name === group)?.id ?? group;
}

function subnetOf(ids: readonly (string | null)[], all: AwsState['aclOf']): string {
  return all.find(({ id }) => ids.includes(id))?.subnet ?? ids.join(' ');
}

function groupOf(group: string, { targetGroups }: AwsState): string {
  return targetGroups.find(({ id, name }) => id === group || name === group)?.id ?? group;
}

function balancerOf(balancer: string, { balancers }: AwsState): string {
  return balancers.find(({ id, name }) => id === balancer || name === balancer)?.id ?? balancer;
}
