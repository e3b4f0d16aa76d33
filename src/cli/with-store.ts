import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { loadSettings } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { takeLoaded } from './read-config.ts';

interface Asked {
  readonly config: string;
  readonly json?: true;
}

/** Reads the configuration, opens the store beside the running bot, and closes it whatever `work` does. */
export async function withStore(
  call: Call,
  command: Command,
  work: (store: Store, settings: Settings) => Promise<ExitCode>,
): Promise<void> {
  const { config: file, json = false } = command.optsWithGlobals<Asked>();
  const settings = takeLoaded(call, file, await loadSettings({ file }), { json });
  if (settings === null) return;
  const opened = await openStore({ kind: 'sqlite', file: settings.store.file });
  if (opened.kind === 'refused') {
    call.note(`apidown: ${opened.message}\n`);
    call.exit(EXIT.failed);
    return;
  }
  const { store } = opened;
  let code: ExitCode = EXIT.failed;
  try {
    code = await work(store, settings);
    call.exit(code);
  } finally {
    await writeDown(call, store, settings, code).finally(() => store.close());
  }
}

/** Whoever works on the store is told of in its audit log, as those are who ask the bot. */
async function writeDown(call: Call, store: Store, settings: Settings, code: ExitCode): Promise<void> {
  const { action, words } = call.asked();
  const [first = ''] = words;
  await store.audit.add({
    at: call.clock.now(),
    actor: userInfo().username,
    via: 'terminal',
    channel: null,
    action,
    cluster: Object.hasOwn(settings.clusters, first) ? first : null,
    target: words.join(' ').slice(0, 200) || null,
    outcome: code === EXIT.ok ? 'allowed' : 'failed',
  });
}
