import type { Screen } from '../screen.ts';

/** What a composer offers for what is being typed. */
export interface Hint {
  /** What takes the place of the typed word. */
  readonly insert: string;
  readonly label: string;
  readonly about: string;
}

export interface Hints {
  readonly offers: readonly Hint[];
  /** Where in the text the word begins that an offer replaces. */
  readonly from: number;
  /** What the command takes, while its arguments are being typed; null outside of a command. */
  readonly usage: string | null;
}

/** @param typed the text up to the cursor */
export function hintsFor(typed: string, { app, people, offered }: Screen, isThread: boolean): Hints {
  const command = isThread ? null : /^(\/\S*)(?: ([\s\S]*))?$/.exec(typed);
  if (command) return commandHints(command[1] ?? '', command[2], app.commands);
  const word = /(?:^|\s)([@#][\w.-]*)$/.exec(typed)?.[1] ?? '';
  const from = typed.length - word.length;
  if (word.startsWith('@')) {
    const offers = people
      .filter(({ name, realName }) => fits(name, word.slice(1)) || fits(realName, word.slice(1)))
      .map(({ name, realName, isBot }) => ({
        insert: `@${name} `,
        label: `@${name}`,
        about: isBot ? 'App' : realName,
      }));
    return { offers, from, usage: null };
  }
  if (word.startsWith('#')) {
    const offers = offered
      .filter(({ name }) => fits(name, word.slice(1)))
      .map(({ name }) => ({ insert: `#${name} `, label: `#${name}`, about: '' }));
    return { offers, from, usage: null };
  }
  return { offers: [], from, usage: null };
}

function commandHints(name: string, rest: string | undefined, commands: Screen['app']['commands']): Hints {
  const known = commands.find(({ command }) => command === name);
  if (rest === undefined) {
    const offers = commands
      .filter(({ command }) => command.startsWith(name))
      .map(({ command, description, usageHint }) => ({
        insert: `${command} `,
        label: usageHint === '' ? command : `${command} ${usageHint}`,
        about: description,
      }));
    return { offers, from: 0, usage: null };
  }
  if (known === undefined) return { offers: [], from: 0, usage: null };
  const isFirstWord = !/\s/.test(rest);
  const offers = isFirstWord
    ? alternatives(known.usageHint)
        .filter(({ word }) => word.startsWith(rest) && word !== rest)
        .map(({ word, whole }) => ({ insert: `${word} `, label: whole, about: '' }))
    : [];
  return { offers, from: name.length + 1, usage: `${known.command} ${known.usageHint}`.trim() };
}

/** `investigate [cluster] | status` begins with `investigate` or `status`. */
function alternatives(usageHint: string): { word: string; whole: string }[] {
  return usageHint
    .split(/\s\|\s/)
    .map((whole) => whole.trim())
    .flatMap((whole) => {
      const word = /^[\w-]+/.exec(whole)?.[0];
      return word === undefined ? [] : [{ word, whole }];
    });
}

function fits(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.toLowerCase());
}
