import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { maskSecrets } from '../ops/secrets.ts';
import { Role } from '../words/vantage.ts';

/** What an agent is told by its environment and command line. */
type AgentConfig = LinkedConfig | FirewallReaderConfig;

/** One of the three roles that dial the bot. */
export interface LinkedConfig {
  readonly kind: 'linked';
  readonly role: Role;
  readonly cluster: string;
  /** Name of the node or pod. */
  readonly instance: string;
  readonly botUrl: string;
  readonly keyFile: string;
  /** PEM of the authorities that vouch for the bot; null: the system's. */
  readonly botCaFile: string | null;
  readonly allowPlain: boolean;
  /** On a volume that outlives the agent. */
  readonly stateDir: string;
  /** The most that is kept in there for a bot that can't be reached. */
  readonly spoolBytes: number;
  /** Only for `cluster`; null: the pod's service account. */
  readonly kubeconfig: string | null;
  readonly procDir: string;
  readonly manifestsDir: string;
  readonly podLogsDir: string;
  readonly containerLogsDir: string;
  /** null: exit codes are not known on the node. */
  readonly criStatusDir: string | null;
  readonly pkiCaFile: string;
  /** Where the firewall reader answers; null: there is none. */
  readonly firewallSocket: string | null;
}

/** The opt-in container beside a node agent that may read firewall rules, and nothing else. */
interface FirewallReaderConfig {
  readonly kind: 'firewall-reader';
  readonly socket: string;
}

export interface Mistake {
  /** Name of the variable or option. */
  readonly key: string;
  /** What stood there; null when nothing did. */
  readonly found: string | null;
  readonly expected: string;
}

export type ConfigAnswer =
  | { readonly kind: 'ok'; readonly config: AgentConfig }
  | { readonly kind: 'bad'; readonly mistakes: readonly Mistake[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads everything before it answers, so that every mistake is told at once. */
export function readAgentConfig(env: Environment, argv: readonly string[]): ConfigAnswer {
  const options = optionsIn(argv);
  if (options.kind === 'bad') return options;
  const role = options.role ?? blankAsAbsent(env.APIDOWN_ROLE);
  const given: Environment = { ...env, APIDOWN_ROLE: role };
  const schema = role === 'firewall-reader' ? FirewallReader : Linked;
  const parsed = schema.safeParse(
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, blankAsAbsent(value)])),
  );
  if (parsed.success) return { kind: 'ok', config: parsed.data };
  return { kind: 'bad', mistakes: parsed.error.issues.map((issue) => mistakeOf(issue, given)) };
}

export function renderMistakes(mistakes: readonly Mistake[]): string {
  const lines = mistakes.map(({ key, found, expected }) =>
    found === null ? `  ${key}: missing; expected ${expected}` : `  ${key}: found ${found}; expected ${expected}`,
  );
  return [
    `The agent can't start; ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`} in its environment:`,
    ...lines,
  ].join('\n');
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

const absolutePath = (what: string) => z.string(what).startsWith('/', what);
const optionalPath = (what: string) =>
  absolutePath(what)
    .optional()
    .transform((path) => path ?? null);

const Flag = z
  .enum(['true', 'false'], { error: '"true" or "false"' })
  .optional()
  .transform((flag) => flag === 'true');

const BotUrl = z.url({ protocol: /^(https?|wss?)$/, error: 'the URL of the bot, such as https://apidown.example.com' });

const Linked = z
  .object({
    APIDOWN_ROLE: z.enum(Role.options, { error: `one of ${[...Role.options, 'firewall-reader'].join(', ')}` }),
    APIDOWN_CLUSTER: z
      .string('the name of the cluster, as the bot knows it')
      .regex(NAME, 'a name of letters, digits, "-", "_" and "."'),
    APIDOWN_INSTANCE: z.string().regex(NAME, 'the name of this node or pod').default(hostname),
    APIDOWN_BOT_URL: BotUrl,
    APIDOWN_KEY_FILE: absolutePath('the absolute path of the enrolment file that `apidown enroll` printed'),
    APIDOWN_BOT_CA_FILE: optionalPath("the absolute path of a PEM file with the bot's authority"),
    APIDOWN_ALLOW_PLAIN: Flag,
    APIDOWN_STATE_DIR: absolutePath('the absolute path of a folder on a volume').default('/var/lib/apidown'),
    APIDOWN_SPOOL_MIB: z
      .string()
      .regex(/^[1-9][0-9]{0,4}$/, 'a whole number of MiB, from 1 to 99999')
      .default('64'),
    APIDOWN_KUBECONFIG: optionalPath('the absolute path of a kubeconfig'),
    APIDOWN_PROC_DIR: absolutePath('an absolute path').default('/proc'),
    APIDOWN_MANIFESTS_DIR: absolutePath('an absolute path').default('/etc/kubernetes/manifests'),
    APIDOWN_POD_LOGS_DIR: absolutePath('an absolute path').default('/var/log/pods'),
    APIDOWN_CONTAINER_LOGS_DIR: absolutePath('an absolute path').default('/var/log/containers'),
    APIDOWN_CRI_STATUS_DIR: optionalPath("the absolute path of containerd's io.containerd.grpc.v1.cri/containers"),
    APIDOWN_PKI_CA_FILE: absolutePath('an absolute path').default('/etc/kubernetes/pki/ca.crt'),
    APIDOWN_FIREWALL_SOCKET: optionalPath('the absolute path of a socket'),
  })
  .transform(
    (env): LinkedConfig => ({
      kind: 'linked',
      role: env.APIDOWN_ROLE,
      cluster: env.APIDOWN_CLUSTER,
      instance: env.APIDOWN_INSTANCE,
      botUrl: env.APIDOWN_BOT_URL,
      keyFile: env.APIDOWN_KEY_FILE,
      botCaFile: env.APIDOWN_BOT_CA_FILE,
      allowPlain: env.APIDOWN_ALLOW_PLAIN,
      stateDir: env.APIDOWN_STATE_DIR,
      spoolBytes: Number(env.APIDOWN_SPOOL_MIB) * 1024 * 1024,
      kubeconfig: env.APIDOWN_KUBECONFIG,
      procDir: env.APIDOWN_PROC_DIR,
      manifestsDir: env.APIDOWN_MANIFESTS_DIR,
      podLogsDir: env.APIDOWN_POD_LOGS_DIR,
      containerLogsDir: env.APIDOWN_CONTAINER_LOGS_DIR,
      criStatusDir: env.APIDOWN_CRI_STATUS_DIR,
      pkiCaFile: env.APIDOWN_PKI_CA_FILE,
      firewallSocket: env.APIDOWN_FIREWALL_SOCKET,
    }),
  );

const FirewallReader = z
  .object({ APIDOWN_FIREWALL_SOCKET: absolutePath('the absolute path of the socket to answer on') })
  .transform((env): FirewallReaderConfig => ({ kind: 'firewall-reader', socket: env.APIDOWN_FIREWALL_SOCKET }));

type Options = { readonly kind: 'ok'; readonly role: string | undefined } | Extract<ConfigAnswer, { kind: 'bad' }>;

function optionsIn(argv: readonly string[]): Options {
  try {
    const { values } = parseArgs({ args: [...argv], options: { role: { type: 'string' } } });
    return { kind: 'ok', role: blankAsAbsent(values.role) };
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'bad', mistakes: [{ key: 'command line', found, expected: 'nothing but --role ROLE' }] };
  }
}

function mistakeOf(issue: z.core.$ZodIssue, env: Environment): Mistake {
  const key = String(issue.path[0] ?? '');
  const found = blankAsAbsent(env[key]);
  return { key, found: found === undefined ? null : JSON.stringify(maskSecrets(found)), expected: issue.message };
}

/** A variable set to nothing counts as not set, as manifests with optional values leave it. */
function blankAsAbsent(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
