import type { ChangeJournal, OutageStore, SampleStore } from '../changes/ports.ts';
import type { ExpectedSource } from '../correlation/situation.ts';
import type { Change, ChangeCategory } from '../words/change.ts';
import type { Vantage } from '../words/vantage.ts';
import { type Period, wayFigures } from './figures/way-figures.ts';
import { problemsOf } from './problems.ts';
import type { ChangesOfPeriod, ClusterHealth, HealthReport } from './report.ts';

/** What a health post is made from; `bin` hands it in. */
export interface GatherPorts {
  readonly samples: Pick<SampleStore, 'series' | 'visit'>;
  readonly outages: Pick<OutageStore, 'since'>;
  readonly journal: Pick<ChangeJournal, 'between' | 'coverage'>;
  agents(cluster: string): readonly { readonly vantage: Vantage; readonly version: string }[];
  absent(cluster: string): readonly { readonly vantage: Vantage; readonly lastSeenAt: number }[];
  /** When each certificate ends that is served now. Epoch ms. */
  certificateEnds(cluster: string): readonly number[];
  /** Control-plane nodes that agents can run on, and who has to see changes. */
  expected(cluster: string): Promise<{
    readonly nodes: readonly string[];
    readonly sources: readonly ExpectedSource[];
  }>;
  openInvestigations(): Promise<
    readonly { readonly id: string; readonly cluster: string; readonly openedAt: number }[]
  >;
  /** Of the bot. */
  readonly version: string;
  /** Does the bot probe, and is it outside? */
  readonly isOutside: boolean;
}

/** Of each category: more are counted, and not looked at. */
const mostChanges = 200;
const coverageBackMs = 24 * 3_600_000;

/** Gathers how these clusters fared. One cluster after the other, with turns for others in between. @throws when the store can't be read */
export async function gatherHealth(
  ports: GatherPorts,
  clusters: readonly string[],
  period: Period,
  signal: AbortSignal,
): Promise<HealthReport> {
  const open = await ports.openInvestigations();
  const found: ClusterHealth[] = [];
  for (const cluster of clusters) {
    signal.throwIfAborted();
    found.push(
      await gatherCluster(
        ports,
        cluster,
        period,
        open.filter((one) => one.cluster === cluster),
      ),
    );
  }
  const notes = ports.isOutside
    ? []
    : ['The bot is not outside of these clusters: what clients see is known by vantages alone.'];
  return { ...period, clusters: found, notes };
}

async function gatherCluster(
  ports: GatherPorts,
  cluster: string,
  period: Period,
  investigations: readonly { readonly id: string; readonly openedAt: number }[],
): Promise<ClusterHealth> {
  const { fromAt, toAt } = period;
  const [ways, outages, journal, coverage, expected] = await Promise.all([
    wayFigures(ports.samples, cluster, period),
    ports.outages.since(cluster, fromAt),
    ports.journal.between(cluster, { fromAt, toAt, nearAt: toAt, most: mostChanges }),
    ports.journal.coverage(cluster, toAt - coverageBackMs, toAt),
    ports.expected(cluster),
  ]);
  const ends = ports.certificateEnds(cluster);
  const certificateEndsAt = ends.length === 0 ? null : Math.min(...ends);
  const connected = ports.agents(cluster);
  const problems = problemsOf({
    period,
    outages,
    ways,
    certificateEndsAt,
    changes: journal.changes,
    connected,
    absent: ports.absent(cluster),
    controlPlaneNodes: expected.nodes,
    expected: expected.sources,
    coverage,
    investigations,
    version: ports.version,
  });
  return { cluster, problems, ways, certificateEndsAt, agents: connected.length, changes: changesOf(journal) };
}

function changesOf({ changes, total }: { changes: readonly Change[]; total: number }): ChangesOfPeriod {
  const amounts = new Map<ChangeCategory, number>();
  for (const { category } of changes) amounts.set(category, (amounts.get(category) ?? 0) + 1);
  return {
    byCategory: [...amounts]
      .map(([category, amount]) => ({ category, amount }))
      .toSorted((a, b) => b.amount - a.amount || a.category.localeCompare(b.category)),
    total,
    notable: changes.toSorted((a, b) => weightOf(b) - weightOf(a) || b.latestAt - a.latestAt).slice(0, 2),
  };
}

/** One that shuts clients out before one that may, before what changes the way, before the rest. */
function weightOf({ effect, action, category }: Change): number {
  const breaks = effect?.kind === 'judged' && effect.verdict === 'breaks';
  const denies = effect?.kind === 'passages' && effect.after.some(({ verdict }) => verdict === 'deny');
  const isRule = category === 'firewall' || category === 'security-group' || category === 'network-policy';
  return (breaks || denies ? 4 : 0) + (action === 'delete' ? 1 : 0) + (isRule || category === 'endpoint' ? 1 : 0);
}
