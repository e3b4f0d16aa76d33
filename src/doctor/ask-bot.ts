import { type Answered, runningBot } from '../terminal/ask.ts';
import type { BotState } from '../terminal/bot-state.ts';
import { socketBeside } from '../terminal/socket.ts';
import type { Situation } from './check.ts';

/** What the bot that runs on this machine tells of itself. */
export async function askBot(
  { settings }: Pick<Situation, 'settings'>,
  signal: AbortSignal,
): Promise<Answered<BotState>> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    return await runningBot(socketBeside(settings.store.file)).state(patience);
  } catch (error) {
    if (signal.aborted) throw error;
    const why = patience.aborted ? 'it did not answer within 5 s' : String(error);
    return { kind: 'refused', message: `the bot's socket does not work: ${why}` };
  }
}
