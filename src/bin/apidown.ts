import { runCommand } from '../cli/command.ts';
import { systemClock } from '../ops/clock.ts';

const { env } = process;

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  // One line that is written over; a file or a pipe would keep them all.
  progress: process.stderr.isTTY ? (line) => process.stderr.write(`\r\u001b[K${line}`) : null,
  env,
  clock: systemClock,
  // Loaded when it is needed: most commands look at no cluster.
  lookAlone: async (options) => (await import('./look-alone.ts')).lookAlone(options),
  examine: async (pieces, onProgress) =>
    (await import('./examine.ts')).examine(pieces, { env, clock: systemClock }, onProgress),
  runDemo: async (args) => (await import('./run-demo.ts')).runDemo(args),
});
