import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { loadSettings } from '../config/load.ts';
import { type Answered, runningBot } from '../terminal/ask.ts';
import { socketBeside } from '../terminal/socket.ts';
import type { Summary } from '../terminal/summary.ts';
import { textOf } from '../terminal/text.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { takeLoaded } from './read-config.ts';

/** What is asked for when no bot answers. */
export interface AloneOptions {
  readonly kubeconfig: string | null;
  readonly cluster: string | null;
  /** `since … from …`, as a person says it. */
  readonly said: string;
  readonly zone: string;
  readonly user: string;
  readonly widen: boolean;
}

/** Looks from here, through a kubeconfig, and keeps nothing. `refused`: it can't, and why. */
export type LookAlone = (
  options: AloneOptions,
) => Promise<
  { readonly kind: 'looked'; readonly summary: Summary } | { readonly kind: 'refused'; readonly message: string }
>;

interface Options {
  readonly since?: string;
  readonly from?: readonly string[];
  readonly zone?: string;
  readonly widen?: true;
  readonly json?: true;
  readonly kubeconfig?: string;
  readonly wait: number;
  readonly config: string;
}

const againEveryMs = 500;

/** `apidown investigate`: the same investigation as in Slack, for when Slack is down too. */
export function investigateCommand(call: Call): Command {
  return new Command('investigate')
    .description(
      'investigate a cluster from this terminal: asks the running bot, or looks by itself through a kubeconfig',
    )
    .argument('[cluster]', 'its name in the configuration; needs none when there is only one')
    .option('--since <time>', 'when clients began to fail: 14:05, "25 min ago", "yesterday 23:55", 2026-11-22T14:05Z')
    .option('--from <address...>', 'addresses or CIDRs of the clients that fail')
    .option('--zone <name>', "the time zone of --since (default: this machine's)")
    .option('--widen', 'look through the widened windows of every rule')
    .option('--json', 'print JSON, as docs/terminal.md describes')
    .option('--kubeconfig <file>', 'ask no bot: look from here through this kubeconfig, and keep nothing')
    .option('--wait <seconds>', 'how long to wait for all answers', seconds, 30)
    .action(async (cluster: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      call.exit(await investigate(call, cluster ?? null, options));
    });
}

async function investigate(call: Call, cluster: string | null, options: Options): Promise<ExitCode> {
  const { since, from = [] } = options;
  const said = [since === undefined ? '' : `since ${since}`, from.length === 0 ? '' : `from ${from.join(' ')}`]
    .join(' ')
    .trim();
  const zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const ask = { cluster, said, zone, user: userInfo().username, widen: options.widen === true };
  const print = (summary: Summary) => call.out(options.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
  if (options.kubeconfig !== undefined) return lookAlone(call, { ...ask, kubeconfig: options.kubeconfig }, print);

  const file = options.config;
  const settings = takeLoaded(call, file, await loadSettings({ file }), { json: options.json === true });
  if (settings === null) {
    call.note('Without the configuration of a bot, name a kubeconfig: --kubeconfig FILE\n');
    return EXIT.wrong;
  }
  const socket = socketBeside(settings.store.file);
  const answered = await askBot(call, socket, ask, options.wait * 1000);
  switch (answered.kind) {
    case 'answered':
      print(answered.value);
      return EXIT.ok;
    case 'refused':
      call.note(`apidown: ${answered.message}\n`);
      return EXIT.failed;
    case 'absent':
      call.note(`No bot answers on ${socket} (${answered.why}). Looking from here; nothing is kept.\n`);
      return lookAlone(call, { ...ask, kubeconfig: call.env.KUBECONFIG ?? null }, print);
    default:
      return answered satisfies never;
  }
}

/** Asks, then waits until everything is answered, or the time is up: what is known then is told. */
async function askBot(
  call: Call,
  socket: string,
  ask: Omit<AloneOptions, 'kubeconfig'>,
  withinMs: number,
): Promise<Answered<Summary>> {
  const bot = runningBot(socket);
  const patience = AbortSignal.timeout(withinMs + 10_000);
  const asked = await bot.investigate(ask, patience);
  if (asked.kind !== 'answered') return asked;
  const { id, joined, understood } = asked.value;
  call.note(`${joined ? 'Joined' : 'Opened'} ${id}.\n`);
  if (understood !== null) {
    const { at, zone, sources, notes } = understood;
    const from = sources.length === 0 ? '' : ` from ${sources.join(', ')}`;
    call.note(
      `Understood: failing${at === null ? '' : ` since ${at} (${zone})`}${from}.${notes.map((note) => ` ${note}.`).join('')}\n`,
    );
  }
  const startedAt = performance.now();
  for (;;) {
    const answer = await bot.summary(id, patience);
    const isUp = performance.now() - startedAt > withinMs;
    if (answer.kind !== 'answered' || answer.value.complete || isUp) return answer;
    await wait(againEveryMs);
  }
}

async function lookAlone(call: Call, options: AloneOptions, print: (summary: Summary) => void): Promise<ExitCode> {
  const looked = await call.lookAlone(options);
  if (looked.kind === 'refused') {
    call.note(`apidown: ${looked.message}\n`);
    return EXIT.failed;
  }
  print(looked.summary);
  return EXIT.ok;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > 600) throw new InvalidArgumentError('expected 0 to 600');
  return value;
}
