import type { Detail, Finding } from '../../words/evidence.ts';
import { viewOf } from './component.ts';
import type { Component, NodeComponentFacts, NodeFacts } from './contract.ts';
import { inOrder, isControlPlane, matters } from './from-api.ts';
import { enumerated, sentence, when } from './wording.ts';

/** Pure: what the files of one control-plane node tell, with or without an API server. */
export function judgeFromNode(facts: NodeFacts): Finding {
  const nowAt = facts.lookedAt;
  const looks = COMPONENTS.map((component) => look(component, facts, nowAt));
  const details = detailsOf(facts, looks, nowAt);

  if (!isControlPlaneNode(facts)) {
    return { verdict: 'unknown', reason: nothingHere(facts), details };
  }
  const troubled = looks.filter(({ state }) => state === 'trouble');
  if (troubled.length > 0) {
    return { verdict: 'problem', reason: troubled.map(({ words }) => sentence(words)).join(' '), details };
  }
  const untold = looks.filter(({ state }) => state === 'unknown');
  const steady = looks.filter(({ state }) => state === 'steady');
  const server = looks.find(({ component }) => component === 'kube-apiserver');
  if (server === undefined || server.state !== 'steady') {
    const limits = facts.limits.length === 0 ? '' : ` ${facts.limits.map(sentence).join(' ')}`;
    return { verdict: 'unknown', reason: `${untold.map(({ words }) => sentence(words)).join(' ')}${limits}`, details };
  }
  const others = steady.map(({ component }) => component).filter((each) => each !== 'kube-apiserver');
  const rest = others.length === 0 ? '' : ` ${enumerated(others)} ${others.length === 1 ? 'runs' : 'run'} as well.`;
  const gaps = untold.map(({ words }) => ` ${sentence(words)}`).join('');
  return { verdict: 'ok', reason: `${sentence(server.words)}${rest}${gaps}`, details };
}

interface Look {
  readonly component: Component;
  readonly state: 'steady' | 'trouble' | 'unknown' | 'absent';
  readonly words: string;
}

/** Those that the kubelet starts from files, in the order in which their trouble matters. */
const COMPONENTS: readonly Component[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

function look(component: Component, facts: NodeFacts, nowAt: number): Look {
  const { manifests, node } = facts;
  const name = `${component} on ${node}`;
  const running = inOrder(facts.components).find((each) => each.component === component);

  if (manifests.kind === 'read' && !manifests.found.some((each) => each.component === component)) {
    const broken = manifests.trouble.find((words) => words.includes(component));
    if (broken !== undefined) {
      return { component, state: 'trouble', words: `The kubelet can't start ${name}: ${broken}` };
    }
    if (mustBeHere(component, facts)) {
      const still = running?.container?.state === 'running' ? ', though its container still runs' : '';
      const effect =
        component === 'etcd'
          ? 'without etcd the API server can not serve'
          : `the kubelet runs no ${component} without it`;
      return {
        component,
        state: 'trouble',
        words: `The manifest of ${name} is gone from the kubelet's folder of static pods${still}: ${effect}. Something was last added to or taken from the folder at ${when(manifests.changedAt, nowAt)}`,
      };
    }
    if (running === undefined) return { component, state: 'absent', words: `${name} has no manifest here` };
  }
  if (running === undefined) return notStarted(component, facts, nowAt);

  const view = viewOf(running, nowAt, nowAt);
  const consequence =
    component === 'etcd' && view.state === 'trouble' ? '; without etcd the API server can not serve' : '';
  const state = view.state === 'trouble' && !matters(running, nowAt) ? 'steady' : view.state;
  const logged =
    view.state === 'unknown' && running.loggedAt !== null
      ? `; its log was last written at ${when(running.loggedAt, nowAt)}`
      : '';
  return { component, state, words: `${name} ${view.words}${consequence}${logged}${lastLine(running)}` };
}

/** An etcd may live elsewhere, and other distributions run the rest in other ways; a kubeadm node has an API server. */
function mustBeHere(component: Component, facts: NodeFacts): boolean {
  if (component === 'kube-apiserver') return isControlPlaneNode(facts);
  return component === 'etcd' && facts.localEtcd === true;
}

function notStarted(component: Component, facts: NodeFacts, nowAt: number): Look {
  const name = `${component} on ${facts.node}`;
  const manifest =
    facts.manifests.kind === 'read' ? facts.manifests.found.find((each) => each.component === component) : undefined;
  if (manifest === undefined || !facts.logsRead) {
    return {
      component,
      state: 'unknown',
      words: `Whether ${name} runs can not be told from the files that can be read`,
    };
  }
  return {
    component,
    state: 'trouble',
    words: `${name} has a manifest (changed at ${when(manifest.modifiedAt, nowAt)}) but the kubelet has started no container of it: is the kubelet running, and its image there?`,
  };
}

function isControlPlaneNode({ manifests, components, ranApiServer }: NodeFacts): boolean {
  const found = manifests.kind === 'read' && manifests.found.some(({ component }) => isControlPlane(component));
  return found || ranApiServer || components.some(({ component }) => isControlPlane(component));
}

function nothingHere({ manifests, node, limits }: NodeFacts): string {
  const why =
    manifests.kind === 'unreadable'
      ? `The folder of static pod manifests can't be read where the agent has it, ${manifests.path} (${manifests.message})`
      : 'The folder of static pod manifests holds none of the control plane';
  return [
    `${why}, and there is no log of a control plane container on ${node}: the API server is not run by the kubelet here, or its folders are not mounted into the agent`,
    ...limits,
  ]
    .map(sentence)
    .join(' ');
}

/** The last line of a container that has just ended usually says why. */
function lastLine({ lastWords, container }: NodeComponentFacts): string {
  const line = lastWords.at(-1);
  return line === undefined || container?.state === 'running' ? '' : `; its last line was "${line}"`;
}

function detailsOf(facts: NodeFacts, looks: readonly Look[], nowAt: number): Detail[] {
  const { manifests, components, limits } = facts;
  return [
    ...looks.map(({ component, words }) => ({ label: component, value: words })),
    ...(manifests.kind === 'read'
      ? manifests.found.map(({ path, modifiedAt, sha256 }) => ({
          // Where the agent has the folder is no place on the node.
          label: path.slice(path.lastIndexOf('/') + 1),
          value: `changed at ${when(modifiedAt, nowAt)}; sha256 ${sha256.slice(0, 12)}`,
        }))
      : [{ label: manifests.path, value: manifests.message }]),
    ...components
      .filter(({ lastWords }) => lastWords.length > 0)
      .map(({ component, lastWords }) => ({ label: `Last words of ${component}`, value: lastWords.join('\n') })),
    ...limits.map((value) => ({ label: 'Not seen', value })),
  ];
}
