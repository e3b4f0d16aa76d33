import { apiServerPolicies } from '../../../checks/network-policies/api-server-policies.ts';
import { type Cluster, prepare } from '../../../checks/network-policies/cluster.ts';
import type { NetworkPoliciesParams } from '../../../checks/network-policies/contract.ts';
import { apiFlows, clientFlows, type Flow } from '../../../checks/network-policies/flows.ts';
import { findGateways, type Gateway } from '../../../checks/network-policies/gateways.ts';
import { keptApart } from '../../../checks/network-policies/phrases.ts';
import { apiTargets } from '../../../checks/network-policies/targets.ts';
import { readRange } from '../../../packet/network-policy/ranges.ts';
import { type Labels, selects } from '../../../packet/network-policy/selector.ts';
import { LabelSelector } from '../../../packet/network-policy/spec.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { KubeSnapshot, PodRecord, PolicyRecord } from '../../../words/kube.ts';
import type { WatchOrder } from '../../../words/stream.ts';
import { everyClient, passagesOf, sameAnswer, turned } from './policy-passages.ts';

type Policy = Pick<PolicyRecord, 'namespace' | 'name' | 'uid' | 'spec'>;

interface PolicyChange {
  readonly namespace: string;
  readonly uid: string;
  /** null: it was not there; `unknown`: it was, and what it said nobody knows. */
  readonly before: Spec | null | 'unknown';
  readonly after: Spec | null;
}

interface Spec {
  readonly name: string;
  readonly spec: unknown;
}

/**
 * What a NetworkPolicy's change does to the ways from clients over gateways to the API server: the check's own questions,
 * asked of all policies as they were before and as they are after. Ways that are the same for every client are judged;
 * where it hangs on the client's address it is told for every range of addresses, since which client fails is known only
 * when one does.
 */
export function policyEffect(change: PolicyChange, snapshot: KubeSnapshot, order: WatchOrder): ChangeEffect {
  const { namespace, uid } = change;
  const params = paramsOf(order);
  const involved = involvedPods(snapshot, params, order);
  const near = involved.filter((pod) => pod.namespace === namespace);
  if (near.length === 0) {
    return judged('none', `No gateway, API server or client of the API is a pod in ${namespace}.`);
  }
  if (change.before === 'unknown') return judged('unknown', 'What it said before is not known.');
  const policy = (one: Spec | null): Policy | null => (one === null ? null : { namespace, uid, ...one });
  const [before, after] = [policy(change.before), policy(change.after)];
  if (!near.some((pod) => maySelect(before, pod) || maySelect(after, pod))) {
    return judged('none', 'It selects no gateway and no API server.');
  }
  const standing = snapshot.policies.filter((one) => one.uid !== uid && involved.some((pod) => maySelect(one, pod)));
  const as = (one: Policy | null) =>
    prepare({ ...snapshot, policies: one === null ? standing : [...standing, recordOf(one)] });
  return compared(as(before), as(after), params);
}

function paramsOf(order: WatchOrder): NetworkPoliciesParams {
  const readable = (texts: readonly string[]) => texts.filter((text) => readRange(text) !== null);
  return {
    port: order.targets.find(({ path }) => path === 'endpoint')?.port ?? order.apiPort,
    gateways: order.gateways,
    clients: readable(order.clients),
    apiAddresses: readable(order.apiAddresses),
  };
}

interface Involved {
  readonly services: KubeSnapshot['services'];
  readonly order: WatchOrder;
  readonly pods: readonly PodRecord[];
}
/** The same pods, Services and order have the same answer, however many policies change meanwhile. */
const known = new WeakMap<KubeSnapshot['pods'], Involved>();

/** Pods at one end or the other of a way to the API server. */
function involvedPods(snapshot: KubeSnapshot, params: NetworkPoliciesParams, order: WatchOrder): readonly PodRecord[] {
  const before = known.get(snapshot.pods);
  if (before?.services === snapshot.services && before.order === order) return before.pods;
  const cluster = prepare({ ...snapshot, policies: [] });
  const clients = params.clients.flatMap((client) => cluster.podAt(client) ?? []);
  const pods = [...new Set([...findGateways(cluster, params).pods, ...cluster.hostApiServers, ...clients])];
  known.set(snapshot.pods, { services: snapshot.services, order, pods });
  return pods;
}

const selectors = new WeakMap<object, LabelSelector | null>();

/** One that can't be read may select anything. */
function maySelect(policy: Policy | null, { namespace, labels }: { namespace: string; labels: Labels }): boolean {
  if (policy === null || policy.namespace !== namespace) return false;
  const { spec } = policy;
  if (typeof spec !== 'object' || spec === null) return true;
  let selector = selectors.get(spec);
  if (selector === undefined) {
    const given = 'podSelector' in spec ? spec.podSelector : {};
    selector = LabelSelector.safeParse(given ?? {}).data ?? null;
    selectors.set(spec, selector);
  }
  return selector === null || selects(selector, labels);
}

function recordOf(policy: Policy): PolicyRecord {
  return { ...policy, modifiedAt: null, modifiedBy: null };
}

function compared(before: Cluster, after: Cluster, params: NetworkPoliciesParams): ChangeEffect {
  const gateways = gatewaysOf(before, after, params);
  const api = gateways.flatMap((gateway) => turnsOf(apiWays(before, gateway, params), apiWays(after, gateway, params)));
  const behind = worst(api);
  if (behind !== null && behind.kind !== 'doubt') return wordsOf(behind);

  const clients = gateways.flatMap((gateway) => {
    const was = passagesOf(before, gateway, params.clients, [before, after]);
    const is = passagesOf(after, gateway, params.clients, [before, after]);
    return sameAnswer(was, is) ? [] : [{ gateway, was, is }];
  });
  for (const verdict of ['breaks', 'mends'] as const) {
    const whole = clients.find(
      ({ was, is, gateway }) => turned(was, is, everyClient(params.clients, gateway)) === verdict,
    );
    if (whole === undefined) continue;
    const [flow] = clientFlows(verdict === 'breaks' ? after : before, whole.gateway, params.clients);
    if (flow !== undefined) return wordsOf({ kind: verdict, flow });
  }
  if (clients.length > 0) {
    const before = clients.flatMap(({ was }) => was);
    const after = clients.flatMap(({ is }) => is);
    if (before.length > MOST_RANGES || after.length > MOST_RANGES) {
      return judged('unknown', `It treats clients in more than ${MOST_RANGES} different ways by their addresses.`);
    }
    return { kind: 'passages', port: clients[0]?.gateway.ports[0] ?? params.port, before, after };
  }
  const doubt = hostNetworkDoubt(before, after, params) ?? (behind === null ? null : wordsOf(behind));
  return doubt ?? judged('none', 'Every way to the API server is as it was before.');
}

const MOST_RANGES = 256;

/** Gateways that either set of policies tells apart; asked about one by one. */
function gatewaysOf(before: Cluster, after: Cluster, params: NetworkPoliciesParams): Gateway[] {
  const found = [before, after].flatMap((cluster) => [...findGateways(cluster, params).gateways]);
  const byPod = new Map(found.map((gateway) => [`${gateway.example.namespace}/${gateway.example.name}`, gateway]));
  return [...byPod.values()];
}

function apiWays(cluster: Cluster, gateway: Gateway, params: NetworkPoliciesParams): readonly Flow[] {
  return apiFlows(cluster, gateway, apiTargets(cluster, findGateways(cluster, params), params));
}

/** `doubt`: whether it passes could be told before, or can be told now, but not both. */
interface Turn {
  readonly kind: 'breaks' | 'mends' | 'doubt';
  readonly flow: Flow;
}

function turnsOf(before: readonly Flow[], after: readonly Flow[]): Turn[] {
  const same = (one: Flow) =>
    before.find(({ kind, from, to }) => kind === one.kind && from === one.from && to === one.to);
  return after.flatMap((flow): Turn[] => {
    const was = same(flow);
    if (was === undefined || !(was.weighs || flow.weighs)) return [];
    const [from, to] = [was.ruling.passage, flow.ruling.passage];
    if (from === to) return [];
    if (from === 'allowed' && to === 'denied') return [{ kind: 'breaks', flow }];
    if (from === 'denied' && to === 'allowed') return [{ kind: 'mends', flow: was }];
    return [{ kind: 'doubt', flow }];
  });
}

function worst(turns: readonly Turn[]): Turn | null {
  for (const kind of ['breaks', 'mends', 'doubt'] as const) {
    const found = turns.find((turn) => turn.kind === kind);
    if (found !== undefined) return found;
  }
  return null;
}

function wordsOf({ kind, flow }: Turn): ChangeEffect {
  const between = keptApart({
    ...flow,
    passage: 'denied',
    why: 'noRuleAllows',
    policies: [],
    morePolicies: 0,
    blocks: [],
  });
  switch (kind) {
    case 'breaks':
      return judged('breaks', `It keeps ${between}: that was allowed before.`);
    case 'mends':
      return judged('mends', `It no longer keeps ${between}.`);
    case 'doubt':
      return judged('unknown', `Whether it keeps ${between} can't be told for sure.`);
    default:
      return kind satisfies never;
  }
}

/** A policy for API servers on the host's network: the standard leaves undefined what it does. */
function hostNetworkDoubt(before: Cluster, after: Cluster, params: NetworkPoliciesParams): ChangeEffect | null {
  const denying = (cluster: Cluster) => {
    const targets = apiTargets(cluster, findGateways(cluster, params), params);
    return apiServerPolicies(cluster, targets, params.clients).some(({ wouldDeny }) => wouldDeny);
  };
  const [was, is] = [denying(before), denying(after)];
  if (was === is) return null;
  const does = is ? 'would keep clients from' : 'no longer would keep clients from';
  return judged(
    'unknown',
    `It ${does} API server pods on the host's network; the standard leaves that undefined and most plugins ignore it: an unlikely cause.`,
  );
}

function judged(verdict: 'breaks' | 'mends' | 'none' | 'unknown', words: string): ChangeEffect {
  return { kind: 'judged', verdict, words };
}
