import { Phase, ProbeResult } from '../words/probe.ts';
import { duration } from './time.ts';

/** The probes among a check's facts, whichever field holds them; none for checks that don't probe. */
export function probesIn(facts: unknown): readonly ProbeResult[] {
  if (typeof facts !== 'object' || facts === null) return [];
  const lists = Object.values(facts).filter((field): field is unknown[] => Array.isArray(field));
  return lists.flat().flatMap((item) => {
    const parsed = ProbeResult.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

/** `connect 1 ms, tls 5 ms, processing 3 ms`, then where it failed: `connect 1 ms, tls failed`. Empty when nothing was tried. */
export function phaseWords(probe: ProbeResult): string {
  const done = Phase.options.flatMap((phase) => {
    const ms = probe.phases[phase];
    return ms === undefined || phase === probe.failure?.phase ? [] : [`${phase} ${duration(ms)}`];
  });
  return [...done, ...(probe.failure === null ? [] : [`${probe.failure.phase} failed`])].join(', ');
}
