import type { Mistake } from './mistakes.ts';
import type { SlackMode } from './schema.ts';
import { readTextFile } from './text-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Each null when it is not given, not needed, or wrong. */
export interface Tokens {
  readonly botToken: string | null;
  readonly appToken: string | null;
  /** What Slack signs its requests with. */
  readonly signingSecret: string | null;
  /** What Alertmanager shows to the bot. */
  readonly alertsToken: string | null;
  /** What senders of changes show to the bot, and what they sign with. */
  readonly changesToken: string | null;
  readonly changesHmacKey: string | null;
}

interface ReadTokens {
  readonly tokens: Tokens;
  /** Of those that are needed or given. */
  readonly mistakes: readonly Mistake[];
}

/** Slack's secrets, Alertmanager's and those of `/changes`, each from a variable or from the file that a variable names. */
export async function readTokens(env: Environment, mode: SlackMode): Promise<ReadTokens> {
  const isSocket = mode === 'socket';
  const [bot, app, signing, alerts, changes, hmacKey] = await Promise.all([
    readToken(env, 'SLACK_BOT_TOKEN', BOT_TOKEN),
    isSocket ? readToken(env, 'SLACK_APP_TOKEN', APP_TOKEN) : null,
    isSocket ? null : readToken(env, 'SLACK_SIGNING_SECRET', SIGNING_SECRET),
    readIfGiven(env, 'APIDOWN_ALERTS_TOKEN', ALERTS_TOKEN),
    readIfGiven(env, 'APIDOWN_CHANGES_TOKEN', CHANGES_TOKEN),
    readIfGiven(env, 'APIDOWN_CHANGES_HMAC_KEY', CHANGES_HMAC_KEY),
  ]);
  return {
    tokens: {
      botToken: given(bot),
      appToken: given(app),
      signingSecret: given(signing),
      alertsToken: given(alerts),
      changesToken: given(changes),
      changesHmacKey: given(hmacKey),
    },
    mistakes: swapped(
      [bot, app, signing, alerts, changes, hmacKey].filter((each) => each !== null && typeof each !== 'string'),
    ),
  };
}

/** Each is told where it stands; that they only have to change places is easier to see at once. */
function swapped(mistakes: readonly Mistake[]): readonly Mistake[] {
  const isOf = (name: string, prefix: string) => (mistake: Mistake) =>
    mistake.key.startsWith(name) && mistake.found?.endsWith(prefix) === true;
  const [bot, app] = [isOf('SLACK_BOT_TOKEN', 'xapp-'), isOf('SLACK_APP_TOKEN', 'xoxb-')];
  if (!mistakes.some(bot) || !mistakes.some(app)) return mistakes;
  return mistakes.map((mistake) =>
    bot(mistake) || app(mistake) ? { ...mistake, found: `${mistake.found}, as if the two are swapped` } : mistake,
  );
}

function given(read: string | null | Mistake): string | null {
  return typeof read === 'string' ? read : null;
}

interface TokenKind {
  /** What it is, and how it is told. */
  readonly wanted: string;
  /** What stands there instead, without showing it; null when it is one. */
  problemWith(token: string): string | null;
}

function slackToken(prefix: string, what: string): TokenKind {
  return {
    wanted: `${what}, which begins with ${prefix}`,
    problemWith: (token) => (/^\S+$/.test(token) && token.startsWith(prefix) ? null : kindOf(token)),
  };
}

const BOT_TOKEN = slackToken('xoxb-', 'the bot token (OAuth & Permissions in the app’s settings)');
const APP_TOKEN = slackToken('xapp-', 'an app-level token with connections:write (Basic Information)');

/** 32 hexadecimal digits, as Slack makes them. */
const SIGNING_SECRET: TokenKind = {
  wanted: 'the signing secret (Basic Information in the app’s settings), 32 of the digits 0-9 and a-f',
  problemWith: (token) => (/^[0-9a-f]{32}$/.test(token) ? null : kindOf(token)),
};

/** Whoever knows one of these can have investigations opened, or changes listed among the causes. */
function ownSecret(what: string, where: string): TokenKind {
  return {
    wanted: `${what}, on one line and at least 16 characters, such as \`openssl rand -hex 24\` prints, in ${where} names`,
    problemWith: (token) => (/^\S{16,}$/.test(token) ? null : /\s/.test(token) ? kindOf(token) : 'a shorter one'),
  };
}

const ALERTS_TOKEN = ownSecret(
  'the token that Alertmanager shows at /alerts',
  'APIDOWN_ALERTS_TOKEN or in a file that APIDOWN_ALERTS_TOKEN_FILE',
);
const CHANGES_TOKEN = ownSecret(
  'the token that senders show at /changes',
  'APIDOWN_CHANGES_TOKEN or in a file that APIDOWN_CHANGES_TOKEN_FILE',
);
const CHANGES_HMAC_KEY = ownSecret(
  'the key that senders sign with at /changes',
  'APIDOWN_CHANGES_HMAC_KEY or in a file that APIDOWN_CHANGES_HMAC_KEY_FILE',
);

async function readIfGiven(env: Environment, name: string, kind: TokenKind): Promise<string | null | Mistake> {
  return env[name] || env[`${name}_FILE`] ? readToken(env, name, kind) : null;
}

async function readToken(env: Environment, name: string, kind: TokenKind): Promise<string | Mistake> {
  const fileName = `${name}_FILE`;
  const file = env[fileName] || undefined;
  const direct = env[name] || undefined;
  const { wanted } = kind;
  const mistake = (key: string, found: string | null, expected: string) => ({ key, line: null, found, expected });
  if (file !== undefined && direct !== undefined) {
    return mistake(name, `both ${name} and ${fileName}`, 'only one of them');
  }
  if (file === undefined && direct === undefined) {
    return mistake(name, null, `${wanted}, in ${name} or in a file that ${fileName} names`);
  }
  if (file === undefined) return checked(name, direct ?? '');
  const text = await readTextFile(file);
  if (text.kind === 'unreadable') return mistake(fileName, text.why, `the name of a readable file with ${wanted}`);
  return checked(fileName, text.content.trim());

  function checked(key: string, token: string): string | Mistake {
    const problem = kind.problemWith(token);
    return problem === null ? token : mistake(key, problem, wanted);
  }
}

/** Tells swapped tokens apart without showing any of them. */
function kindOf(token: string): string {
  const prefix = /^(xox[a-z]|xapp)-/.exec(token)?.[0];
  if (token === '') return 'nothing';
  if (/^[0-9a-f]{32}$/.test(token)) return 'what looks like a signing secret';
  if (/\s/.test(token)) return 'a text with spaces or several lines';
  return prefix === undefined ? 'something that is no Slack token' : `a token that begins with ${prefix}`;
}
