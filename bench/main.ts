import { availableParallelism, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { checksTitle } from './checks/part.ts';
import { measureCorrelation } from './correlation/part.ts';
import { everyLimitMet, isMet, type Part } from './figures.ts';
import { measureOnLoopback } from './loopback.ts';
import { bareNode } from './memory/bare-node.ts';
import { importCosts } from './memory/import-costs.ts';
import { memoryPart, memorySkipped } from './memory/part.ts';
import { measureOnTestbed, testbedMissing } from './on-testbed.ts';
import { printed } from './print.ts';

const names = ['checks', 'requests', 'memory', 'correlation'] as const;
type Name = (typeof names)[number];

const usage = `usage: npm run bench -- [--only ${names.join('|')}]… [--json] [--check]
  --only    measure this alone; may be given more than once
  --json    the same for programs
  --check   exit 1 when a limit is not met`;

/** Exit codes: 0 measured, 1 a limit is not met (with `--check`) or it could not be measured, 2 bad usage. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const load = loadavg()[0] ?? 0;
  const parts = await measure((name) => options.only.length === 0 || options.only.includes(name));
  const machine = {
    node: process.version,
    cpus: availableParallelism(),
    memoryMb: Math.round(totalmem() / 2 ** 20),
    loadBefore: load,
    loadAfter: loadavg()[0] ?? 0,
  };
  const about = `Node ${machine.node}, ${machine.cpus} CPUs, ${(machine.memoryMb / 1024).toFixed(0)} GB; load before ${load.toFixed(1)}, after ${machine.loadAfter.toFixed(1)}`;
  process.stdout.write(`${options.json ? json(machine, parts) : printed([about], parts)}\n`);
  return options.check && !everyLimitMet(parts) ? 1 : 0;
}

async function measure(wants: (name: Name) => boolean): Promise<readonly Part[]> {
  const noMemory = memorySkipped();
  const wanted = {
    checks: wants('checks'),
    requests: wants('requests'),
    memory: wants('memory') && noMemory === null,
  };
  const missing = await testbedMissing();
  const none = { checks: null, requests: null, resting: [] };

  const onTestbed = missing === null && (wanted.checks || wanted.memory);
  if (onTestbed) tell('on the testbed');
  const testbed = onTestbed ? await measureOnTestbed(wanted) : none;

  const onLoopback = wanted.requests || wanted.memory;
  if (onLoopback) tell('a bot on loopback');
  const loopback = onLoopback ? await measureOnLoopback(wanted) : none;

  const parts: (Part | null)[] = [
    wanted.checks && missing !== null ? { kind: 'skipped', title: checksTitle, why: missing } : testbed.checks,
    loopback.requests,
    wants('memory') ? noMemory : null,
  ];
  if (wanted.memory) {
    tell('bare Node and imports');
    const resting = [...testbed.resting, ...loopback.resting];
    parts.push(memoryPart(await bareNode(), resting, await importCosts(), missing));
  }
  if (wants('correlation')) {
    tell('correlation, over journals on disk');
    parts.push(await measureCorrelation());
  }
  return parts.filter((part) => part !== null);
}

/** Beside the table, for whoever waits. */
function tell(what: string): void {
  process.stderr.write(`measuring ${what} …\n`);
}

function json(machine: object, parts: readonly Part[]): string {
  const judged = parts.map((part) =>
    part.kind === 'skipped'
      ? part
      : { ...part, figures: part.figures.map((figure) => ({ ...figure, met: isMet(figure) })) },
  );
  return JSON.stringify({ machine, parts: judged }, null, 2);
}

function readOptions(): { only: readonly string[]; json: boolean; check: boolean } | null {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
      },
    });
    return values.only.every((name) => names.some((one) => one === name)) ? values : null;
  } catch {
    return null;
  }
}

process.exitCode = await main();
