import packageJson from '../../package.json' with { type: 'json' };
import { expectedSources } from '../changes/expected.ts';
import type { Config } from '../config/load.ts';
import type { ExpectedSource } from '../correlation/situation.ts';
import { configuredSchedules } from '../health/configured.ts';
import { type HealthDesk, healthDesk } from '../health/desk.ts';
import type { GatherPorts } from '../health/gather.ts';
import { keepPosting, type PostingPorts, type PostTally } from '../health/keep-posting.ts';
import { readWhen } from '../health/read-when.ts';
import { clustersOf, type SlotOutcome } from '../health/schedule.ts';
import { startTicking } from '../health/tick.ts';
import type { Investigations } from '../investigation/commands.ts';
import type { ClusterBook, Vantages } from '../investigation/ports.ts';
import type { Hub } from '../link/hub.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { counterOf, gaugeOf, type Metrics } from '../ops/metrics.ts';
import type { NextPost } from '../slack/render/home.ts';
import type { Store } from '../store/store.ts';
import type { ServedCertificate } from '../words/probe.ts';

/** Each minute, as fine as a cron expression is. */
const everyMinute = '* * * * *';

export interface HealthNeeds {
  readonly config: Pick<Config, 'clusters' | 'health' | 'outside'>;
  readonly store: Pick<Store, 'health' | 'messages' | 'samples' | 'outages' | 'changes'>;
  readonly clusters: ClusterBook;
  readonly vantages: Pick<Vantages, 'absent'>;
  readonly hub: Pick<Hub, 'agents'>;
  readonly investigations: Pick<Investigations, 'listOpen'>;
  /** Of sources outside of the clusters. */
  outside(cluster: string): readonly ExpectedSource[];
  certificates(cluster: string): readonly ServedCertificate[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface HealthParts {
  readonly desk: HealthDesk;
  /** Begins to post what is due. */
  start(post: PostingPorts['post']): Promise<void>;
  /** The next one of each schedule, soonest first. */
  nextPosts(): Promise<readonly NextPost[]>;
  /** Registers what is counted. */
  tell(metrics: Metrics): void;
  close(): Promise<void>;
}

/** Puts together what gathers health, keeps its schedules and posts it. */
export function healthParts(needs: HealthNeeds): HealthParts {
  const { config, store, clock, log } = needs;
  const names = Object.keys(config.clusters);
  const closing = new AbortController();
  const gather = gatherPorts(needs);
  const nowAt = clock.now();
  const configured = configuredSchedules(
    config.health.posts.flatMap(({ channel, clusters, when, zone }) => {
      const read = readWhen(when, { zone, nowAt });
      // The configuration was refused if it could not be read.
      return read.kind === 'when' ? [{ channel, clusters, zone, cron: read.cron, said: read.said }] : [];
    }),
    nowAt,
  );
  const desk = healthDesk({ store: store.health, configured, gather, clock, signal: closing.signal });
  let posting: ReturnType<typeof keepPosting> | null = null;
  let ticking: Awaited<ReturnType<typeof startTicking>> | null = null;
  return {
    desk,
    async start(post) {
      const keeping = keepPosting({
        store: store.health,
        configured,
        clusters: names,
        gather,
        post,
        stands: async (key) => ((await store.messages.find(key))?.ts ?? null) !== null,
        clock,
        log,
      });
      posting = keeping;
      ticking = await startTicking({ every: { cron: everyMinute }, onTick: () => void keeping.tick(), log });
      void keeping.tick();
    },
    async nextPosts() {
      const listed = await desk.schedules();
      return listed
        .flatMap(({ schedule, nextAt: [at] }) =>
          at === undefined ? [] : [{ clusters: clustersOf(schedule, names), channel: schedule.channel, at }],
        )
        .toSorted((a, b) => a.at - b.at);
    },
    tell: (metrics) => tellPosts({ metrics, log }, () => posting?.tally() ?? nothingYet),
    async close() {
      closing.abort(new Error('the bot stops'));
      await ticking?.stop();
      await posting?.close();
    },
  };
}

const nothingYet: PostTally = { counts: new Map(), lastPostAt: null };
const outcomes = ['posted', 'late', 'missed', 'refused', 'failed'] as const satisfies readonly SlotOutcome[];

function tellPosts(to: { readonly metrics: Metrics; readonly log: Log }, tally: () => PostTally): void {
  counterOf(to, {
    name: 'apidown_health_posts_total',
    help: 'Slots of health posts that this bot took care of, by what became of them.',
    labels: ['outcome'],
    read: () => outcomes.map((outcome) => ({ labels: { outcome }, value: tally().counts.get(outcome) ?? 0 })),
  });
  gaugeOf(to, {
    name: 'apidown_health_last_post_timestamp_seconds',
    help: 'When this bot posted health last, since the epoch; absent before the first.',
    labels: [],
    read() {
      const { lastPostAt } = tally();
      return lastPostAt === null ? [] : [{ labels: {}, value: lastPostAt / 1000 }];
    },
  });
}

function gatherPorts(needs: HealthNeeds): GatherPorts {
  const { store, clusters, hub, vantages, investigations, outside } = needs;
  return {
    samples: store.samples,
    outages: store.outages,
    journal: store.changes,
    agents: hub.agents,
    absent: vantages.absent,
    certificateEnds: (cluster) => needs.certificates(cluster).map(({ notAfterAt }) => notAfterAt),
    async expected(cluster) {
      const profile = await clusters.profile(cluster);
      if (profile === null) return { nodes: [], sources: [] };
      const isOurs = profile.knowledge.provider === 'self';
      return {
        nodes: isOurs ? profile.knowledge.controlPlaneNodes : [],
        sources: expectedSources(profile, outside(cluster)),
      };
    },
    openInvestigations: () => investigations.listOpen(),
    version: packageJson.version,
    isOutside: needs.config.outside.vantage,
  };
}
