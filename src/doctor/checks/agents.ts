import { duration } from '../../briefing/time.ts';
import type { AgentKey, SeenAgent, Store } from '../../store/store.ts';
import type { BotState } from '../../terminal/bot-state.ts';
import { type ClusterKnowledge, isManaged } from '../../words/endpoint.ts';
import type { Role } from '../../words/vantage.ts';
import { askBot } from '../ask-bot.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import { readStore } from '../open-store.ts';

/** Are the agents there that the steps need, each once, and of this version? */
export const agents: DoctorCheck = {
  id: 'agents',
  title: 'Agents',
  withinMs: 15_000,
  async run(situation, signal) {
    const names = Object.keys(situation.settings.clusters);
    const [bot, kept] = await Promise.all([
      askBot(situation, signal),
      readStore(situation, (store) => read(store, names)),
    ]);
    if (kept === null)
      return [
        notChecked('agents', 'the database is not there, or not to be read by this program', 'see the database above'),
      ];
    const state = bot.kind === 'answered' ? bot.value : null;
    const strays = [...new Set(kept.keys.filter(isValid).map(({ cluster }) => cluster))].filter(
      (name) => !names.includes(name),
    );
    return [
      ...kept.clusters.flatMap((cluster) => lookAt(situation, cluster, kept.keys.filter(isValid), state)),
      ...strays.map((name) =>
        warning(
          `cluster ${name}`,
          'it has valid keys, and is not configured: its agents are turned away',
          `configure it, or revoke its keys (apidown keys list --cluster ${name})`,
        ),
      ),
      ...(state === null ? [] : contests(state)),
    ];
  },
};

interface Kept {
  readonly name: string;
  readonly seen: readonly SeenAgent[];
  readonly knowledge: ClusterKnowledge | null;
}

async function read(store: Store, names: readonly string[]) {
  const keys = await store.keys.list();
  const clusters = await Promise.all(
    names.map(
      async (name): Promise<Kept> => ({
        name,
        seen: await store.sessions.list(name),
        knowledge: await store.knowledge.get(name),
      }),
    ),
  );
  return { keys, clusters };
}

function isValid({ revokedAt }: AgentKey): boolean {
  return revokedAt === null;
}

function lookAt(
  situation: Situation,
  kept: Kept,
  keys: readonly AgentKey[],
  state: BotState | null,
): readonly Finding[] {
  const { name, seen, knowledge } = kept;
  const roles = new Set(keys.filter(({ cluster }) => cluster === name).map(({ role }) => role));
  if (roles.size === 0) {
    const mend = `apidown enroll ${name} | kubectl apply -f -, then the manifests of the agents`;
    return [failed(`cluster ${name}`, 'no agent is enrolled: only what is seen from outside is known', mend)];
  }
  const connected = state?.agents.filter(({ cluster }) => cluster === name) ?? [];
  return [
    ...(['cluster', 'node'] as const).flatMap((role) => (roles.has(role) ? [] : notEnrolled(name, role, knowledge))),
    ...[...roles].flatMap((role) => ofRole(situation, kept, role, connected, state !== null)),
    ...missingNodes(name, roles, seen, knowledge),
    ...oldOnes(situation, name, seen, state === null ? null : connected),
  ];
}

function notEnrolled(name: string, role: 'cluster' | 'node', knowledge: ClusterKnowledge | null): readonly Finding[] {
  if (role === 'node' && knowledge !== null && isManaged(knowledge.provider)) return [];
  const lost =
    role === 'cluster'
      ? 'nothing is seen from inside of it, and no change'
      : 'nothing is seen on its control-plane nodes';
  const mend = `apidown enroll ${name} --role ${role} | kubectl apply -f -`;
  return [warning(`cluster ${name}`, `no ${role} agent is enrolled: ${lost}`, mend)];
}

function ofRole(
  { clock }: Situation,
  { name, seen }: Kept,
  role: Role,
  connected: BotState['agents'],
  isAsked: boolean,
): readonly Finding[] {
  const about = `${role} agent of ${name}`;
  const known = seen.filter((agent) => agent.role === role);
  const here = connected.filter((agent) => agent.role === role);
  if (known.length === 0 && here.length === 0) {
    const mend =
      'look at its log; the Secret has to be in its namespace, and hub.url has to be reachable from the cluster';
    return [failed(about, 'it is enrolled, and has never connected', mend)];
  }
  const newest = Math.max(...known.map(({ lastSeenAt }) => lastSeenAt));
  if (!isAsked)
    return [notChecked(about, `no bot runs here that could tell; last seen ${duration(clock.now() - newest)} ago`)];
  const gone = known.filter(({ vantage }) => !here.some(({ instance }) => instance === vantage.instance));
  const mend = 'look whether it runs, and at its log; the way from there to hub.url may be closed';
  // Pods are replaced under new names: what counts is that there is one.
  if (role === 'cluster') {
    return here.length > 0
      ? [ok(about, `connected: ${here.map(({ instance }) => instance).join(', ')}`)]
      : [failed(about, `none is connected; last seen ${duration(clock.now() - newest)} ago`, mend)];
  }
  return [
    ...(here.length === 0 ? [] : [ok(about, `connected: ${here.map(({ instance }) => instance).join(', ')}`)]),
    ...gone.map(({ vantage, lastSeenAt }) =>
      failed(
        `${about} ${vantage.instance}`,
        `it is not connected; last seen ${duration(clock.now() - lastSeenAt)} ago`,
        mend,
      ),
    ),
  ];
}

function missingNodes(
  name: string,
  roles: ReadonlySet<Role>,
  seen: readonly SeenAgent[],
  knowledge: ClusterKnowledge | null,
): readonly Finding[] {
  if (!roles.has('node')) return [];
  const there = new Set(seen.filter(({ role }) => role === 'node').map(({ vantage }) => vantage.instance));
  const nodes = knowledge?.controlPlaneNodes ?? [];
  return nodes
    .filter((node) => !there.has(node))
    .map((node) =>
      warning(
        `node agent of ${name} ${node}`,
        'this control-plane node has none',
        'let the DaemonSet tolerate its taints, or put the static pod there',
      ),
    );
}

function oldOnes(
  { version }: Situation,
  name: string,
  seen: readonly SeenAgent[],
  connected: BotState['agents'] | null,
): readonly Finding[] {
  const all =
    connected?.map((agent) => ({ role: agent.role, instance: agent.instance, version: agent.version })) ??
    seen.map((agent) => ({ role: agent.role, instance: agent.vantage.instance, version: agent.version }));
  return all
    .filter((agent) => agent.version !== version)
    .map((agent) =>
      warning(
        `${agent.role} agent of ${name} ${agent.instance}`,
        `it is version ${agent.version}, this program ${version}`,
        'deploy agents and bot of one version',
      ),
    );
}

function contests({ contested }: BotState): readonly Finding[] {
  return contested.map(({ cluster, role, instance, times }) =>
    failed(
      `${role} agent of ${cluster} ${instance}`,
      `two agents go by this name: they took each other's place ${times} times of late`,
      'give each an instance name of its own (APIDOWN_INSTANCE); on a node either the DaemonSet or the static pod',
    ),
  );
}
