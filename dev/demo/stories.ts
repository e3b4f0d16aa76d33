import { certificate } from './stories/certificate.ts';
import { crashLoop } from './stories/crash-loop.ts';
import { dns } from './stories/dns.ts';
import { firewall } from './stories/firewall.ts';
import { loadBalancer } from './stories/load-balancer.ts';
import { maintenance } from './stories/maintenance.ts';
import { networkPolicy } from './stories/network-policy.ts';
import { securityGroup } from './stories/security-group.ts';
import type { Story } from './story.ts';

/** All there are, in the order in which they are offered. */
export const stories: readonly Story[] = [
  firewall,
  securityGroup,
  networkPolicy,
  crashLoop,
  loadBalancer,
  dns,
  certificate,
  maintenance,
];
