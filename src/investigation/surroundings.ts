import type { ChangeJournal } from '../changes/ports.ts';
import type { ExpectedSource, GoodStretch, Situation, StepFinding } from '../correlation/situation.ts';
import { furthest } from '../playbook/rules.ts';
import { parseEndpoint } from '../words/endpoint.ts';
import type { Onset } from '../words/onset.ts';
import { stepsInOrder } from './evolve.ts';
import type { ClusterBook, ClusterProfile } from './ports.ts';
import type { Investigation, StepRun, StepState } from './state.ts';

/** What is known of the time around an onset, besides the investigation itself. */
export interface SurroundingsPorts {
  readonly journal: Pick<ChangeJournal, 'between' | 'coverage'>;
  readonly clusters: ClusterBook;
  /** Who should see changes of this cluster. */
  expected(profile: ClusterProfile): readonly ExpectedSource[];
  /** Rules that this cluster can't have, with why. */
  notApplicable(profile: ClusterProfile): Situation['notApplicable'];
  goodStretches(cluster: string, fromAt: number, toAt: number): Promise<readonly GoodStretch[]>;
  /** Links to agents that broke within `[fromAt, toAt]`. */
  linksLost(cluster: string, fromAt: number, toAt: number): Situation['linksLost'];
}

/** Of each category the nearest changes to the onset: far more than a person reads. */
const mostChanges = 200;
/** Links break a little later than what breaks them. */
const linksAroundMs = 5 * 60_000;
/** What remains of the difference between two clocks once the measured offset is taken away. */
const clockToleranceMs = 250;

/** Gathers what the diagnosis of one onset rests on. null when the cluster is not configured any more. */
export async function surroundingsOf(
  ports: SurroundingsPorts,
  investigation: Investigation,
  onset: Onset,
  nowAt: number,
): Promise<Situation | null> {
  const { cluster } = investigation;
  const profile = await ports.clusters.profile(cluster);
  if (profile === null) return null;
  const fromAt = onset.earliestAt - furthest.beforeMs;
  const toAt = onset.latestAt + furthest.afterMs;
  const [journal, coverage, good] = await Promise.all([
    ports.journal.between(cluster, {
      // One at the very edge may lie within by the other clock.
      fromAt: fromAt - clockToleranceMs,
      toAt: toAt + clockToleranceMs,
      nearAt: onset.earliestAt,
      most: mostChanges,
    }),
    ports.journal.coverage(cluster, fromAt, toAt),
    ports.goodStretches(cluster, fromAt, onset.latestAt),
  ]);
  return {
    onset,
    changes: journal.changes,
    expected: ports.expected(profile),
    coverage,
    steps: stepsInOrder(investigation).flatMap((step) => findingOf(step, onset)),
    good,
    linksLost: ports.linksLost(cluster, onset.earliestAt - linksAroundMs, onset.latestAt + linksAroundMs),
    widened: new Set(investigation.widened),
    endpoint: endpointOf(investigation, profile),
    notApplicable: ports.notApplicable(profile),
    clockToleranceMs,
    nowAt,
  };
}

/** What a step found while it failed: a run after the recovery tells of another state. */
function findingOf(step: StepState, { recovery }: Onset): StepFinding[] {
  const looked = step.runs.filter((run) => run.evidence.length > 0 || run.verdict !== null);
  const during = looked.filter(({ startedAt }) => recovery === null || startedAt <= recovery.latestAt);
  const run = during.findLast(hasAnswered) ?? during.at(-1) ?? looked[0];
  if (run === undefined) return [];
  return [{ step: step.id, verdict: run.verdict ?? worstOf(run), evidence: run.evidence }];
}

function hasAnswered(run: StepRun): boolean {
  return run.verdict !== null && run.status !== 'interrupted';
}

/** Of a run that is still going on. */
function worstOf({ evidence }: StepRun) {
  return evidence.some(({ verdict }) => verdict === 'problem') ? 'problem' : 'unknown';
}

function endpointOf({ endpoint, openedAt }: Investigation, { knowledge }: ClusterProfile): Situation['endpoint'] {
  const asked = endpoint === null ? null : parseEndpoint(endpoint, 'person', openedAt);
  const servers = knowledge.endpoints.filter(({ origin }) => origin === 'endpointslice');
  const hosts = [...(asked === null ? [] : [asked.host]), ...servers.map(({ host }) => host)];
  return { addresses: [...new Set(hosts)], port: servers[0]?.port ?? asked?.port ?? 6443 };
}
