import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { renderMistakes } from '../config/mistakes.ts';
import { systemClock } from '../ops/clock.ts';
import { createLog } from '../ops/log.ts';
import { openStore } from '../store/open.ts';
import { startBot } from './start-bot.ts';

const usage = 'usage: npm start -- [--config FILE]     (default: $APIDOWN_CONFIG, else ./apidown.yaml)';

/** Exit codes: 0 stopped as asked, 1 failed, 2 bad usage or configuration. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) return refuse(usage);
  const file = options.config ?? process.env.APIDOWN_CONFIG ?? './apidown.yaml';
  const loaded = await loadConfig({ file, env: process.env });
  if (loaded.kind === 'bad') return refuse(renderMistakes(file, loaded.mistakes));
  const opened = await openStore({ kind: 'sqlite', file: loaded.config.store.file });
  if (opened.kind === 'refused') return refuse(opened.message);

  const log = createLog({ name: 'bot' });
  const bot = await startBot(loaded.config, opened.store, systemClock, log);
  log.info(
    { clusters: Object.keys(loaded.config.clusters), hub: bot.hubPort, health: bot.healthPort },
    'the bot is up',
  );
  const signal = await new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  log.info({ signal }, 'stopping');
  await bot.close();
  return 0;
}

function readOptions(): { config?: string | undefined } | null {
  try {
    return parseArgs({ options: { config: { type: 'string' } } }).values;
  } catch {
    return null;
  }
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

process.exitCode = await main();
