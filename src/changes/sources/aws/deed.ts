import type { AclEntry, CloudRoute, GroupRule } from '../../../packet/cloud/model.ts';

/**
 * What was done to AWS' configuration, whoever told of it: an event of CloudTrail, or two looks that differ. `was` and
 * `removed` hold what is known of the state before; null or an id alone where only a look of before can tell.
 */
export type Deed =
  | {
      readonly kind: 'group-rules';
      /** Its id, or its name where that is all that was told. */
      readonly group: string;
      readonly egress: boolean;
      readonly added: readonly GroupRule[];
      readonly removed: readonly RemovedRule[];
    }
  | { readonly kind: 'group-rules-changed'; readonly group: string; readonly rules: readonly ChangedRule[] }
  | { readonly kind: 'group'; readonly group: string; readonly done: 'created' | 'deleted' }
  | {
      readonly kind: 'acl-entry';
      readonly acl: string;
      readonly number: number;
      readonly egress: boolean;
      /** null: there is none of that number now. */
      readonly now: AclEntry | null;
      readonly was: AclEntry | 'none' | 'untold';
    }
  | { readonly kind: 'acl'; readonly acl: string; readonly done: 'created' | 'deleted' }
  | {
      readonly kind: 'acl-association';
      readonly association: string;
      readonly replaced: string | null;
      readonly acl: string;
    }
  | {
      readonly kind: 'route';
      readonly table: string;
      readonly destination: string;
      readonly now: CloudRoute | null;
      readonly was: CloudRoute | 'none' | 'untold';
    }
  | { readonly kind: 'table'; readonly table: string; readonly done: 'created' | 'deleted' }
  | {
      readonly kind: 'table-association';
      /** Of before and of now; null: there was, or is, none. */
      readonly replaced: string | null;
      readonly association: string | null;
      readonly subnet: string | null;
      /** null: the subnet falls back to its network's main table. */
      readonly table: string | null;
    }
  | {
      readonly kind: 'gateway';
      readonly gateway: string;
      readonly vpc: string | null;
      readonly done: 'attached' | 'detached' | 'deleted';
    }
  | {
      readonly kind: 'listener';
      /** Arn, or a classic load balancer's name; null: not told. */
      readonly balancer: string | null;
      readonly listener: string | null;
      readonly port: number | null;
      readonly done: 'created' | 'modified' | 'deleted';
    }
  | { readonly kind: 'listener-rule'; readonly rule: string }
  | { readonly kind: 'target-group'; readonly group: string; readonly what: string }
  | {
      readonly kind: 'targets';
      /** Arn, or a classic load balancer's name. */
      readonly group: string;
      readonly targets: readonly { readonly id: string; readonly port: number | null }[];
      readonly done: 'registered' | 'deregistered';
    }
  | { readonly kind: 'balancer'; readonly balancer: string; readonly done: 'created' | 'deleted' }
  | { readonly kind: 'balancer-groups'; readonly balancer: string; readonly groups: readonly string[] }
  | { readonly kind: 'balancer-subnets'; readonly balancer: string; readonly subnets: readonly string[] }
  | { readonly kind: 'balancer-attributes'; readonly balancer: string; readonly attributes: readonly string[] }
  | {
      readonly kind: 'managed-access';
      readonly cluster: string;
      readonly now: AccessNow;
      readonly was: AccessNow | null;
    }
  | { readonly kind: 'managed-version'; readonly cluster: string; readonly version: string }
  | { readonly kind: 'managed-other'; readonly cluster: string }
  | {
      readonly kind: 'instances';
      readonly instances: readonly string[];
      readonly done: 'stopped' | 'terminated' | 'rebooted' | 'started';
    }
  | { readonly kind: 'records'; readonly zone: string; readonly records: readonly RecordChange[] }
  | {
      readonly kind: 'interface';
      readonly interface: string;
      /** null: something else of it was changed. */
      readonly groups: readonly string[] | null;
      readonly was: readonly string[] | null;
    };

/** A rule that is gone: as it was told, or by its id alone. */
export type RemovedRule = GroupRule | { readonly id: string };

export interface ChangedRule {
  readonly id: string;
  readonly now: Omit<GroupRule, 'id'>;
}

/** What of a provider's endpoint was set; null: left as it was. */
export interface AccessNow {
  readonly publicAccess: boolean | null;
  readonly privateAccess: boolean | null;
  readonly publicCidrs: readonly string[] | null;
}

export interface RecordChange {
  readonly done: 'created' | 'deleted' | 'set';
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
  /** In seconds; null: an alias. */
  readonly ttl: number | null;
}
