import type { Step } from '../playbook/step.ts';
import { type Vantage, type VantageKind, vantageName } from '../words/vantage.ts';
import type { Silence } from './conclude-run.ts';
import type { ClusterProfile } from './ports.ts';

/**
 * Vantages that should have answered a step and were not even there to be asked. Pure. Further checks are missed from
 * nobody: who does not offer them was not set up for them.
 *
 * @param heard those that answered the step's own check
 * @param asked who was asked and did not answer
 */
export function expectedSilences(
  step: Step,
  profile: ClusterProfile,
  heard: readonly Vantage[],
  asked: readonly Silence[],
  absent: readonly { vantage: Vantage; lastSeenAt: number }[],
): readonly Silence[] {
  const silent = asked.filter(({ check }) => check === step.check).flatMap(({ vantage }) => vantage ?? []);
  return step.runsOn.flatMap((kind) => {
    const present = [...heard, ...silent].filter((one) => one.kind === kind);
    const gone = absent.filter(
      ({ vantage }) => vantage.kind === kind && !present.some((one) => one.instance === vantage.instance),
    );
    const missing =
      kind === 'node' ? nodeSilences(profile, present, gone) : present.length > 0 ? [] : [nobody(kind, gone[0])];
    return missing.map((one) => ({ ...one, check: step.check }));
  });
}

type Missing = Omit<Silence, 'check'>;

/** Every control-plane node counts: one that was not looked at may be the one that fails. */
function nodeSilences(
  profile: ClusterProfile,
  present: readonly Vantage[],
  gone: readonly { vantage: Vantage; lastSeenAt: number }[],
): Missing[] {
  const unseen = profile.knowledge.controlPlaneNodes.filter((name) => !present.some((one) => one.instance === name));
  if (unseen.length === 0) return present.length > 0 ? [] : [nobody('node', gone[0])];
  return unseen.map((name) => {
    const last = gone.find(({ vantage }) => vantage.instance === name);
    return nobody('node', last ?? { vantage: { kind: 'node', instance: name, leavesBy: [] }, lastSeenAt: null });
  });
}

const what: Record<VantageKind, string> = {
  outside: 'vantage outside the cluster',
  pod: 'cluster agent',
  node: 'node agent',
};

function nobody(kind: VantageKind, last: { vantage: Vantage; lastSeenAt: number | null } | undefined): Missing {
  if (last === undefined) return { kind, vantage: null, why: `no ${what[kind]} is connected` };
  const since =
    last.lastSeenAt === null ? 'has no agent connected' : `is cut off: last heard at ${utc(last.lastSeenAt)}`;
  return { kind, vantage: last.vantage, why: `${vantageName(last.vantage)} ${since}` };
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
