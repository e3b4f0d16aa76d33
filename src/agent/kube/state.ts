import type { KubeState } from '../../checks/ports.ts';
import type { Log } from '../../ops/log.ts';
import type { ClusterKnowledge } from '../../words/endpoint.ts';
import type { KubeSnapshot, NamespaceRecord, PodRecord, PolicyRecord, ServiceRecord } from '../../words/kube.ts';
import { pause } from '../pause.ts';
import type { KubeClient } from './client.ts';
import {
  type Change,
  FOLLOW_PACE,
  type Followed,
  type FollowPace,
  follow,
  isRefused,
  type Kind,
  type Standing,
} from './follow.ts';
import {
  API_SERVERS,
  type ApiServerAddress,
  type FollowedNode,
  NAMESPACES,
  NODES,
  PODS,
  POLICIES,
  SERVICES,
} from './kinds.ts';
import { listOtherPolicies, type OtherPolicies } from './other-policies.ts';

/** What is followed, by the name under which a change of it is told. */
interface Records {
  readonly pods: PodRecord;
  readonly namespaces: NamespaceRecord;
  readonly networkpolicies: PolicyRecord;
  readonly services: ServiceRecord;
  readonly nodes: FollowedNode;
  readonly endpointslices: readonly ApiServerAddress[];
}

export interface WatchedState extends KubeState {
  /** Has it lists of its own, or only what an earlier life left? */
  listed(): boolean;
  /** Is what it holds proven now? The same as the snapshot says, at less cost. */
  live(): boolean;
  /** Has every kind been tried once, whatever came of it? */
  tried(): boolean;
  /** By the labels of the nodes; `unknown` while there are none. */
  provider(): ClusterKnowledge['provider'];
  /** Follows everything until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchedStateOptions {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly log: Log;
  readonly pace?: StatePace;
  /** The newest state of an earlier life of this agent; stands until the first lists are through. */
  readonly kept?: KubeSnapshot | null;
  /** Every change that is seen, with what was before and after. */
  readonly onChange?: <Name extends keyof Records>(resource: Name, change: Change<Records[Name]>) => void;
  /** Something was listed, changed, proven or lost. */
  readonly onProgress?: () => void;
}

export interface StatePace extends FollowPace {
  /** How often the server is asked for a sign of life: an open stream alone would hide a hung server for minutes. */
  readonly pulseMs: number;
  readonly otherPoliciesMs: number;
}

const STATE_PACE: StatePace = { ...FOLLOW_PACE, pulseMs: 10_000, otherPoliciesMs: 120_000 };

/** Keeps the newest state of the cluster that the steps ask for. */
export function watchState(options: WatchedStateOptions): WatchedState {
  const { client, log, onChange, onProgress, pace = STATE_PACE } = options;
  const followed = <Name extends keyof Records>(name: Name, kind: Kind<Records[Name]>) =>
    follow(kind, {
      client,
      clock: options.clock,
      log,
      pace,
      onChange: (change) => onChange?.(name, change),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  const pods = followed('pods', PODS);
  const namespaces = followed('namespaces', NAMESPACES);
  const policies = followed('networkpolicies', POLICIES);
  const services = followed('services', SERVICES);
  const nodes = followed('nodes', NODES);
  const apiServers = followed('endpointslices', API_SERVERS);
  const all: readonly [string, Followed<unknown>][] = [
    ['pods', pods],
    ['namespaces', namespaces],
    ['NetworkPolicies', policies],
    ['services', services],
    ['nodes', nodes],
    ['the EndpointSlices of default/kubernetes', apiServers],
  ];
  let others: OtherPolicies | null = null;
  let pulse = true;
  /** The last sign of life that found every stream open: what is held was true then, however quiet the streams are. */
  let confirmedAt = 0;

  const standings = () => all.map(([, each]) => each.standing());
  const listed = () => {
    const each = standings();
    return each.some((one) => one.listed) && each.every((one) => one.listed || isRefused(one));
  };
  const live = () => listed() && pulse && standings().every((one) => one.connected || !one.listed);

  function snapshot(): KubeSnapshot | null {
    if (!listed()) {
      return options.kept === undefined || options.kept === null ? null : { ...options.kept, live: false };
    }
    const proofs = standings().flatMap((one) => (one.listed ? [one.provenAt] : []));
    const unseen = [
      ...all.flatMap(([words, each]) => refusal(words, each.standing())),
      ...(others?.unseen ?? ['policies of other kinds (not listed yet)']),
    ];
    return {
      asOfAt: Math.max(confirmedAt, Math.min(...proofs)),
      live: live(),
      pods: [...pods.items()],
      namespaces: [...namespaces.items()],
      policies: [...policies.items()],
      otherPolicies: [...(others?.records ?? [])],
      services: [...services.items()],
      nodes: nodes.items().map(({ record }) => record),
      apiServers: apiServers.items().flat(),
      ...(unseen.length === 0 ? {} : { unseen }),
    };
  }

  async function watchPulse(signal: AbortSignal) {
    while (!signal.aborted) {
      await pause(pace.pulseMs, signal);
      if (signal.aborted) return;
      const askedAt = options.clock();
      const answer = await client.get('/version', { signal, timeoutMs: pace.pulseMs });
      if (signal.aborted) return;
      const alive = answer.kind !== 'unreachable';
      const changed = alive !== pulse;
      pulse = alive;
      if (live()) confirmedAt = askedAt;
      if (!changed) continue;
      log.info({ alive, answer: answer.kind === 'unreachable' ? answer.message : undefined }, 'sign of life changed');
      onProgress?.();
    }
  }

  async function watchOtherPolicies(signal: AbortSignal) {
    while (!signal.aborted) {
      const listed = await listOtherPolicies(client, signal);
      if (signal.aborted) return;
      if (listed !== null) {
        if (listed.unseen.join() !== others?.unseen.join() && listed.unseen.length > 0) {
          log.warn({ unseen: listed.unseen }, 'some policies can not be listed');
        }
        others = listed;
        onProgress?.();
      }
      await pause(listed === null ? pace.retryMs[1] : pace.otherPoliciesMs, signal);
    }
  }

  return {
    snapshot,
    listed,
    live,
    tried: () => standings().every((one) => one.listed || one.trouble !== null),
    provider() {
      const found = nodes.items();
      if (found.some(({ record }) => record.controlPlane)) return 'self';
      return found.find(({ provider }) => provider !== 'unknown')?.provider ?? 'unknown';
    },
    async run(signal) {
      await Promise.all([...all.map(([, each]) => each.run(signal)), watchPulse(signal), watchOtherPolicies(signal)]);
    },
  };
}

function refusal(words: string, { listed, trouble }: Standing): string[] {
  return !listed && trouble !== null ? [`${words} (${trouble.message})`] : [];
}
