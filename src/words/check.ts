import { z } from 'zod';

/** The closed list of checks. Each is a folder under `checks/`. */
export const CheckId = z.enum([
  'endpoint',
  'endpoint-path',
  'reachability',
  'listening',
  'host-firewall',
  'cloud-firewall',
  'network-policies',
  'control-plane-pods',
]);
export type CheckId = z.infer<typeof CheckId>;
