import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const demo = fileURLToPath(new URL('../../dev/demo/main.ts', import.meta.url));

/** The demo is a program of its own, which stands beside the product in the repository alone. */
export async function runDemo(args: readonly string[], program = demo): Promise<number | null> {
  if (!existsSync(program)) return null;
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit', cwd: repository });
  // The terminal sends them to both: the demo ends in its own time, and this waits for it.
  const wait = (): void => {};
  for (const name of stopping) process.on(name, wait);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    for (const name of stopping) process.off(name, wait);
  }
}

const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
