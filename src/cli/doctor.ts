import { Command } from 'commander';
import { type Config, loadConfig } from '../config/load.ts';
import { renderMistakes } from '../config/mistakes.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';

/** What came of trying everything that the configured sources have to read. */
export interface Examination {
  readonly sources: readonly ExaminedSource[];
  /** What nobody tells of, by cluster: the diagnosis will say so. */
  readonly untold: readonly { readonly cluster: string; readonly what: string; readonly why: string }[];
}

interface ExaminedSource {
  readonly source: string;
  readonly instance: string;
  readonly clusters: readonly string[];
  readonly findings: readonly {
    readonly what: string;
    readonly outcome: 'ok' | 'missing' | 'failed';
    /** Unless it is ok: what happened and how to mend it. */
    readonly words: string;
  }[];
}

/** Tries all of it, with a deadline; rejects when what is configured can't even be set up. */
export type ExamineSources = (config: Config) => Promise<Examination>;

/** `apidown doctor`: does everything work that is configured? */
export function doctorCommand(call: Call): Command {
  return new Command('doctor')
    .description('try each source of changes that is configured: what it may read, what is missing and how to mend it')
    .option(
      '--json',
      'print {"ok", "sources": [{"source", "instance", "clusters", "findings": [{"what", "outcome", "words"}]}], "untold": [{"cluster", "what", "why"}]}, or as config check does',
    )
    .action(async (options: { json?: true }, command: Command) => {
      const { config: file } = command.optsWithGlobals<{ config: string }>();
      const loaded = await loadConfig({ file, env: call.env });
      if (loaded.kind === 'bad') {
        if (options.json) call.out(`${JSON.stringify({ ok: false, mistakes: loaded.mistakes })}\n`);
        else call.note(`${renderMistakes(file, loaded.mistakes)}\n`);
        call.exit(EXIT.wrong);
        return;
      }
      const examination = await call.examineSources(loaded.config);
      const ok = examination.sources.every(({ findings }) => findings.every(({ outcome }) => outcome === 'ok'));
      call.out(options.json ? `${JSON.stringify({ ok, ...examination })}\n` : textOf(examination));
      if (!ok) call.exit(EXIT.failed);
    });
}

function textOf({ sources, untold }: Examination): string {
  const lines = sources.flatMap(({ source, instance, findings }) =>
    findings.map(({ what, outcome, words }) => {
      const said = outcome === 'ok' ? what : `${what}: ${words}`;
      return `${outcome === 'ok' ? '✅' : '❌'} ${source} ${instance}: ${said}`;
    }),
  );
  const byWhat = Map.groupBy(untold, ({ what, why }) => `${what}: ${why}`);
  const missing = [...byWhat].map(([said, of]) => `➖ ${of.map(({ cluster }) => cluster).join(', ')}: ${said}`);
  return [
    ...(sources.length === 0 ? ['No source of changes outside of the clusters is configured.'] : lines),
    ...(missing.length === 0
      ? []
      : ['The diagnosis says "no data", or "nothing in what was seen", without:', ...missing]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
