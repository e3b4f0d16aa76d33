import { availableParallelism, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { everyLimitMet, isMet, type Part } from './figures.ts';
import { measured, type Name, names } from './parts.ts';
import { printedPart } from './print.ts';

const usage = `usage: npm run bench -- [PART…] [--json] [--check]
  PART      measure these alone: ${names.join(', ')}
  --json    the same for programs
  --check   exit 1 when a limit is not met`;

/** Exit codes: 0 measured, 1 a limit is not met (with `--check`) or a part broke, 2 bad usage. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const machine = {
    node: process.version,
    cpus: availableParallelism(),
    memoryMb: Math.round(totalmem() / 2 ** 20),
  };
  if (!options.json) {
    const memory = (machine.memoryMb / 1024).toFixed(0);
    process.stdout.write(`Node ${machine.node}, ${machine.cpus} CPUs, ${memory} GB; load before ${load()}\n`);
  }
  const parts: Part[] = [];
  for await (const part of measured((name) => options.wanted.size === 0 || options.wanted.has(name))) {
    parts.push(part);
    if (!options.json) process.stdout.write(`${printedPart(part)}\n   · load after it ${load()}\n`);
  }
  if (options.json) process.stdout.write(`${json(machine, parts)}\n`);
  if (parts.some(({ kind }) => kind === 'failed')) return 1;
  return options.check && !everyLimitMet(parts) ? 1 : 0;
}

/** How many processes wanted to run at a time, of the last minute: other work on the machine is seen by it. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function json(machine: object, parts: readonly Part[]): string {
  const judged = parts.map((part) =>
    part.kind === 'measured'
      ? { ...part, figures: part.figures.map((figure) => ({ ...figure, met: isMet(figure) })) }
      : part,
  );
  return JSON.stringify({ machine, parts: judged }, null, 2);
}

function readOptions(): { wanted: ReadonlySet<Name>; json: boolean; check: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
      },
    });
    const wanted = positionals.flatMap((word) => names.find((name) => name === word) ?? []);
    return wanted.length === positionals.length ? { ...values, wanted: new Set(wanted) } : null;
  } catch {
    return null;
  }
}

process.exitCode = await main();
