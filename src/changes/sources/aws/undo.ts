import type { Deed } from './deed.ts';
import type { AwsState } from './state.ts';
import {
  undoBalancer,
  undoBalancerGroups,
  undoBalancerSubnets,
  undoInstances,
  undoListener,
  undoTargets,
} from './undo-balancers.ts';
import {
  undoAclAssociation,
  undoAclEntry,
  undoGateway,
  undoInterface,
  undoManagedAccess,
  undoRoute,
  undoRules,
  undoRulesChanged,
  undoTableAssociation,
} from './undo-network.ts';
import type { Undone } from './undone.ts';

/**
 * Takes a deed back.
 * @param after the way as it stood after the deed, all later ones taken back already
 * @param earlier the newest look at the way from before the deed; null: there is none
 */
export function undo(deed: Deed, after: AwsState, earlier: AwsState | null): Undone {
  switch (deed.kind) {
    case 'group-rules':
      return undoRules(deed, after, earlier);
    case 'group-rules-changed':
      return undoRulesChanged(deed, after, earlier);
    case 'group':
      return elsewhere('A security group is made and deleted while nothing has it.');
    case 'acl-entry':
      return undoAclEntry(deed, after, earlier);
    case 'acl':
      return elsewhere('A network ACL is made and deleted while no subnet has it.');
    case 'acl-association':
      return undoAclAssociation(deed, after, earlier);
    case 'route':
      return undoRoute(deed, after, earlier);
    case 'table':
      return elsewhere('A route table is made and deleted while no subnet has it.');
    case 'table-association':
      return undoTableAssociation(deed, after, earlier);
    case 'gateway':
      return undoGateway(deed, after);
    case 'listener':
      return undoListener(deed, after, earlier);
    case 'listener-rule': {
      const isOurs = after.balancers.some(({ id }) =>
        deed.rule.includes(`:listener-rule/${id.split(':loadbalancer/').at(-1)}/`),
      );
      if (!isOurs) return elsewhere('It is a rule of a load balancer that is not on the way.');
      return unresolved('Where its listener sends requests by their content is not evaluated.');
    }
    case 'target-group': {
      const isOurs = after.targetGroups.some(({ id }) => id === deed.group);
      if (!isOurs) return elsewhere('It is a target group that is not on the way.');
      return unresolved('Whether its targets are still found healthy, and see whom they saw, depends on it.');
    }
    case 'targets':
      return undoTargets(deed, after, earlier);
    case 'balancer':
      return undoBalancer(deed, after, earlier);
    case 'balancer-groups':
      return undoBalancerGroups(deed, after, earlier);
    case 'balancer-subnets':
      return undoBalancerSubnets(deed, after, earlier);
    case 'balancer-attributes': {
      const isOurs = after.balancers.some(({ id, name }) => id === deed.balancer || name === deed.balancer);
      if (!isOurs) return elsewhere('It is a load balancer that is not on the way.');
      return unresolved('What a load balancer’s attributes do to connections is not evaluated.');
    }
    case 'managed-access':
      return undoManagedAccess(deed, after, earlier);
    case 'managed-version':
      if (after.managed?.name !== deed.cluster) return elsewhere('It is another cluster.');
      return unresolved('While a version is rolled out, the provider replaces the API servers one after the other.');
    case 'managed-other':
      if (after.managed?.name !== deed.cluster) return elsewhere('It is another cluster.');
      return elsewhere('It is not about who may reach the API server.');
    case 'instances':
      return undoInstances(deed, after, earlier);
    case 'records': {
      const isOurs = deed.records.some(({ name }) => name === after.endpoint.host.toLowerCase());
      if (!isOurs) return elsewhere(`It is not about ${after.endpoint.host}.`);
      return unresolved(`It is what ${after.endpoint.host} resolves to.`);
    }
    case 'interface':
      return undoInterface(deed, after, earlier);
    default:
      return deed satisfies never;
  }
}

function elsewhere(why: string): Undone {
  return { kind: 'elsewhere', why };
}

function unresolved(why: string): Undone {
  return { kind: 'unresolved', why };
}
