import { runCommand, type Terminal } from '../../src/cli/command.ts';
import type { ExitCode } from '../../src/cli/exit.ts';

export interface Said {
  readonly code: ExitCode;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly note: string;
}

/** A terminal on which nothing is looked at, examined or started, unless the test says so. */
export function aTerminal(given: Partial<Terminal> = {}): Terminal & { said(): { out: string; note: string } } {
  const said = { out: '', note: '' };
  return {
    out(text) {
      said.out += text;
    },
    note(text) {
      said.note += text;
    },
    progress: null,
    env: {},
    clock: { now: Date.now },
    lookAlone: async () => ({ kind: 'refused', message: 'nothing to look through' }),
    examine: async () => [],
    runDemo: async () => null,
    ...given,
    said: () => said,
  };
}

/** Types one command line, without the program's own name. */
export async function type(words: readonly string[], given: Partial<Terminal> = {}): Promise<Said> {
  const terminal = aTerminal(given);
  return { code: await runCommand(words, terminal), ...terminal.said() };
}
