import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { renderMistakes } from '../config/mistakes.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';

/** `apidown config check` */
export function configCommand(call: Call): Command {
  const config = new Command('config').description('the configuration of the bot');
  config
    .command('check')
    .description('read the configuration as the bot would, tokens and certificates too, and tell every mistake')
    .option('--json', 'print {"ok", "clusters"} or {"ok", "mistakes": [{"key", "line", "found", "expected"}]}')
    .action(async (options: { json?: true }, command: Command) => {
      const { config: file } = command.optsWithGlobals<{ config: string }>();
      const loaded = await loadConfig({ file, env: call.env });
      if (loaded.kind === 'bad') {
        if (options.json) call.out(`${JSON.stringify({ ok: false, mistakes: loaded.mistakes })}\n`);
        else call.note(`${renderMistakes(file, loaded.mistakes)}\n`);
        call.exit(EXIT.wrong);
        return;
      }
      const clusters = Object.keys(loaded.config.clusters);
      call.out(
        options.json
          ? `${JSON.stringify({ ok: true, clusters })}\n`
          : `${file} is right; clusters: ${clusters.join(', ')}\n`,
      );
    });
  return config;
}
