import type { Log } from '../../src/ops/log.ts';

/** A log that only remembers what was said. */
export function rememberingLog(): Log & { readonly said: string[] } {
  const said: string[] = [];
  const note = (data: unknown, message: string) => void said.push(`${message} ${JSON.stringify(data)}`);
  return { said, debug: () => {}, info: note, warn: note, error: note };
}
