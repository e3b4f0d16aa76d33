import type { Change, ChangeCategory } from '../../../words/change.ts';
import type { CurrentModel, KnownModel, Looked, OutsideSource, SourceTrouble, Stretch } from '../source.ts';
import { type Patience, usualPatience } from './api/ask.ts';
import type { Failure } from './api/failure.ts';
import { openAws } from './api/open.ts';
import { coveredBy } from './covered-by.ts';
import type { AwsEntry } from './entry.ts';
import { examineAws } from './examine.ts';
import { type History, readHistory, type ToldEvent, troubleOf } from './history.ts';
import { modelOf } from './model-of.ts';
import type { AwsLimits } from './pace.ts';
import { pathOf } from './path.ts';
import type { AwsState } from './state.ts';
import { eventChanges } from './to-changes.ts';
import { undo } from './undo.ts';
import { type Refreshed, type WayPorts, type WayWatch, wayWatch } from './way-watch.ts';

export interface AwsSource extends OutsideSource {
  currentModel(cluster: string, signal: AbortSignal): Promise<CurrentModel>;
  /** The newest that is kept, without asking AWS; null: there is none. */
  knownModel(cluster: string): Promise<KnownModel | null>;
  /** How many requests it has made so far. */
  requests(): number;
}

export interface AwsPorts extends WayPorts {
  /** One for all entries. */
  readonly limits: AwsLimits;
  readonly patience?: Patience;
}

const AWS = 'aws';

/** Source: CloudTrail delivers an event within about 5 minutes, 15 at worst, and keeps it for 90 days. */
const LATE_MS = 15 * 60_000;
const REACHES_BACK_MS = 90 * 24 * 3_600_000;

const LOOK_EVERY_MS = 5 * 60_000;
/** Looks by itself are a little more or less apart; asked sooner than that, somebody wants to know now. */
const ASKED_WITHIN_MS = 0.85 * LOOK_EVERY_MS;
/** Rules that were read within this are new enough for whoever wants to know now. */
const FRESH_MS = 20_000;
/** And within this for the steps, several of which read at about the same time: rules from before an outage would speak for the way. */
const SHARED_MS = 5_000;

/** Where AWS records what belongs to no region, such as Route 53. */
const GLOBAL_REGION = 'us-east-1';
const inRegion: readonly ChangeCategory[] = ['security-group', 'load-balancer', 'routing', 'cloud'];
/** What can't be judged while rules can't be read; that something was done is told all the same. */
const judgedByState: readonly ChangeCategory[] = ['security-group', 'load-balancer', 'routing'];

/** One account in one region. Loads the SDK when it is first asked. */
export function awsSource(entry: AwsEntry, ports: AwsPorts): AwsSource {
  const { clock, limits, patience = usualPatience } = ports;
  const aws = openAws(entry, patience);
  const watches = entry.clusters.map((cluster) => wayWatch(cluster, entry, AWS, ports));
  const asksNames = entry.hostedZoneIds.length > 0;
  const everything: readonly ChangeCategory[] = asksNames ? [...inRegion, 'dns'] : inRegion;
  let account: string | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Requests that one reading of all clusters took, the last time. */
  let cost = 15;

  /** Whose account it is, since limits are the account's. Where it can't be asked, those of this entry alone. */
  async function identify(signal: AbortSignal): Promise<Failure | null> {
    if (account !== null) return null;
    const asked = await aws.at(paceIn(entry.region)).others.account(signal);
    if (asked.kind === 'failed') {
      if (asked.failure.kind === 'expired') aws.forget();
      return asked.failure;
    }
    account = asked.value;
    return null;
  }

  /** Whoever they were, the next ones may be another account's. */
  function forget(): void {
    aws.forget();
    account = null;
  }

  function paceIn(region: string) {
    return limits.of(account ?? entry.name, region);
  }

  async function look(stretch: Stretch, signal: AbortSignal): Promise<Looked> {
    signal.throwIfAborted();
    const nowAt = clock.now();
    const isAsked = nowAt - lookedAt < ASKED_WITHIN_MS;
    lookedAt = nowAt;
    const fromAt = Math.max(stretch.fromAt, nowAt - REACHES_BACK_MS);
    if (fromAt > Math.min(stretch.toAt, nowAt)) return { changes: [], covered: [], troubles: [] };
    const unknown = await identify(signal);
    if (unknown?.kind === 'expired') return { changes: [], covered: [], troubles: [troubleOf(unknown, everything)] };

    // Up to now, whatever was asked: what was changed back since is known only so.
    const [histories, refreshed] = await Promise.all([
      readHistories({ fromAt, toAt: nowAt }, signal),
      dueNow(isAsked).then((due) => refresh(due, nowAt - FRESH_MS, signal)),
    ]);
    const events = newestFirst(histories.flatMap(({ history }) => history.events));
    const again = await refresh(await overtakenBy(events), lastInstant(events[0]?.event.at ?? nowAt), signal);
    const changes = await Promise.all(watches.map((watch) => changesOf(watch, events, signal)));
    lookedAt = clock.now();
    const troubles = [
      ...histories.flatMap(({ history }) => history.troubles),
      ...stateTroubles([...refreshed, ...again]),
    ];
    if (troubles.some(({ kind }) => kind === 'expired')) forget();
    return {
      changes: changes.flat().filter(({ change }) => reachesInto(change, stretch)),
      covered: histories.flatMap(({ history, categories }) =>
        coveredBy(history, categories, { fromAt, toAt: stretch.toAt }, nowAt - LATE_MS),
      ),
      troubles,
    };
  }

  function readHistories(stretch: Stretch, signal: AbortSignal) {
    const isGlobal = entry.region === GLOBAL_REGION;
    const asks = [
      { region: entry.region, source: null, categories: isGlobal ? everything : inRegion },
      ...(asksNames && !isGlobal
        ? [{ region: GLOBAL_REGION, source: 'route53.amazonaws.com', categories: ['dns'] satisfies ChangeCategory[] }]
        : []),
    ];
    return Promise.all(
      asks.map(async (ask): Promise<{ history: History; categories: readonly ChangeCategory[] }> => {
        const asked = { ...ask, stretch, mostMs: pagesWithinMs(stretch) };
        return {
          history: await readHistory(aws.at(paceIn(ask.region)), asked, clock, signal),
          categories: ask.categories,
        };
      }),
    );
  }

  /** Whose rules are to be read again: now that somebody asks, or as often as the rate allows. */
  async function dueNow(isAsked: boolean): Promise<readonly WayWatch[]> {
    const all = await Promise.all(watches.map(async (watch) => ({ watch, readAt: await readAt(watch) })));
    if (isAsked) return all.filter((one) => clock.now() - one.readAt > FRESH_MS).map(({ watch }) => watch);
    const oldestAt = Math.min(...all.map((one) => one.readAt));
    return paceIn(entry.region).mayRead(oldestAt, cost) ? watches : [];
  }

  /** Something on their way was changed since it was read. */
  async function overtakenBy(events: readonly ToldEvent[]): Promise<readonly WayWatch[]> {
    const overtaken: WayWatch[] = [];
    for (const watch of watches) {
      const state = (await watch.kept()).states[0]?.state;
      if (state === undefined) continue;
      const isOvertaken = events.some(
        ({ event, deeds }) =>
          lastInstant(event.at) > state.readAt && deeds.some((deed) => undo(deed, state, state).kind !== 'elsewhere'),
      );
      if (isOvertaken) overtaken.push(watch);
    }
    return overtaken;
  }

  async function refresh(
    due: readonly WayWatch[],
    newerThanAt: number,
    signal: AbortSignal,
  ): Promise<readonly Refreshed[]> {
    const pace = paceIn(entry.region);
    const before = pace.lastHour();
    const refreshed: Refreshed[] = [];
    for (const watch of due) refreshed.push(await watch.refresh(aws.at(pace), newerThanAt, signal));
    const isWhole = due.length === watches.length && refreshed.every((one) => one.kind === 'read' && one.isNew);
    if (isWhole) cost = Math.max(1, pace.lastHour() - before);
    return refreshed;
  }

  async function changesOf(
    watch: WayWatch,
    events: readonly ToldEvent[],
    signal: AbortSignal,
  ): Promise<Looked['changes']> {
    const teller = { source: AWS, instance: entry.name, nowAt: clock.now() };
    const told = await watch.update((kept) => {
      const { changes, kept: next } = eventChanges(events, kept, teller);
      const ids = new Set(changes.map(({ id }) => id));
      const seen = next.told.filter(({ eventId, change }) => eventId === null && !ids.has(change.id));
      const told = next.told.map((one) => ({ ...one, isOut: true }));
      return { kept: { ...next, told }, value: [...changes, ...seen.map(({ change }) => change)] };
    }, signal);
    return told.map((change) => ({ cluster: watch.cluster, change }));
  }

  return {
    name: AWS,
    instance: entry.name,
    clusters: entry.clusters,
    tells: [
      { categories: ['security-group'], words: `AWS security groups and network ACLs (${entry.name})` },
      { categories: ['load-balancer'], words: `AWS load balancers (${entry.name})` },
      { categories: ['routing'], words: `AWS routes (${entry.name})` },
      { categories: ['cloud'], words: `AWS instances and EKS (${entry.name})` },
      ...(asksNames ? [{ categories: ['dns'] as const, words: `Route 53 (${entry.name})` }] : []),
    ],
    lateMs: LATE_MS,
    reachesBackMs: REACHES_BACK_MS,
    lookEveryMs: LOOK_EVERY_MS,
    look,
    async examine(signal) {
      signal.throwIfAborted();
      const here = aws.at(paceIn(entry.region));
      const isApart = asksNames && entry.region !== GLOBAL_REGION;
      const global = isApart ? aws.at(paceIn(GLOBAL_REGION)) : null;
      return examineAws(entry, { here, global, nowAt: clock.now() }, signal);
    },
    requests: aws.requests,
    async close() {
      aws.close();
    },
    async currentModel(cluster, signal) {
      signal.throwIfAborted();
      const watch = watches.find((one) => one.cluster === cluster);
      if (watch === undefined) return { kind: 'trouble', trouble: notOurs(cluster, entry), last: null };
      const newerThanAt = clock.now() - SHARED_MS;
      const newest = (await watch.kept()).states[0]?.state;
      if (newest !== undefined && newest.readAt > newerThanAt && newest.unread.length === 0) {
        return { kind: 'model', troubles: [], ...knownOf(newest) };
      }
      const unknown = await identify(signal);
      if (unknown?.kind === 'expired')
        return { kind: 'trouble', trouble: troubleOf(unknown, judgedByState), last: await lastOf(watch) };
      const [refreshed] = await refresh([watch], newerThanAt, signal);
      return currentOf(refreshed, watch);
    },
    async knownModel(cluster) {
      const watch = watches.find((one) => one.cluster === cluster);
      return watch === undefined ? null : lastOf(watch);
    },
  };
}

/** Pages of history are turned for as long as this: those of a long stretch come one after the other. */
function pagesWithinMs({ fromAt, toAt }: Stretch): number {
  return 20_000 + (toAt - fromAt) / 90;
}

async function currentOf(refreshed: Refreshed | undefined, watch: WayWatch): Promise<CurrentModel> {
  if (refreshed === undefined || refreshed.kind === 'noEndpoint') {
    const words = `it is not known where clients of ${watch.cluster} connect; set its endpoint`;
    return { kind: 'trouble', trouble: { kind: 'gone', categories: judgedByState, words }, last: await lastOf(watch) };
  }
  const { state, failures } = refreshed;
  const troubles = stateTroubles([refreshed]);
  const [trouble] = troubles;
  // Nothing of the way could be found, since something could not be asked.
  if (trouble !== undefined && failures.length > 0 && modelOf(state).ways.length === 0) {
    return { kind: 'trouble', trouble, last: await lastOf(watch) };
  }
  return { kind: 'model', troubles, ...knownOf(state) };
}

async function lastOf(watch: WayWatch): Promise<KnownModel | null> {
  const state = (await watch.kept()).states[0]?.state;
  return state === undefined ? null : knownOf(state);
}

function knownOf(state: AwsState): KnownModel {
  return { model: modelOf(state), path: pathOf(state) };
}

async function readAt(watch: WayWatch): Promise<number> {
  return (await watch.kept()).states[0]?.state.readAt ?? Number.NEGATIVE_INFINITY;
}

/** Whole seconds are told: it may have been in the same second after the look. */
function lastInstant(at: number): number {
  return at + 999;
}

/** What is asked for in two ways may come twice. */
function newestFirst(events: readonly ToldEvent[]): readonly ToldEvent[] {
  return [...new Map(events.map((one) => [one.event.id, one])).values()].sort((a, b) => b.event.at - a.event.at);
}

/** Each that failed once, however many clusters met it. */
function stateTroubles(refreshed: readonly Refreshed[]): readonly SourceTrouble[] {
  const failures = new Map(
    refreshed.flatMap((one) =>
      one.kind === 'read' ? one.failures.map((failure) => [failure.words, failure] as const) : [],
    ),
  );
  return [...failures.values()].map(({ kind, words }) => ({
    kind,
    categories: judgedByState,
    words: `what is on the way can't be read whole: ${words}`.slice(0, 500),
  }));
}

function notOurs(cluster: string, { name }: AwsEntry): SourceTrouble {
  return { kind: 'gone', categories: judgedByState, words: `${name} is not configured for ${cluster}` };
}

/** It can have happened within, or lasts into it. */
function reachesInto({ earliestAt, latestAt, untilAt }: Change, { fromAt, toAt }: Stretch): boolean {
  return earliestAt <= toAt && Math.max(latestAt, untilAt ?? latestAt) >= fromAt;
}
