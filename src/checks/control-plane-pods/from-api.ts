import type { Detail, Finding } from '../../words/evidence.ts';
import { type ComponentView, viewOf } from './component.ts';
import type { ApiFacts, Component, ComponentFacts } from './contract.ts';
import { enumerated, sentence, when } from './wording.ts';

/** Pure: what the API server said of its own control plane, now or the last time it spoke. */
export function judgeFromApi(facts: ApiFacts): Finding {
  const nowAt = facts.lookedAt;
  const limits = facts.limits.map((value) => ({ label: 'Not seen', value }));
  if (facts.asOfAt === null) {
    return {
      verdict: 'unknown',
      reason: 'This agent has never seen the cluster: the API server has not answered it since it was deployed.',
      details: limits,
    };
  }
  const refAt = facts.live ? nowAt : facts.asOfAt;
  const views = inOrder(facts.components).map((component) => ({ component, view: viewOf(component, refAt, nowAt) }));
  const details = [...views.map(detailOf), ...limits];
  const core = views.filter(({ component }) => isControlPlane(component.component));

  if (core.length === 0) return { ...withoutPods(facts), details };

  const missing = missingApiServers(facts);
  const troubled = core.filter(({ component, view }) => view.state === 'trouble' && matters(component, refAt));
  if (missing.length > 0 || troubled.length > 0) {
    const sentences = [
      ...troubled.filter(({ component }) => component.component === 'etcd').map(told),
      ...missing,
      ...troubled.filter(({ component }) => component.component !== 'etcd').map(told),
    ];
    return { verdict: 'problem', reason: `${asOf(facts, nowAt)}${sentences.map(sentence).join(' ')}`, details };
  }
  const steady = steadyWords(core);
  if (!facts.live) {
    return {
      verdict: 'unknown',
      reason: `${asOf(facts, nowAt)}${steady} What became of it since can't be seen from here: this agent has not heard the API server since then.`,
      details,
    };
  }
  const isYoung = core.some(({ view }) => view.state === 'unknown');
  return { verdict: isYoung ? 'unknown' : 'ok', reason: steady, details };
}

interface Viewed {
  readonly component: ComponentFacts;
  readonly view: ComponentView;
}

const ORDER: Readonly<Record<Component, number>> = {
  etcd: 0,
  'kube-apiserver': 1,
  'kube-controller-manager': 2,
  'kube-scheduler': 3,
  'kube-proxy': 4,
  coredns: 5,
};

export function inOrder<Facts extends ComponentFacts>(components: readonly Facts[]): Facts[] {
  return components.toSorted(
    (a, b) => ORDER[a.component] - ORDER[b.component] || (a.node ?? '').localeCompare(b.node ?? ''),
  );
}

export function isControlPlane(component: Component): boolean {
  return component !== 'kube-proxy' && component !== 'coredns';
}

/** etcd and the API server carry every request: any trouble of theirs counts. The others only when they don't run. */
export function matters({ component, container }: ComponentFacts, refAt: number): boolean {
  if (component === 'etcd' || component === 'kube-apiserver') return true;
  if (container?.state !== 'running') return true;
  const justStarted = container.startedAt !== null && refAt - container.startedAt < 60_000;
  return !container.ready && !justStarted;
}

function nameOf({ component, node }: ComponentFacts): string {
  return node === null ? component : `${component} on ${node}`;
}

function told({ component, view }: Viewed): string {
  const consequence = component.component === 'etcd' ? '; without etcd the API server can not serve' : '';
  return `${nameOf(component)} ${view.words}${consequence}`;
}

function detailOf({ component, view }: Viewed): Detail {
  return { label: nameOf(component), value: view.words };
}

function steadyWords(core: readonly Viewed[]): string {
  const servers = core.filter(({ component }) => component.component === 'kube-apiserver');
  const others = [
    ...new Set(core.map(({ component }) => component.component).filter((each) => each !== 'kube-apiserver')),
  ];
  const rest = others.length === 0 ? '' : ` ${enumerated(others)} ${others.length === 1 ? 'runs' : 'run'} as well.`;
  return `${servers.map(told).map(sentence).join(' ')}${rest}`;
}

/** A control-plane node without an API server's pod, where there are such pods at all. */
function missingApiServers(facts: ApiFacts): string[] {
  const servers = facts.components.filter(({ component }) => component === 'kube-apiserver');
  if (servers.length === 0)
    return ['There is no API server pod in kube-system, though other control plane pods are there'];
  const without = facts.controlPlaneNodes.filter((node) => !servers.some((server) => server.node === node));
  return without.map((node) => `There is no API server pod on control-plane node ${node}`);
}

function withoutPods(facts: ApiFacts): Omit<Finding, 'details'> {
  if (facts.limits.length > 0) {
    return { verdict: 'unknown', reason: `The control plane's pods can't be seen: ${facts.limits.join('; ')}.` };
  }
  if (facts.provider !== 'self' && facts.provider !== 'unknown') {
    return {
      verdict: 'notApplicable',
      reason: `The control plane is run by the provider (${facts.provider.toUpperCase()}): its pods can't be seen from the cluster. Look at the provider's own health page and control plane logs.`,
    };
  }
  return {
    verdict: 'unknown',
    reason:
      'kube-system has no control plane pods: the API server runs outside of pods here (as a system service, or at a provider). Ask the service manager on the control-plane node.',
  };
}

function asOf(facts: ApiFacts, nowAt: number): string {
  if (facts.live || facts.asOfAt === null) return '';
  return `As of ${when(facts.asOfAt, nowAt)}: `;
}
