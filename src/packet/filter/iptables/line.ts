/** One word of a saved rule; a quoted one is never an option. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** One option with what belongs to it: `! --dports 80,443` of `-m multiport`. */
export interface Option {
  readonly name: string;
  readonly negated: boolean;
  readonly args: readonly string[];
  /** The match or target that was named before it; empty for `-s`, `-p` and the like. */
  readonly of: string;
}

/** Splits as iptables-save joins: spaces between words, `"` around those that need it, `\` before `"` and `\`. */
export function wordsOf(line: string): readonly Word[] {
  const words: Word[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|(\S+)/g;
  for (const [, quoted, bare] of line.matchAll(pattern)) {
    if (quoted !== undefined) words.push({ text: quoted.replace(/\\(.)/g, '$1'), quoted: true });
    else if (bare !== undefined) words.push({ text: bare, quoted: false });
  }
  return words;
}

/** Groups words into options. Works for options of extensions that nobody here has heard of. */
export function optionsOf(words: readonly Word[]): readonly Option[] {
  const options: Option[] = [];
  let negated = false;
  let of = '';
  let place = 0;
  while (place < words.length) {
    const word = words[place];
    place += 1;
    if (word === undefined) break;
    if (word.text === '!' && !word.quoted) {
      negated = true;
      continue;
    }
    const args: string[] = [];
    const takesOne = oneArgument.has(word.text);
    while (place < words.length) {
      const next = words[place];
      if (next === undefined || (takesOne && args.length === 1)) break;
      // A text may begin with a dash; what belongs to no text and does so is the next option.
      if (!next.quoted && !takesOne && (next.text.startsWith('-') || next.text === '!')) break;
      args.push(next.text);
      place += 1;
    }
    if (word.text === '-m' || word.text === '-j' || word.text === '-g') of = args[0] ?? '';
    options.push({ name: word.text, negated, args, of: common.has(word.text) ? '' : of });
    negated = false;
  }
  return options;
}

/** Options that take any text as their one argument, dashes and all. */
const oneArgument = new Set([
  '-m',
  '-j',
  '-g',
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--name',
  '--string',
  '--hex-string',
  '--hashlimit-name',
]);

const common = new Set(['-s', '-d', '-p', '-i', '-o', '-f']);
