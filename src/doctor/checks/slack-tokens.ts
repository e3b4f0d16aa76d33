import { z } from 'zod';
import { whyFailed } from '../../slack/web-call.ts';
import { askSlack, isAboutToken, unanswered } from '../ask-slack.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok } from '../finding.ts';

const BOT = 'the bot token';
const APP = 'the app-level token';
const SIGNING = 'the signing secret';

/** Does Slack take what the bot shows, and is all of it of one app? */
export const slackTokens: DoctorCheck = {
  id: 'slack-tokens',
  title: 'Slack tokens',
  withinMs: 25_000,
  async run(situation, signal) {
    const { settings, tokens } = situation;
    const isSocket = settings.slack.mode === 'socket';
    const [bot, app] = await Promise.all([
      tokens.botToken === null ? [absent(BOT)] : botToken(situation, tokens.botToken, signal),
      !isSocket ? [] : tokens.appToken === null ? [absent(APP)] : appToken(situation, tokens.appToken, signal),
    ]);
    const secret = isSocket ? [] : [tokens.signingSecret === null ? absent(SIGNING) : unproven()];
    return [...bot, ...app, ...secret];
  },
};

function absent(about: string): Finding {
  return notChecked(about, 'it is missing, or not of the right form', 'see the configuration above');
}

/** Only a request that Slack signed can show it. */
function unproven(): Finding {
  return ok(SIGNING, 'of the right form; whether it is the right one shows when Slack calls');
}

async function botToken(situation: Situation, token: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { result } = await askSlack(situation, token, 'auth.test', {}, signal);
  if (result.kind === 'refused' && isAboutToken(result.error)) {
    return [failed(BOT, `Slack does not take it: ${result.error}`, MEND_BOT)];
  }
  if (result.kind !== 'ok') return [unanswered(BOT, result)];
  const { user, team, bot_id } = AuthTest.parse(result.data);
  if (bot_id === undefined) {
    return [failed(BOT, 'it is a person’s, not a bot’s', MEND_BOT)];
  }
  return [ok(BOT, `${user} in ${team}`), ...(await sameApp(situation, token, bot_id, signal))];
}

const MEND_BOT = 'take the Bot User OAuth Token under OAuth & Permissions of the app, and start the bot anew';

/** An app-level token names its app: `xapp-1-A0123ABCD-…`. */
async function sameApp(
  situation: Situation,
  token: string,
  bot: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const named = /^xapp-\d+-(A[A-Z0-9]+)-/.exec(situation.tokens.appToken ?? '')?.[1];
  if (named === undefined) return [];
  const { result } = await askSlack(situation, token, 'bots.info', { bot }, signal);
  const app = result.kind === 'ok' ? BotsInfo.safeParse(result.data).data?.bot.app_id : undefined;
  if (app === undefined || app === named) return [];
  const words = `the bot token is of app ${app}, the app-level token of app ${named}`;
  return [failed('both tokens', words, 'take both tokens from the settings of one app')];
}

async function appToken(situation: Situation, token: string, signal: AbortSignal): Promise<readonly Finding[]> {
  // Gives an address and opens nothing: a connection would take requests away from the running bot.
  const { result } = await askSlack(situation, token, 'apps.connections.open', {}, signal);
  if (result.kind === 'ok') return [ok(APP, 'Slack gives it a connection')];
  if (result.kind !== 'refused') return [unanswered(APP, result)];
  if (result.error === 'missing_scope') {
    const mend = 'make an app-level token with connections:write under Basic Information of the app';
    return [failed(APP, 'it lacks the scope connections:write', mend)];
  }
  if (isAboutToken(result.error)) {
    const mend =
      'take an App-Level Token with connections:write under Basic Information of the app, and start the bot anew';
    return [failed(APP, `Slack does not take it: ${result.error}`, mend)];
  }
  const mend = 'switch Socket Mode on under Socket Mode of the app, or set slack.mode: http';
  return [failed(APP, `Slack gives it no connection: ${whyFailed(result)}`, mend)];
}

const AuthTest = z.object({ user: z.string(), team: z.string(), bot_id: z.string().optional() });
const BotsInfo = z.object({ bot: z.object({ app_id: z.string() }) });
