import type { OutsideSource } from '../changes/sources/source.ts';
import type { Config } from '../config/load.ts';
import type { ClusterBook, Vantages } from '../investigation/ports.ts';
import type { Hub } from '../link/hub.ts';
import { isPlace } from '../playbook/asked.ts';
import type { Prober } from '../probe/prober.ts';
import type { HomePorts } from '../slack/listeners/home.ts';
import type { Store } from '../store/store.ts';
import { isManaged } from '../words/endpoint.ts';
import type { Role } from '../words/vantage.ts';
import { outagesSince } from './watch-outages.ts';

interface HomeNeeds {
  readonly config: Pick<Config, 'clusters' | 'outside' | 'intakeSecrets'>;
  readonly store: Pick<Store, 'outages' | 'samples' | 'keys'>;
  readonly clusters: ClusterBook;
  readonly vantages: Pick<Vantages, 'connected'>;
  readonly agents: Hub['agents'];
  readonly sources: readonly OutsideSource[];
  readonly watching: Prober['watching'];
  /** Left out where no health posts are scheduled. */
  readonly nextPosts?: HomePorts['nextPosts'];
  /** Epoch ms. */
  readonly clock: () => number;
}

/** What the Home tab shows of clusters: how they are, and how far they are set up. */
export function homePorts(needs: HomeNeeds): HomePorts {
  const { config, store, clock, nextPosts } = needs;

  async function stateOf(cluster: string): ReturnType<HomePorts['stateOf']> {
    const outages = await outagesSince(store, cluster, clock() - rememberedMs);
    const lasting = outages.filter(({ onset }) => onset.recovery === null).at(-1);
    if (lasting !== undefined) return { kind: 'down', sinceAt: lasting.onset.earliestAt, words: lasting.words };
    const blind = whyBlind(needs.watching(cluster));
    if (blind !== null && !(await isSeenByAgents(cluster))) return { kind: 'noData', why: blind };
    const ends = outages.flatMap(({ onset }) => onset.recovery?.latestAt ?? []);
    return { kind: 'up', sinceAt: ends.length === 0 ? null : Math.max(...ends) };
  }

  async function isSeenByAgents(cluster: string): Promise<boolean> {
    const [fromAt, toAt] = [clock() - freshMs, clock()];
    for (const series of await store.samples.series(cluster)) {
      if ((await store.samples.between(series, fromAt, toAt)).some(({ good }) => good)) return true;
    }
    return false;
  }

  return {
    stateOf,
    async setUpOf(cluster) {
      const [keys, profile] = await Promise.all([store.keys.list(cluster), needs.clusters.profile(cluster)]);
      const provider = profile?.knowledge.provider ?? 'unknown';
      const connected = needs.agents(cluster);
      const expected: readonly Role[] = isManaged(provider) ? ['cluster'] : ['cluster', 'node'];
      return {
        roles: expected.map((role) => ({
          role,
          isEnrolled: keys.some((key) => key.role === role && key.revokedAt === null),
          isConnected: connected.some((agent) => agent.role === role),
        })),
        hasOutside: needs.vantages
          .connected(cluster)
          .some(({ vantage, checks }) => vantage.kind === 'outside' && isPlace(checks)),
        hasSources: hasIntake(config) || needs.sources.some(({ clusters }) => clusters.includes(cluster)),
      };
    },
    ...(nextPosts === undefined ? {} : { nextPosts }),
  };
}

/** As long as outages are kept. */
const rememberedMs = 14 * 24 * 60 * 60_000;
/** A good probe that is older says nothing of now. */
const freshMs = 60_000;

function hasIntake({ intakeSecrets: { token, hmacKey } }: Pick<Config, 'intakeSecrets'>): boolean {
  return token !== null || hmacKey !== null;
}

/** Why the bot's own probes tell nothing of now; null when they do. */
function whyBlind(watching: ReturnType<Prober['watching']>): string | null {
  switch (watching.kind) {
    case 'probed':
      return watching.isGood ? null : 'the newest probe failed; it is no outage yet';
    case 'notYet':
      return 'it was not probed yet';
    case 'noEndpoint':
      return 'its endpoint is not known: no agent told it, and none is configured';
    case 'noAuthority':
      return 'its certificate authority is not known yet: an agent tells it, or caFile';
    case 'cutOff':
      return 'the bot is cut off itself: no reference answers it either';
    case 'notOutside':
      return 'the bot is no vantage outside, and no agent told of a good probe within a minute';
    default:
      return watching satisfies never;
  }
}
