import { Command } from 'commander';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';

/** Runs the demo with these arguments until it ends; resolves with its exit code, or null where it did not come along. */
export type RunDemo = (args: readonly string[]) => Promise<number | null>;

/** `apidown demo`: the same as `npm run demo`. */
export function demoCommand(call: Call): Command {
  return new Command('demo')
    .description('start the demo: the real bot and agents on loopback, against stand-ins for Slack and a cluster')
    .argument('[arguments...]', 'are handed on to the demo')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: readonly string[]) => {
      const code = await call.runDemo(args);
      if (code === null) {
        call.note(
          'apidown: the demo did not come along: it is only in the repository. Clone it, then: npm ci && npm run demo\n',
        );
        call.exit(EXIT.failed);
        return;
      }
      call.exit(code === 0 ? EXIT.ok : code === 2 ? EXIT.wrong : EXIT.failed);
    });
}
