import { z } from 'zod';

/** The six rules of the playbook's diagnosis and its five extended looks. */
export const RuleId = z.enum([
  'firewall',
  'network-policy',
  'control-plane',
  'load-balancer',
  'security-group',
  'maintenance',
  'cloud-logs',
  'load-balancer-history',
  'routing',
  'dns',
  'api-endpoints',
]);
export type RuleId = z.infer<typeof RuleId>;
