import { Command, InvalidArgumentError } from 'commander';
import { findPast, sinceAt } from '../terminal/look-back.ts';
import { auditText, pastSummary, pastText } from '../terminal/past.ts';
import { postmortemFrom } from '../terminal/postmortem.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';
import { withStore } from './with-store.ts';

/** `apidown postmortem ID`: from the store, so that it works without a bot, and without Slack. */
export function postmortemCommand(call: Call): Command {
  return new Command('postmortem')
    .description('print the postmortem of an investigation as Markdown')
    .argument('<id>', 'such as inv-k3f9x2; `apidown history` lists them')
    .option('--zone <name>', "the time zone beside UTC (default: this machine's)")
    .option('--json', 'print it as JSON, as docs/postmortem.md describes')
    .action((id: string, options: { zone?: string; json?: true }, command: Command) =>
      withStore(call, command, async (store) => {
        const zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
        const postmortem = postmortemFrom(await store.investigations.events(id), zone);
        if (postmortem === null) {
          call.note(`apidown: there is no investigation ${id}; \`apidown history\` lists them.\n`);
          return EXIT.failed;
        }
        call.out(options.json ? `${JSON.stringify(postmortem)}\n` : postmortem.markdown);
        return EXIT.ok;
      }),
    );
}

interface LookBackOptions {
  readonly cluster?: string;
  readonly since?: string;
  readonly most: number;
  readonly json?: true;
}

/** `apidown history [words…]` */
export function historyCommand(call: Call): Command {
  return looking('history')
    .description('find past investigations, newest first')
    .argument('[words...]', 'each has to stand in cause, summary, impact or actions')
    .option('--json', 'print a list as JSON, as docs/postmortem.md describes')
    .action((words: readonly string[], options: LookBackOptions, command: Command) =>
      withStore(call, command, async (store, settings) => {
        const since = read(call, options.since);
        if (since === 'unclear') return EXIT.wrong;
        const clusters = options.cluster === undefined ? Object.keys(settings.clusters) : [options.cluster];
        const found = await findPast(store, { clusters, words, sinceAt: since, before: null, most: options.most });
        if (options.json) call.out(`${JSON.stringify(found.map(pastSummary))}\n`);
        else if (found.length > 0) call.out(found.map(pastText).join(''));
        else call.note('Nothing like that was investigated.\n');
        return EXIT.ok;
      }),
    );
}

/** `apidown audit [person]` */
export function auditCommand(call: Call): Command {
  return looking('audit')
    .description('who asked for what, and whether they were let; newest first')
    .argument('[person]', 'a Slack user id, or a login name at a terminal')
    .option(
      '--json',
      'print [{"at", "actor", "via", "channel", "action", "cluster", "target", "outcome"}], times in ISO 8601',
    )
    .action((person: string | undefined, options: LookBackOptions, command: Command) =>
      withStore(call, command, async (store) => {
        const since = read(call, options.since);
        if (since === 'unclear') return EXIT.wrong;
        const found = await store.audit.find({
          clusters: options.cluster === undefined ? null : [options.cluster],
          actor: person ?? null,
          sinceAt: since,
          before: null,
          most: options.most,
        });
        const listed = found.map(({ n: _n, at, ...entry }) => ({ at: new Date(at).toISOString(), ...entry }));
        if (options.json) call.out(`${JSON.stringify(listed)}\n`);
        else if (found.length > 0) call.out(found.map(auditText).join(''));
        else call.note('Nobody asked for anything like that.\n');
        return EXIT.ok;
      }),
    );
}

function looking(name: string): Command {
  return new Command(name)
    .option('--cluster <name>', 'of this cluster alone')
    .option('--since <time>', '2026-11-22, yesterday, "3 weeks ago", "2026-11-22 14:05"')
    .option('--most <number>', 'how many at most', amount, 20);
}

function read(call: Call, since: string | undefined): number | null | 'unclear' {
  if (since === undefined) return null;
  const found = sinceAt(since, call.clock.now());
  if (found.kind === 'since') return found.at;
  call.note(`apidown: --since "${since}" is not understood: ${found.why}.\n`);
  return 'unclear';
}

function amount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000) throw new InvalidArgumentError('expected 1 to 1000');
  return value;
}
