import { loadSettings } from '../config/load.ts';
import { renderMistakes } from '../config/mistakes.ts';
import type { Settings } from '../config/schema.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';

/** Reads the configuration, opens the store beside the running bot, and closes it whatever `work` does. */
export async function withStore(
  call: Call,
  file: string,
  work: (store: Store, settings: Settings) => Promise<ExitCode>,
): Promise<void> {
  const settings = await readSettingsFor(call, file);
  if (settings === null) return;
  const opened = await openStore({ kind: 'sqlite', file: settings.store.file });
  if (opened.kind === 'refused') {
    call.note(`apidown: ${opened.message}\n`);
    call.exit(EXIT.failed);
    return;
  }
  try {
    call.exit(await work(opened.store, settings));
  } finally {
    await opened.store.close();
  }
}

async function readSettingsFor(call: Call, file: string): Promise<Settings | null> {
  const loaded = await loadSettings({ file });
  if (loaded.kind === 'ok') return loaded.config;
  call.note(`${renderMistakes(file, loaded.mistakes)}\n`);
  call.exit(EXIT.wrong);
  return null;
}
