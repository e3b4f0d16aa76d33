import type { KubeState } from '../../checks/ports.ts';
import type { Log } from '../../ops/log.ts';
import type { ClusterKnowledge } from '../../words/endpoint.ts';
import type { KubeSnapshot } from '../../words/kube.ts';
import type { KubeClient } from './client.ts';
import { FOLLOW_PACE, type Followed, type FollowPace, follow, type Kind } from './follow.ts';
import { API_SERVERS, NAMESPACES, NODES, PODS, POLICIES, SERVICES } from './kinds.ts';
import { type Noted, type NoteTaker, noting, toldTo } from './notes.ts';
import { followOtherPolicies } from './other-policies.ts';
import { type PulsePace, watchPulse } from './pulse.ts';
import { asOf, isRefused, type Standing } from './standing.ts';

export interface WatchedState extends KubeState {
  /** Has it lists of its own, or only what an earlier life left? */
  listed(): boolean;
  /** Is what it holds proven now? The same as the snapshot says, at less cost. */
  live(): boolean;
  /** Has every kind been tried once, whatever came of it? */
  tried(): boolean;
  /** By the labels of the nodes; `unknown` while there are none. */
  provider(): ClusterKnowledge['provider'];
  /** How far each resource can be trusted, by the name of its kind, those of the note taker among them. */
  standings(): ReadonlyMap<string, Standing>;
  /** Of the kinds of other policies that exist here; null before it is known which do. */
  otherPolicies(): readonly Standing[] | null;
  /** What has to be added to the API server's clock to have the agent's, ms; null before it was known. */
  clockOffsetMs(): number | null;
  /** Follows everything until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchedStateOptions<N> {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly log: Log;
  readonly pace?: StatePace;
  /** The newest state of an earlier life of this agent; stands until the first lists are through. */
  readonly kept?: KubeSnapshot | null;
  /** Who is told of every object, before it is reduced, and of every change that is seen. */
  readonly notes?: { readonly taker: NoteTaker<N>; readonly alsoFollow: readonly Kind<N>[] };
  /** Something was listed, changed, proven or lost. */
  readonly onProgress?: () => void;
}

export interface StatePace extends FollowPace, PulsePace {
  readonly otherPoliciesMs: number;
}

const STATE_PACE: StatePace = { ...FOLLOW_PACE, pulseMs: 5_000, deadPulseMs: 1_000, otherPoliciesMs: 30_000 };

/** Keeps the newest state of the cluster that the steps ask for. */
export function watchState<N = never>(options: WatchedStateOptions<N>): WatchedState {
  const { client, clock, log, pace = STATE_PACE } = options;
  const taker = options.notes?.taker ?? null;
  let startedAt = 0;
  let saidListed = false;
  const onProgress = () => {
    sayListed();
    options.onProgress?.();
  };
  const followed = <R>(kind: Kind<R>): Followed<Noted<R, N>> =>
    follow(noting(kind, taker), { client, clock, log, pace, onProgress, ...toldTo(taker, kind.name) });
  const pods = followed(PODS);
  const namespaces = followed(NAMESPACES);
  const policies = followed(POLICIES);
  const services = followed(SERVICES);
  const nodes = followed(NODES);
  const apiServers = followed(API_SERVERS);
  const records = {
    pods: recordsOf(pods),
    namespaces: recordsOf(namespaces),
    policies: recordsOf(policies),
    services: recordsOf(services),
    nodes: recordsOf(nodes),
    apiServers: recordsOf(apiServers),
  };
  const all: readonly (readonly [words: string, name: string, each: Followed<unknown>])[] = [
    ['pods', PODS.name, pods],
    ['namespaces', NAMESPACES.name, namespaces],
    ['NetworkPolicies', POLICIES.name, policies],
    ['services', SERVICES.name, services],
    ['nodes', NODES.name, nodes],
    ['the EndpointSlices of default/kubernetes', API_SERVERS.name, apiServers],
  ];
  const also = (options.notes?.alsoFollow ?? []).map((kind) => ({
    name: kind.name,
    each: follow(kind, {
      client,
      clock,
      log,
      pace,
      onProgress,
      onFirst: (entries, askedAt, answeredAt) => taker?.first(kind.name, entries, askedAt, answeredAt),
      onChange: (change) => taker?.changed(kind.name, change),
    }),
  }));
  const others = followOtherPolicies({ client, clock, log, pace, taker, onProgress });
  const pulse = watchPulse({
    client,
    clock,
    log,
    pace,
    onAlive(askedAt) {
      for (const [, , each] of all) each.alive(askedAt);
      for (const { each } of also) each.alive(askedAt);
      others.alive(askedAt);
      onProgress();
    },
    onTurn: onProgress,
  });

  function sayListed() {
    if (saidListed) return;
    const each = [...standings(), ...also.map((one) => one.each.standing())];
    if (!each.every((one) => one.listed || isRefused(one))) return;
    saidListed = true;
    const refused = each.filter(isRefused).length;
    log.info({ kinds: each.length, refused, tookMs: clock() - startedAt }, 'every kind was listed for the first time');
  }

  const standings = () => all.map(([, , each]) => each.standing());
  const listed = () => {
    const each = standings();
    return each.some((one) => one.listed) && each.every((one) => one.listed || isRefused(one));
  };
  const live = () => listed() && pulse.alive() && standings().every((one) => one.connected || !one.listed);

  function snapshot(): KubeSnapshot | null {
    if (!listed()) {
      return options.kept === undefined || options.kept === null ? null : { ...options.kept, live: false };
    }
    const proofs = standings().flatMap((one) => (one.listed ? [asOf(one)] : []));
    const unseen = [...all.flatMap(([words, , each]) => refusal(words, each.standing())), ...others.unseen()];
    return {
      asOfAt: Math.min(...proofs),
      live: live(),
      pods: records.pods(),
      namespaces: records.namespaces(),
      policies: records.policies(),
      otherPolicies: [...others.records()],
      services: records.services(),
      nodes: records.nodes().map(({ record }) => record),
      apiServers: records.apiServers().flat(),
      ...(unseen.length === 0 ? {} : { unseen }),
    };
  }

  return {
    snapshot,
    listed,
    live,
    tried: () => standings().every((one) => one.listed || one.trouble !== null),
    provider() {
      const found = records.nodes();
      if (found.some(({ record }) => record.controlPlane)) return 'self';
      return found.find(({ provider }) => provider !== 'unknown')?.provider ?? 'unknown';
    },
    standings: () =>
      new Map([
        ...all.map(([, name, each]) => [name, each.standing()] as const),
        ...also.map(({ name, each }) => [name, each.standing()] as const),
      ]),
    otherPolicies: others.standings,
    clockOffsetMs: pulse.clockOffsetMs,
    async run(signal) {
      startedAt = clock();
      const each = [...all.map(([, , one]) => one), ...also.map((one) => one.each), pulse, others];
      await Promise.all(each.map((one) => one.run(signal)));
    },
  };
}

/** In the same array as before while nothing has changed, so that what is made from it can be kept as long. */
function recordsOf<R, N>(followed: Followed<Noted<R, N>>): () => R[] {
  let from: readonly Noted<R, N>[] | null = null;
  let records: R[] = [];
  return () => {
    const items = followed.items();
    if (items !== from) records = items.map(({ record }) => record);
    from = items;
    return records;
  };
}

function refusal(words: string, { listed, trouble }: Standing): string[] {
  return !listed && trouble !== null ? [`${words} (${trouble.message})`] : [];
}
