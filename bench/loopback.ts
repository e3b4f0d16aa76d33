import { stageBot } from '../test/e2e/harness/bot.ts';
import { freePort } from '../test/e2e/harness/ports.ts';
import type { Part } from './figures.ts';
import type { Resting } from './memory/part.ts';
import { atRest } from './memory/resident.ts';
import { channels, openEverywhere, people } from './requests/storm.ts';
import { requestsPart, severalStorms, storms, stormsForBareApp } from './requests/storms.ts';

/** What needs neither root nor a cluster: a bot on loopback, whose one cluster refuses every connection. */
export async function measureOnLoopback(wants: { requests: boolean; memory: boolean }): Promise<{
  requests: Part | null;
  resting: readonly Resting[];
}> {
  const endpoint = `https://127.0.0.1:${await freePort('127.0.0.1')}`;
  const workspace = { users: people, rateLimits: 'none' as const };
  const staged = await stageBot(channels, { address: '127.0.0.1', endpoint, workspace });
  const resting: Resting[] = [];
  const rest = async (who: string): Promise<void> => {
    const pid = staged.pid();
    if (wants.memory && pid !== null) resting.push({ who, program: 'bot', resident: await atRest(pid) });
  };
  try {
    await rest('bot with one cluster, just started');
    if (!wants.requests) return { requests: null, resting };
    await openEverywhere(staged.workspace);
    const bot = await severalStorms(staged.workspace);
    await rest(`the same bot, ${channels.length} investigations open, after ${storms} storms of requests`);
    await staged.kill();
    const bare = await stormsForBareApp(staged.workspace);
    const trouble = staged.workspace.violations.map(({ message }) => message);
    return { requests: requestsPart(bot, bare, trouble), resting };
  } finally {
    await staged.close();
  }
}
