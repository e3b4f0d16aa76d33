import type { Loaded } from '../config/load.ts';
import { renderMistakes } from '../config/mistakes.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';

/** What was loaded; null when it is wrong: then every mistake is told, and the command is over. */
export function takeLoaded<T>(call: Call, file: string, loaded: Loaded<T>, how: { readonly json: boolean }): T | null {
  if (loaded.kind === 'ok') return loaded.config;
  if (how.json) call.out(`${JSON.stringify({ ok: false, mistakes: loaded.mistakes })}\n`);
  else call.note(`${renderMistakes(file, loaded.mistakes)}\n`);
  call.exit(EXIT.wrong);
  return null;
}
