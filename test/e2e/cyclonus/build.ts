import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const source = import.meta.dirname;

/**
 * Builds the program of this folder where tools are kept (`APIDOWN_TOOLS`), unless this very version is there.
 * Needs Go, and its module proxy when the modules are not cached: minutes the first time, nothing later.
 */
export async function buildCases(signal: AbortSignal): Promise<string> {
  const tools = process.env.APIDOWN_TOOLS ?? '/var/cache/apidown-tools';
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(source, file)));
  const program = join(tools, `cyclonus-cases-${hash.digest('hex').slice(0, 12)}`);
  try {
    await access(program);
    return program;
  } catch {
    await mkdir(tools, { recursive: true });
  }
  const building = `${program}.${process.pid}`;
  await promisify(execFile)('go', ['build', '-buildvcs=false', '-o', building, '.'], { cwd: source, signal });
  await rename(building, program);
  return program;
}
