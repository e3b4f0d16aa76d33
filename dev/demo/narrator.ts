import { styleText } from 'node:util';

/** Tells a story on a terminal: who does what, and what the channel shows then. Times are UTC. */
export interface Narrator {
  readonly width: number;
  /** Shall the channel's text be in bold and dim as well? */
  readonly isAnsi: boolean;
  /** Plain words, wrapped by whoever wrote them. */
  say(...lines: readonly string[]): void;
  /** What a person does in Slack. */
  does(who: string, what: string): void;
  /** What happens to the cluster. */
  happens(what: string): void;
  /** What the channel shows, as text of several lines. */
  shows(text: string): void;
  fails(text: string): void;
}

export interface Terminal {
  write(text: string): void;
  readonly isTTY?: boolean;
}

const WIDTH = 100;
const INDENT = '  ';

/** Colours only on a terminal that shows them; `NO_COLOR` is honoured. Source: https://no-color.org */
export function createNarrator(out: Terminal, env: Readonly<Record<string, string | undefined>>): Narrator {
  const isAnsi = out.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  type Style = Parameters<typeof styleText>[0];
  const styled = (style: Style, text: string) => (isAnsi ? styleText(style, text, { validateStream: false }) : text);
  const now = () => `${new Date().toISOString().slice(11, 19)} UTC`;
  const line = (text: string) => out.write(`${text}\n`);

  return {
    width: WIDTH - INDENT.length,
    isAnsi,
    say: (...lines) => lines.forEach(line),
    does: (who, what) => line(`\n${styled('cyan', '▶')} ${styled('dim', now())}  ${styled('bold', `@${who}`)} ${what}`),
    happens: (what) => line(`\n${styled('yellow', '■')} ${styled('dim', now())}  ${what}`),
    shows: (text) => line(`\n${text.replaceAll(/^(?=.)/gm, INDENT)}`),
    fails: (text) => line(`\n${styled('red', '✗')} ${text}`),
  };
}
