import { hostResolver } from '../../checks/endpoint/resolve.ts';
import { runnersFor } from '../../checks/runners.ts';
import { probeOn } from '../prober/probe-on.ts';
import type { AgentRole, RoleInput } from '../role.ts';

/** Anywhere outside: probes what the bot names, all the time and when asked. It learns nothing by itself. */
export function vantageRole(input: RoleInput): AgentRole {
  const { learned, probe, clock } = input;
  return {
    runners: runnersFor({ role: 'vantage', learned, probe, resolve: hostResolver(), clock }),
    ready: Promise.resolve(),
    run: (signal) => probeOn(input, signal),
  };
}
