import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Call } from './command.ts';
import { takeLoaded } from './read-config.ts';

/** `apidown config check` */
export function configCommand(call: Call): Command {
  const config = new Command('config').description('the configuration of the bot');
  config
    .command('check')
    .description('read the configuration as the bot would, tokens and certificates too, and tell every mistake')
    .option('--json', 'print JSON, as docs/cli.md describes')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const { config: file } = command.optsWithGlobals<{ config: string }>();
      const loaded = takeLoaded(call, file, await loadConfig({ file, env: call.env }), { json });
      if (loaded === null) return;
      const clusters = Object.keys(loaded.clusters);
      const words = `${file} is right; clusters: ${clusters.join(', ')}`;
      call.out(`${json ? JSON.stringify({ ok: true, clusters }) : words}\n`);
    });
  return config;
}
