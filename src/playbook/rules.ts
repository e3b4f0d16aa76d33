import type { ChangeCategory } from '../words/change.ts';
import type { RuleId } from '../words/rule.ts';
import type { StepId } from './step.ts';

/** How far a rule looks from the onset, both edges inclusive. Milliseconds. */
export interface Window {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** A comparison that the playbook asks for. Texts are plain words, not escaped for any medium. */
export interface Rule {
  readonly id: RuleId;
  /** `look`: an extended look, folded away unless it hits; shown once widened. */
  readonly kind: 'rule' | 'look';
  /** From 1 in the playbook's order; looks go on counting. */
  readonly number: number;
  readonly title: string;
  /** What is compared, as a person would say it. */
  readonly compares: string;
  readonly feeds: readonly ChangeCategory[];
  readonly narrow: Window;
  readonly widened: Window;
  /** Is the widened window the playbook's own, or our extension by the same factor? */
  readonly widening: "the playbook's" | 'ours';
  /**
   * Compared with the whole stretch from its start to its end, not with its moment alone: a maintenance, and a DNS record,
   * whose answer before it stays in force up to its TTL (told as the change's `untilAt`).
   */
  readonly againstInterval: boolean;
  /** Steps whose evidence speaks for or against a change of this rule. */
  readonly steps: readonly StepId[];
}

const minutes = 60_000;
const tenBefore = { narrow: { beforeMs: 10 * minutes, afterMs: 0 }, widened: { beforeMs: 30 * minutes, afterMs: 0 } };
const tenAround = {
  narrow: { beforeMs: 10 * minutes, afterMs: 10 * minutes },
  widened: { beforeMs: 30 * minutes, afterMs: 30 * minutes },
};

/** In the playbook's order. Nothing outside this folder repeats them. */
export const rules: readonly Rule[] = [
  {
    id: 'firewall',
    kind: 'rule',
    number: 1,
    title: 'Firewall',
    compares: 'firewall rule changes',
    feeds: ['firewall'],
    ...tenBefore,
    widening: "the playbook's",
    againstInterval: false,
    steps: ['firewall'],
  },
  {
    id: 'network-policy',
    kind: 'rule',
    number: 2,
    title: 'Network policies',
    compares: 'new, changed and deleted NetworkPolicies',
    feeds: ['network-policy'],
    ...tenBefore,
    widening: "the playbook's",
    againstInterval: false,
    steps: ['network-policies'],
  },
  {
    id: 'control-plane',
    kind: 'rule',
    number: 3,
    title: 'Control plane',
    compares: 'API server restarts, and ConfigMap and Deployment changes in kube-system',
    feeds: ['control-plane'],
    narrow: { beforeMs: 5 * minutes, afterMs: 5 * minutes },
    widened: { beforeMs: 15 * minutes, afterMs: 15 * minutes },
    widening: 'ours',
    againstInterval: false,
    steps: ['listening', 'control-plane-pods'],
  },
  {
    id: 'load-balancer',
    kind: 'rule',
    number: 4,
    title: 'Load balancer',
    compares: 'load balancer configuration and target changes',
    feeds: ['load-balancer'],
    ...tenAround,
    widening: "the playbook's",
    againstInterval: false,
    steps: ['inside'],
  },
  {
    id: 'security-group',
    kind: 'rule',
    number: 5,
    title: 'Security groups',
    compares: "security group and network ACL updates that touch the API server's addresses or ports",
    feeds: ['security-group'],
    ...tenAround,
    widening: "the playbook's",
    againstInterval: false,
    steps: ['firewall'],
  },
  {
    id: 'maintenance',
    kind: 'rule',
    number: 6,
    title: 'Maintenance',
    compares: 'maintenance windows, planned changes and upgrades',
    feeds: ['maintenance'],
    narrow: { beforeMs: 60 * minutes, afterMs: 60 * minutes },
    widened: { beforeMs: 120 * minutes, afterMs: 120 * minutes },
    widening: "the playbook's",
    againstInterval: true,
    steps: [],
  },
  ...look('cloud-logs', 7, 'Cloud logs', 'what else the cloud provider logged', ['cloud']),
  ...look('load-balancer-history', 8, 'Load balancer history', 'load balancer changes that rule 4 leaves out', [
    'load-balancer',
  ]),
  ...look('routing', 9, 'Routing', 'routes and addresses of the nodes', ['routing']),
  ...look('dns', 10, 'DNS', "the endpoint's DNS answers, in force up to a TTL later", ['dns'], true),
  ...look('api-endpoints', 11, 'API endpoints', 'API endpoint objects and the served certificate', ['endpoint']),
];

function look(
  id: RuleId,
  number: number,
  title: string,
  compares: string,
  feeds: ChangeCategory[],
  againstInterval = false,
): Rule[] {
  return [
    {
      id,
      kind: 'look',
      number,
      title,
      compares,
      feeds,
      ...tenAround,
      widening: "the playbook's",
      againstInterval,
      steps: [],
    },
  ];
}

const byId = new Map(rules.map((rule) => [rule.id, rule]));

export function ruleById(id: RuleId): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new RangeError(`the playbook has no rule "${id}"`);
  return rule;
}

/** The furthest that any rule looks, widened: what has to be read of the journal around an onset. Milliseconds. */
export const furthest: Window = {
  beforeMs: Math.max(...rules.map(({ widened }) => widened.beforeMs)),
  afterMs: Math.max(...rules.map(({ widened }) => widened.afterMs)),
};
