import { pino } from 'pino';
import { maskSecrets } from './secrets.ts';

/** What the parts of the product log with. Messages are static; whatever varies stands beside them in `data`. */
export interface Log {
  debug(data: LogData, message: string): void;
  info(data: LogData, message: string): void;
  warn(data: LogData, message: string): void;
  error(data: LogData, message: string): void;
}

/** An error goes under `error`: it is written with its stack and its causes. */
export type LogData = Readonly<Record<string, unknown>>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * A log that writes one line of JSON an entry, secrets masked wherever they stand in it.
 * `to` takes the lines; without it they go to standard output, in order and without delay.
 */
export function createLog(options: { name: string; level?: LogLevel; to?: { write(line: string): void } }): Log {
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      serializers: { error: pino.stdSerializers.errWithCause },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      // On the finished line, so that a secret inside a message, a stack or a nested value is found as well.
      hooks: { streamWrite: maskSecrets },
    },
    options.to ?? pino.destination({ fd: 1, sync: true }),
  );
}
