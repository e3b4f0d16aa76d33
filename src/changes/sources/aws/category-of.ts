import type { ChangeCategory } from '../../../words/change.ts';
import type { Deed } from './deed.ts';

/** Which rules of the playbook ask for it. */
export function categoryOf({ kind }: Deed): ChangeCategory {
  switch (kind) {
    case 'group-rules':
    case 'group-rules-changed':
    case 'group':
    case 'acl-entry':
    case 'acl':
    case 'acl-association':
    case 'balancer-groups':
    case 'managed-access':
    case 'interface':
      return 'security-group';
    case 'route':
    case 'table':
    case 'table-association':
    case 'gateway':
      return 'routing';
    case 'listener':
    case 'listener-rule':
    case 'target-group':
    case 'targets':
    case 'balancer':
    case 'balancer-subnets':
    case 'balancer-attributes':
      return 'load-balancer';
    case 'records':
      return 'dns';
    case 'managed-version':
    case 'managed-other':
    case 'instances':
      return 'cloud';
    default:
      return kind satisfies never;
  }
}
