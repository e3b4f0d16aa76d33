import type { Mistake } from './mistakes.ts';
import { readTextFile } from './text-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Tokens {
  readonly botToken: string;
  readonly appToken: string;
}

export type ReadTokens =
  | { readonly kind: 'ok'; readonly tokens: Tokens }
  | { readonly kind: 'bad'; readonly mistakes: readonly Mistake[] };

/** Slack's two tokens, each from a variable or from the file that a variable names. */
export async function readTokens(env: Environment): Promise<ReadTokens> {
  const [bot, app] = await Promise.all([
    readToken(env, 'SLACK_BOT_TOKEN', 'xoxb-', 'the bot token (OAuth & Permissions in the app’s settings)'),
    readToken(env, 'SLACK_APP_TOKEN', 'xapp-', 'an app-level token with connections:write (Basic Information)'),
  ]);
  if (typeof bot === 'string' && typeof app === 'string')
    return { kind: 'ok', tokens: { botToken: bot, appToken: app } };
  return { kind: 'bad', mistakes: [bot, app].filter((each) => typeof each !== 'string') };
}

async function readToken(env: Environment, name: string, prefix: string, what: string): Promise<string | Mistake> {
  const fileName = `${name}_FILE`;
  const file = env[fileName] || undefined;
  const direct = env[name] || undefined;
  const wanted = `${what}, which begins with ${prefix}`;
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
    if (/^\S+$/.test(token) && token.startsWith(prefix)) return token;
    return mistake(key, kindOf(token), wanted);
  }
}

/** Tells swapped tokens apart without showing any of them. */
function kindOf(token: string): string {
  const prefix = /^(xox[a-z]|xapp)-/.exec(token)?.[0];
  if (token === '') return 'nothing';
  if (/\s/.test(token)) return 'a text with spaces or several lines';
  return prefix === undefined ? 'something that is no Slack token' : `a token that begins with ${prefix}`;
}
