import type { CurrentModel, OutsideSource } from '../changes/sources/source.ts';
import type { CloudAccount } from '../checks/cloud-firewall/port.ts';
import type { Clock } from '../ops/clock.ts';
import type { Store } from '../store/store.ts';
import type { Change } from '../words/change.ts';
import type { Around } from './own-vantage.ts';

/** What people call a kind of account. */
const titles: Readonly<Record<string, string>> = { aws: 'AWS' };
/** A change that is longer ago is no news beside a denial. */
const recentMs = 2 * 60 * 60_000;
const mostRecent = 200;

type CloudSource = OutsideSource & Required<Pick<OutsideSource, 'currentModel'>>;

/** What stands around clusters, as the sources that are configured can tell it: clouds. */
export function aroundSources(
  sources: readonly OutsideSource[],
  needs: { readonly journal: Pick<Store['changes'], 'between'>; readonly clock: Clock },
): Around {
  const clouds = sources.filter((source): source is CloudSource => source.currentModel !== undefined);
  if (clouds.length === 0) return { cloud: null, paths: [] };
  return {
    cloud: {
      clusters: [...new Set(clouds.flatMap(({ clusters }) => clusters))],
      async read(cluster, signal) {
        const ofCluster = clouds.filter(({ clusters }) => clusters.includes(cluster));
        const nowAt = needs.clock.now();
        const window = { fromAt: nowAt - recentMs, toAt: nowAt, nearAt: nowAt, most: mostRecent };
        const [{ changes }, read] = await Promise.all([
          needs.journal.between(cluster, window),
          Promise.all(ofCluster.map(async (source) => ({ source, now: await source.currentModel(cluster, signal) }))),
        ]);
        return { accounts: read.map(({ source, now }) => accountOf(source, now, changes)) };
      },
    },
    paths: [],
  };
}

function accountOf(source: OutsideSource, now: CurrentModel, changes: readonly Change[]): CloudAccount {
  return {
    name: `${titles[source.name] ?? source.name} ${source.instance}`,
    model: now.kind === 'model' ? now.model : (now.last?.model ?? null),
    troubles: now.kind === 'model' ? now.troubles.map(({ words }) => words) : [now.trouble.words],
    recent: changes
      .filter((change) => change.source === source.name && change.instance === source.instance)
      .toSorted((a, b) => b.latestAt - a.latestAt)
      .map((change) => ({ id: change.target.name, words: inBrackets(change) })),
  };
}

/** `no longer allowed in: tcp 6443 203.0.113.0/24, 14:03:12 UTC by alice` */
function inBrackets({ summary, earliestAt, actor }: Change): string {
  const at = new Date(earliestAt).toISOString().slice(11, 19);
  const done = summary.slice(summary.indexOf(': ') + 2);
  return `${done}, ${at} UTC${actor === null ? '' : ` by ${actor}`}`;
}
