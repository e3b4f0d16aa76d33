import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../ops/log.ts';

/** Slack's SDK writes into our log: its words as data, so that ours stay static. Its debug lines hold whole payloads and are dropped. `tame`: what to make of its words. */
export function sdkLogger(log: Log, tame: (said: string) => string = (said) => said): Logger {
  const said = (words: readonly unknown[]) => ({ said: tame(words.map(String).join(' ')).slice(0, 2000) });
  return {
    debug: () => undefined,
    info: (...words) => log.debug(said(words), 'the Slack SDK says'),
    warn: (...words) => log.warn(said(words), 'the Slack SDK warns'),
    error: (...words) => log.warn(said(words), 'the Slack SDK reports an error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
