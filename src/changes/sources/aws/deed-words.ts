import type { CloudRoute, GroupRule, PortRange } from '../../../packet/cloud/model.ts';
import type { Change, ChangeAction, ChangeCategory } from '../../../words/change.ts';
import { categoryOf } from './category-of.ts';
import type { Deed, RecordChange, RemovedRule } from './deed.ts';
import { portsOn } from './ports-on.ts';
import { entryWords, ruleWords } from './rule-words.ts';
import type { AwsState } from './state.ts';

/** How a deed is told to a person, and by what it is found. */
export interface DeedWords {
  readonly category: ChangeCategory;
  readonly action: ChangeAction;
  readonly target: Change['target'];
  readonly summary: string;
  readonly diff: readonly string[];
}

/** @param state for names; null: only ids are known */
export function deedWords(deed: Deed, state: AwsState | null): DeedWords {
  const { kind, name, about, what, diff = [], action = 'update', addresses = [], ports = null } = toldOf(deed, state);
  return {
    category: categoryOf(deed),
    action,
    target: {
      kind,
      namespace: null,
      name: cut(name, 500),
      node: null,
      addresses: [...new Set(addresses)].slice(0, 64),
      ports: portsOn(ports, state),
    },
    summary: cut(`${kind} ${about ?? name}: ${what}`, 500),
    diff: diff.slice(0, 40).map((line) => cut(line, 500)),
  };
}

interface Told {
  readonly kind: string;
  readonly name: string;
  /** The name as it is told, where more than the name is. */
  readonly about?: string;
  readonly what: string;
  readonly diff?: readonly string[];
  readonly action?: ChangeAction;
  readonly addresses?: readonly string[];
  /** Empty: every port. null: it is about none. */
  readonly ports?: readonly (PortRange | null)[] | null;
}

function toldOf(deed: Deed, state: AwsState | null): Told {
  switch (deed.kind) {
    case 'group-rules':
      return ofRules(deed, state);
    case 'group-rules-changed':
      return {
        ...ofGroup(deed.group, state),
        what: `${counted(deed.rules.length, 'rule')} changed: ${deed.rules.map(({ id, now }) => ruleWords({ ...now, id })).join('; ')}`,
        diff: deed.rules.map(({ id, now }) => `now ${ruleWords({ ...now, id })}`),
        addresses: deed.rules.flatMap(({ now }) => cidrsOf([{ ...now, id: null }])),
        ports: deed.rules.map(({ now }) => now.ports),
      };
    case 'group':
      return { ...ofGroup(deed.group, state), what: deed.done, action: madeOr(deed.done) };
    case 'acl-entry':
      return ofEntry(deed);
    case 'acl':
      return { kind: 'network ACL', name: deed.acl, what: deed.done, action: madeOr(deed.done) };
    case 'acl-association':
      return {
        kind: 'network ACL',
        name: deed.acl,
        what: `is now that of ${subnetOf(deed.association, state?.aclOf)}`,
      };
    case 'route':
      return ofRoute(deed);
    case 'table':
      return { kind: 'route table', name: deed.table, what: deed.done, action: madeOr(deed.done) };
    case 'table-association': {
      const subnet = deed.subnet ?? subnetOf(deed.association ?? deed.replaced ?? '', state?.tableOf);
      if (deed.table !== null) return { kind: 'route table', name: deed.table, what: `is now that of ${subnet}` };
      return {
        kind: 'subnet',
        name: subnet,
        what: 'has no route table of its own any more; its network’s main one counts',
      };
    }
    case 'gateway':
      return {
        kind: 'internet gateway',
        name: deed.gateway,
        what: `${deed.done}${deed.vpc === null ? '' : ` (${deed.vpc})`}`,
        action: deed.done === 'attached' ? 'update' : 'delete',
      };
    case 'listener': {
      const balancer = balancerWords(deed.balancer, state);
      const at = deed.port === null ? '' : `:${deed.port}`;
      return {
        kind: 'listener',
        name: deed.listener ?? `${balancer}${at}`,
        about: `${balancer}${at}`,
        what: deed.done,
        action: deed.done === 'modified' ? 'update' : madeOr(deed.done),
        ports: deed.port === null ? null : [{ from: deed.port, to: deed.port }],
      };
    }
    case 'listener-rule':
      return { kind: 'listener rule', name: deed.rule, about: shortArn(deed.rule), what: 'changed' };
    case 'target-group':
      return {
        kind: 'target group',
        name: deed.group,
        about: shortArn(deed.group),
        what: deed.what === '' ? 'changed' : `changed: ${deed.what}`,
      };
    case 'targets': {
      const targets = deed.targets.map(
        ({ id, port }) => `${instanceWords(id, state)}${port === null ? '' : `:${port}`}`,
      );
      return {
        kind: 'target group',
        name: deed.group,
        about: shortArn(deed.group),
        what: `${targets.join(', ')} ${deed.done}`,
        diff: targets.map((target) => `${deed.done === 'registered' ? '+' : '-'} ${target}`),
      };
    }
    case 'balancer':
      return { ...ofBalancer(deed.balancer, state), what: deed.done, action: madeOr(deed.done) };
    case 'balancer-groups':
      return { ...ofBalancer(deed.balancer, state), what: `its security groups are now ${listed(deed.groups)}` };
    case 'balancer-subnets':
      return { ...ofBalancer(deed.balancer, state), what: `its subnets are now ${listed(deed.subnets)}` };
    case 'balancer-attributes':
      return { ...ofBalancer(deed.balancer, state), what: `attributes set: ${listed(deed.attributes)}` };
    case 'managed-access': {
      const { publicAccess, privateAccess, publicCidrs } = deed.now;
      const set = [
        ...(publicAccess === null ? [] : [`public access ${publicAccess ? 'on' : 'off'}`]),
        ...(publicCidrs === null ? [] : [`public access from ${listed(publicCidrs)}`]),
        ...(privateAccess === null ? [] : [`private access ${privateAccess ? 'on' : 'off'}`]),
      ];
      const was = deed.was?.publicCidrs ?? [];
      return {
        ...ofManaged(deed.cluster),
        what: set.join(', '),
        diff: [
          ...was.filter((cidr) => publicCidrs !== null && !publicCidrs.includes(cidr)).map((cidr) => `- ${cidr}`),
          ...(publicCidrs ?? []).filter((cidr) => deed.was !== null && !was.includes(cidr)).map((cidr) => `+ ${cidr}`),
        ],
      };
    }
    case 'managed-version':
      return { ...ofManaged(deed.cluster), what: `upgraded to ${deed.version}` };
    case 'managed-other':
      return { ...ofManaged(deed.cluster), what: 'configuration changed, not of who may reach it' };
    case 'instances': {
      const names = deed.instances.map((id) => instanceWords(id, state));
      const action = { stopped: 'end', terminated: 'delete', rebooted: 'restart', started: 'start' } as const;
      return {
        kind: 'instance',
        name: deed.instances.join(', '),
        about: names.join(', '),
        what: deed.done,
        action: action[deed.done],
      };
    }
    case 'records':
      return ofRecords(deed.records);
    case 'interface': {
      const { groups, was } = deed;
      return {
        kind: 'network interface',
        name: deed.interface,
        what:
          groups === null ? 'changed, but for its security groups' : `its security groups are now ${listed(groups)}`,
        diff: [
          ...(was ?? []).filter((one) => groups !== null && !groups.includes(one)).map((one) => `- ${one}`),
          ...(groups ?? []).filter((one) => was !== null && !was.includes(one)).map((one) => `+ ${one}`),
        ],
      };
    }
    default:
      return deed satisfies never;
  }
}

function ofRules(deed: Extract<Deed, { kind: 'group-rules' }>, state: AwsState | null): Told {
  const side = deed.egress ? 'out' : 'in';
  const added = deed.added.map(ruleWords);
  const removed = deed.removed.map((rule) => ('peer' in rule ? ruleWords(rule) : rule.id));
  const what = [
    ...(added.length === 0 ? [] : [`allowed ${side}: ${added.join('; ')}`]),
    ...(removed.length === 0 ? [] : [`no longer allowed ${side}: ${removed.join('; ')}`]),
  ];
  const known = [...deed.added, ...deed.removed.filter(isWhole)];
  const isUntold = deed.removed.some((rule) => !isWhole(rule));
  return {
    ...ofGroup(deed.group, state),
    what: what.join('; '),
    diff: [...removed.map((rule) => `- ${side} ${rule}`), ...added.map((rule) => `+ ${side} ${rule}`)],
    // Where one rule is not known, it may be about anything.
    addresses: isUntold ? [] : cidrsOf(known),
    ports: isUntold ? null : known.map(({ ports }) => ports),
  };
}

function isWhole(rule: RemovedRule): rule is GroupRule {
  return 'peer' in rule;
}

/** Only where every rule is about addresses: what a list or a group holds is not told here. */
function cidrsOf(rules: readonly GroupRule[]): readonly string[] {
  const cidrs = rules.flatMap(({ peer }) => (peer.kind === 'cidr' ? peer.cidr : []));
  return cidrs.length === rules.length ? cidrs : [];
}

function ofEntry({ acl, number, egress, now, was }: Extract<Deed, { kind: 'acl-entry' }>): Told {
  const old = typeof was === 'string' ? null : was;
  const side = egress ? 'out' : 'in';
  const what =
    now === null
      ? `entry ${number} ${side} deleted${old === null ? '' : `: ${entryWords(old)}`}`
      : `entry ${number} ${side} ${was === 'none' ? 'added' : 'replaced'}: ${entryWords(now)}`;
  const entries = [now, old].filter((one) => one !== null);
  return {
    kind: 'network ACL',
    name: acl,
    what,
    diff: [
      ...(old === null ? [] : [`- ${number} ${side} ${entryWords(old)}`]),
      ...(now === null ? [] : [`+ ${number} ${side} ${entryWords(now)}`]),
    ],
    addresses: entries.map(({ cidr }) => cidr),
    // Replies leave to whatever port the client has: what is out may be about the API's port all the same.
    ports: egress || entries.length === 0 ? null : entries.map(({ ports }) => ports),
    action: now === null ? 'delete' : was === 'none' ? 'create' : 'update',
  };
}

function ofRoute({ table, destination, now, was }: Extract<Deed, { kind: 'route' }>): Told {
  const old = typeof was === 'string' ? null : was;
  const routes: readonly [string, CloudRoute | null][] = [
    ['-', old],
    ['+', now],
  ];
  const led = (route: CloudRoute) =>
    `${destination} to ${route.target}${route.state === 'active' ? '' : ' (leads nowhere)'}`;
  return {
    kind: 'route table',
    name: table,
    what:
      now === null
        ? `route deleted: ${old === null ? destination : led(old)}`
        : `route ${was === 'none' ? 'added' : 'changed'}: ${led(now)}`,
    diff: routes.flatMap(([sign, route]) => (route === null ? [] : [`${sign} ${led(route)}`])),
    addresses: destination.startsWith('pl-') ? [] : [destination],
    action: now === null ? 'delete' : was === 'none' ? 'create' : 'update',
  };
}

function ofRecords(records: readonly RecordChange[]): Told {
  const names = [...new Set(records.map(({ name }) => name))];
  const words = ({ done, name, type, values, ttl }: RecordChange) =>
    `${type} ${name} ${done}${done === 'deleted' ? '' : `: ${listed(values)}`}${ttl === null ? '' : ` (TTL ${ttl} s)`}`;
  return {
    kind: 'DNS record',
    name: names.join(', '),
    what: records.map(words).join('; '),
    diff: records.map(words),
    action: records.every(({ done }) => done === 'deleted') ? 'delete' : 'update',
  };
}

function ofGroup(group: string, state: AwsState | null) {
  const name = state?.groups[group]?.name;
  return { kind: 'security group', name: group, about: name === undefined ? group : `${group} (${name})` };
}

function ofBalancer(balancer: string, state: AwsState | null) {
  return { kind: 'load balancer', name: balancer, about: balancerWords(balancer, state) };
}

function ofManaged(cluster: string) {
  return { kind: 'EKS cluster', name: cluster };
}

function subnetOf(association: string, all: AwsState['aclOf'] | undefined): string {
  return all?.find(({ id }) => id === association)?.subnet ?? `the subnet of ${association}`;
}

function balancerWords(balancer: string | null, state: AwsState | null): string {
  const known = state?.balancers.find(({ id, name }) => id === balancer || name === balancer)?.name;
  return known ?? shortArn(balancer ?? 'a load balancer');
}

function instanceWords(id: string, state: AwsState | null): string {
  const name = state?.instances.find((one) => one.id === id)?.name;
  return name === undefined || name === id ? id : `${name} (${id})`;
}

/** `…:targetgroup/api/0a1b` is `api`; `…:loadbalancer/net/api-prod/50dc` is `api-prod`. */
function shortArn(arn: string): string {
  if (!arn.startsWith('arn:')) return arn;
  const parts = (arn.split(':').at(-1) ?? arn).split('/');
  const name = /^(net|app)$/.test(parts[1] ?? '') ? parts[2] : parts[1];
  return name ?? arn;
}

function madeOr(done: 'created' | 'deleted'): ChangeAction {
  return done === 'created' ? 'create' : 'delete';
}

function counted(count: number, what: string): string {
  return count === 1 ? `a ${what}` : `${count} ${what}s`;
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
