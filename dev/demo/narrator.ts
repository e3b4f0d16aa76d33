import { styleText } from 'node:util';
import { wrap } from '../workspace/text/lines.ts';

/** Tells a story on a terminal: who does what, and what the channel shows then. Times are UTC. */
export interface Narrator {
  readonly width: number;
  /** Shall the channel's text be in bold and dim as well? */
  readonly isAnsi: boolean;
  /** Plain words; each paragraph begins a line of its own. */
  say(...paragraphs: readonly string[]): void;
  /** What a person does in Slack. */
  does(who: string, what: string): void;
  /** What happens to the cluster. */
  happens(what: string): void;
  /** What the channel shows, as text of several lines. */
  shows(text: string): void;
  /** What went wrong; `logs` as they are, for a person to search in. */
  fails(text: string, logs?: string): void;
}

export interface Terminal {
  write(text: string): void;
  readonly isTTY?: boolean;
}

const WIDTH = 100;
const INDENT = '  ';
/** As wide as a mark and a time. */
const HANGING = ' '.repeat('▶ 14:02:10 UTC  '.length);

/** Colours only on a terminal that shows them; `NO_COLOR` is honoured. Source: https://no-color.org */
export function createNarrator(out: Terminal, env: Readonly<Record<string, string | undefined>>): Narrator {
  const isAnsi = out.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  type Style = Parameters<typeof styleText>[0];
  const styled = (style: Style, text: string) => (isAnsi ? styleText(style, text, { validateStream: false }) : text);
  const now = () => `${new Date().toISOString().slice(11, 19)} UTC`;
  const line = (text: string) => out.write(`${text}\n`);
  const marked = (mark: string, text: string) => {
    const [first, ...more] = wrap(text, WIDTH - HANGING.length);
    line(`\n${mark} ${styled('dim', now())}  ${first}`);
    for (const rest of more) line(HANGING + rest);
  };

  return {
    width: WIDTH - INDENT.length,
    isAnsi,
    say(...paragraphs) {
      for (const text of paragraphs.flatMap((paragraph) => wrap(paragraph, WIDTH))) line(text);
    },
    does: (who, what) => marked(styled('cyan', '▶'), `${styled('bold', `@${who}`)} ${what}`),
    happens: (what) => marked(styled('yellow', '■'), what),
    shows: (text) => line(`\n${text.replaceAll(/^(?=.)/gm, INDENT)}`),
    fails: (text, logs = '') => line(`\n${styled('red', '✗')} ${text}${logs === '' ? '' : `\n${logs}`}`),
  };
}
