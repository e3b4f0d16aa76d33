import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/tokens.ts';
import type { Clock } from '../ops/clock.ts';
import { agentsCommand } from './agents.ts';
import { configCommand } from './config.ts';
import { demoCommand, type RunDemo } from './demo.ts';
import { doctorCommand, type Examine } from './doctor.ts';
import { enrollCommand } from './enroll.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { investigateCommand, type LookAlone } from './investigate.ts';
import { keysCommand } from './keys.ts';
import { auditCommand, historyCommand, postmortemCommand } from './look-back.ts';
import { manifestCommand } from './manifest.ts';

/** What a command touches besides files. Data goes to `out`, words for the person to `note`. */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** Shows how far it is, in place of what it showed before; null where nobody looks on. */
  readonly progress: ((line: string) => void) | null;
  readonly env: Environment;
  readonly clock: Clock;
  readonly lookAlone: LookAlone;
  readonly examine: Examine;
  readonly runDemo: RunDemo;
}

/** What every command is called with. */
export interface Call extends Terminal {
  /** The command that was called, for the audit log: `keys revoke`, and the words behind it, without options. */
  asked(): { readonly action: string; readonly words: readonly string[] };
  /** Called once, at the end; a command that does not call it succeeded. */
  exit(code: ExitCode): void;
}

/** In the order in which they are listed. */
export const commands: readonly ((call: Call) => Command)[] = [
  investigateCommand,
  postmortemCommand,
  historyCommand,
  auditCommand,
  doctorCommand,
  enrollCommand,
  agentsCommand,
  keysCommand,
  configCommand,
  manifestCommand,
  demoCommand,
];

/** Runs one command line (without the program's own name); resolves with the exit code, and never ends the process. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  let asked: ReturnType<Call['asked']> = { action: '', words: [] };
  const call: Call = {
    ...terminal,
    asked: () => asked,
    exit: (given) => {
      code = given;
    },
  };
  const program = new Command('apidown')
    .description('Investigate a Kubernetes API server that can not be reached: what an operator needs beside the bot.')
    .option('--config <file>', 'the configuration of the bot', './apidown.yaml')
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.note })
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 it is done, 1 it failed, 2 the call or the configuration is wrong.');
  program.hook('preAction', (_program, command) => {
    asked = { action: pathOf(command), words: command.args };
  });
  for (const command of commands) program.addCommand(inherit(command(call), program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrong;
    terminal.note(`apidown: ${error instanceof Error ? error.message : error}\n`);
    return EXIT.failed;
  }
}

/** Its name, and those of the commands that it stands under, without the program's. */
function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent)} ` : '';
  return `${above}${command.name()}`;
}

/** Commands that are added, rather than made by `program.command()`, take over nothing by themselves. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const each of command.commands) inherit(each, command);
  return command;
}
