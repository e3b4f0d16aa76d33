import { hostResolver } from '../../checks/endpoint/resolve.ts';
import { runnersFor } from '../../checks/runners.ts';
import type { AgentRole, RoleInput } from '../role.ts';

/** Anywhere outside: probes what the bot names. It learns nothing by itself. */
export function vantageRole({ learned, probe, clock }: RoleInput): AgentRole {
  return {
    runners: runnersFor({ role: 'vantage', learned, probe, resolve: hostResolver(), clock }),
    ready: Promise.resolve(),
    run: async () => {},
  };
}
