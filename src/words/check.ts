import { z } from 'zod';

/** The closed list of checks. Each is a folder under `checks/`. */
export const CheckId = z.enum([
  'endpoint',
  'reachability',
  'listening',
  'host-firewall',
  'network-policies',
  'control-plane-pods',
]);
export type CheckId = z.infer<typeof CheckId>;
