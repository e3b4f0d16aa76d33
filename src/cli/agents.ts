import { Command } from 'commander';
import type { Settings } from '../config/schema.ts';
import type { Store } from '../store/store.ts';
import { runningBot } from '../terminal/ask.ts';
import type { BotState } from '../terminal/bot-state.ts';
import { socketBeside } from '../terminal/socket.ts';
import type { Role } from '../words/vantage.ts';
import { knownCluster } from './clusters.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { table } from './table.ts';
import { withStore } from './with-store.ts';

interface Listed {
  readonly cluster: string;
  readonly role: Role;
  readonly instance: string;
  readonly version: string;
  /** null: no bot runs here that could tell. */
  readonly connected: boolean | null;
  /** ISO 8601. */
  readonly lastSeenAt: string;
  /** Known of those that are connected alone, like what follows. */
  readonly keyId: string | null;
  readonly address: string | null;
  readonly clockOffsetMs: number | null;
}

const askWithinMs = 5_000;

/** `apidown agents [CLUSTER]`: which agents there are, and which of them are connected. */
export function agentsCommand(call: Call): Command {
  return new Command('agents')
    .description('list the agents that were ever connected, and which are, where the bot runs')
    .argument('[cluster]', 'its name in the configuration (default: all)')
    .option('--json', 'print JSON, as docs/cli.md describes')
    .action((cluster: string | undefined, { json = false }: { json?: boolean }, command: Command) =>
      withStore(call, command, (store, settings) => list(call, store, settings, cluster, json)),
    );
}

async function list(
  call: Call,
  store: Store,
  settings: Settings,
  cluster: string | undefined,
  json: boolean,
): Promise<ExitCode> {
  if (cluster !== undefined && !knownCluster(call, settings, cluster)) return EXIT.wrong;
  const names = cluster === undefined ? Object.keys(settings.clusters) : [cluster];
  const state = await stateOf(call, settings);
  const agents = (await Promise.all(names.map((name) => agentsOf(store, name, state)))).flat();
  if (json) {
    call.out(`${JSON.stringify({ schema: 'apidown.agents/1', botAnswers: state !== null, agents })}\n`);
    return EXIT.ok;
  }
  if (agents.length === 0) call.note('No agent was ever connected; `apidown enroll CLUSTER` lets the first one in.\n');
  else call.out(table(['CLUSTER', 'ROLE', 'INSTANCE', 'VERSION', 'STATE', 'LAST SEEN', 'KEY'], agents.map(row)));
  return EXIT.ok;
}

async function stateOf(call: Call, settings: Settings): Promise<BotState | null> {
  const socket = socketBeside(settings.store.file);
  const answered = await runningBot(socket).state(AbortSignal.timeout(askWithinMs));
  if (answered.kind === 'answered') return answered.value;
  const why = answered.kind === 'absent' ? answered.why : answered.message;
  call.note(`No bot answers on ${socket} (${why}): who is connected is not known.\n`);
  return null;
}

async function agentsOf(store: Store, cluster: string, state: BotState | null): Promise<readonly Listed[]> {
  const connected = state?.agents.filter((agent) => agent.cluster === cluster) ?? [];
  const here = connected.map((agent) => ({
    ...{ cluster, role: agent.role, instance: agent.instance, version: agent.version, connected: true },
    lastSeenAt: new Date(agent.lastSeenAt).toISOString(),
    ...{ keyId: agent.keyId, address: agent.peerAddress, clockOffsetMs: agent.clockOffsetMs },
  }));
  const seen = await store.sessions.list(cluster);
  const others = seen
    .filter(({ role, vantage }) => !connected.some((one) => one.role === role && one.instance === vantage.instance))
    .map(({ role, vantage, version, lastSeenAt }) => ({
      ...{ cluster, role, instance: vantage.instance, version, connected: state === null ? null : false },
      lastSeenAt: new Date(lastSeenAt).toISOString(),
      ...{ keyId: null, address: null, clockOffsetMs: null },
    }));
  return [...here, ...others];
}

function row(agent: Listed): readonly string[] {
  const state = agent.connected === null ? 'not known' : agent.connected ? 'connected' : 'gone';
  return [agent.cluster, agent.role, agent.instance, agent.version, state, agent.lastSeenAt, agent.keyId ?? '-'];
}
