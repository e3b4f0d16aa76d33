import type { Log, LogData } from '../../src/ops/log.ts';

export interface Entry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly data: LogData;
  readonly message: string;
}

/** A log that can be read. */
export function logOf(): Log & { readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const at = (level: Entry['level']) => (data: LogData, message: string) => void entries.push({ level, data, message });
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
