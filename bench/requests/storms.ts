import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Delivery } from '../../dev/workspace/socket.ts';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import { type Amount, type Figure, type Limit, ms, type Part } from '../figures.ts';
import { max, quantile } from '../spread.ts';
import { channels, quiet, requests, storm } from './storm.ts';

export const storms = 3;
const quietMs = 1500;
export const requestsTitle = `${requests} slash commands and clicks at once`;
const ackWithinMs = 250;

/** How each request of each storm was delivered. */
type Storms = readonly (readonly Delivery[])[];

/** To whatever app is connected; each begins when the app is done with the one before. */
export async function severalStorms(workspace: Workspace): Promise<Storms> {
  const all: Delivery[][] = [];
  for (let index = 0; index < storms; index++) {
    await quiet(workspace, quietMs);
    all.push(await storm(workspace));
  }
  await quiet(workspace, quietMs);
  return all;
}

/** The same for an app that does nothing but acknowledge, in the same workspace. The bot must have gone. */
export async function stormsForBareApp(workspace: Workspace): Promise<Storms> {
  const { apiUrl, botToken, appToken } = workspace;
  const env = { ...process.env, SLACK_API_URL: apiUrl, SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken };
  const program = fileURLToPath(new URL('./bare-app.ts', import.meta.url));
  const app = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await workspace.waitFor(() => workspace.socket.connections === 1, { timeoutMs: 30_000 });
    return await severalStorms(workspace);
  } finally {
    const ended = once(app, 'exit');
    app.kill();
    await ended;
  }
}

/** @param trouble what the stand-in Slack would not have forgiven, by its words */
export function requestsPart(bot: Storms, bare: Storms, trouble: readonly string[]): Part {
  const beside = (what: string, amountOf: (all: Storms) => Amount, limit: Limit | null): Figure => ({
    what,
    measured: amountOf(bot),
    reference: { what: 'an app that only acknowledges', amount: amountOf(bare) },
    limit,
  });
  return {
    kind: 'measured',
    title: requestsTitle,
    notes: [
      `${storms} storms; ${requests} people in ${channels.length} channels, each once: half type a command, half press a button of a card.`,
      'From the envelope sent to its acknowledgement read, through the Socket Mode of the stand-in Slack on loopback. Its rate limits are off, so that the bot does all the work at once.',
      'Beside it, afterwards and in the same workspace: a Bolt app whose listeners only acknowledge. Both meet their first storm cold.',
      ...(trouble.length === 0 ? [] : [`Slack would not have forgiven: ${trouble.join('; ')}`]),
    ],
    figures: [
      beside('acknowledged, of all storms', acknowledged, { kind: 'atLeast', value: requests * storms }),
      beside('acknowledged after, p50 of all storms', (all) => ms(quantile(all.flat().map(waited), 0.5)), null),
      beside('acknowledged after, p99 of the worst storm', (all) => ms(max(all.map(p99))), {
        kind: 'atMost',
        value: ackWithinMs,
      }),
      beside('acknowledged after, longest of all storms', (all) => ms(max(all.flat().map(waited))), null),
    ],
  };
}

function acknowledged(all: Storms): Amount {
  return { value: all.flat().filter(({ kind }) => kind === 'acked').length, unit: 'of', of: all.flat().length };
}

function p99(one: readonly Delivery[]): number {
  return quantile(one.map(waited), 0.99);
}

/** One that was never acknowledged waited for ever. */
function waited(delivery: Delivery): number {
  return delivery.kind === 'acked' ? delivery.afterMs : Number.POSITIVE_INFINITY;
}
