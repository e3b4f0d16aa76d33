import { runCommand } from '../cli/command.ts';
import { systemClock } from '../ops/clock.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  env: process.env,
  clock: systemClock,
  // Loaded when it is needed: most commands look at no cluster.
  lookAlone: async (options) => (await import('./look-alone.ts')).lookAlone(options),
  examineSources: async (config) => (await import('./examine-sources.ts')).examineSources(config),
});
