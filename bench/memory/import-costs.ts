import { output } from '../../test/e2e/harness/exec.ts';
import { type Figure, mb } from '../figures.ts';
import { median } from '../spread.ts';

const times = 3;

/** What each of these takes when a fresh process imports it alone; a package brings along what it imports itself. */
const imported: readonly { readonly what: string; readonly modules: readonly string[] }[] = [
  { what: 'nothing', modules: [] },
  { what: 'one TypeScript file, for its types to be stripped', modules: ['../../src/agent/pause.ts'] },
  { what: 'zod', modules: ['zod'] },
  { what: 'yaml', modules: ['yaml'] },
  { what: 'pino', modules: ['pino'] },
  { what: 'socket.io-client (agent)', modules: ['socket.io-client'] },
  { what: 'socket.io (bot)', modules: ['socket.io'] },
  { what: '@slack/bolt (bot)', modules: ['@slack/bolt'] },
  { what: 'kysely and node:sqlite (bot)', modules: ['kysely', 'node:sqlite'] },
  {
    what: '@kubernetes/client-node (agent, only for credential plug-ins)',
    modules: ['@kubernetes/client-node'],
  },
  { what: 'all of the cluster agent', modules: ['../../src/agent/start.ts', '../../src/agent/roles/cluster.ts'] },
  { what: 'all of the node agent', modules: ['../../src/agent/start.ts', '../../src/agent/roles/node.ts'] },
  {
    what: 'all of the bot',
    modules: ['../../src/bin/start-bot.ts', '../../src/config/load.ts', '../../src/store/open.ts'],
  },
];

/** RSS of a process that has imported it, beside that of one that has imported nothing. */
export async function importCosts(): Promise<readonly Figure[]> {
  const costs: { what: string; bytes: number }[] = [];
  for (const { what, modules } of imported) {
    const seen: number[] = [];
    for (let time = 0; time < times; time++) seen.push(await rssAfter(modules));
    costs.push({ what, bytes: median(seen) });
  }
  const [nothing, ...others] = costs;
  if (nothing === undefined) return [];
  return others.map(({ what, bytes }) => ({
    what: `imports ${what}`,
    measured: mb(bytes),
    reference: { what: 'imports nothing', amount: mb(nothing.bytes) },
    limit: null,
  }));
}

async function rssAfter(modules: readonly string[]): Promise<number> {
  const lines = modules.map((name) => `await import(${JSON.stringify(import.meta.resolve(name))});`);
  const program = `${lines.join(' ')} setTimeout(() => process.stdout.write(String(process.memoryUsage.rss())), 200);`;
  return Number(await output(process.execPath, ['--input-type=module', '--eval', program]));
}
