import { Command } from 'commander';
import { loadPieces, type Pieces } from '../config/load.ts';
import type { Examined, Progress } from '../doctor/examine.ts';
import type { Finding, Outcome } from '../doctor/finding.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';
import { takeLoaded } from './read-config.ts';

/** Looks at everything that may be wrong with a set-up; changes nothing, and ends in time. */
export type Examine = (pieces: Pieces, onProgress: (progress: Progress) => void) => Promise<readonly Examined[]>;

/** `apidown doctor`: is everything right, and if not, how is it mended? */
export function doctorCommand(call: Call): Command {
  return new Command('doctor')
    .description('look at everything that may be wrong with this set-up, and say how to mend it; changes nothing')
    .option('--json', 'print JSON, as docs/cli.md describes')
    .addHelpText('after', '\nExit code 1 when something failed; warnings, and what could not be checked, do not count.')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const { config: file } = command.optsWithGlobals<{ config: string }>();
      const pieces = takeLoaded(call, file, await loadPieces({ file, env: call.env }), { json });
      if (pieces === null) return;
      const checks = await call.examine(pieces, ({ waitingFor, of }) => {
        const done = `${of - waitingFor.length} of ${of} checks are done`;
        call.progress?.(waitingFor.length === 0 ? '' : `${done}; waiting for: ${waitingFor.join(', ')}`);
      });
      const ok = checks.every(({ findings }) => findings.every(({ outcome }) => outcome !== 'failed'));
      const asOf = new Date(call.clock.now()).toISOString();
      call.out(
        json
          ? `${JSON.stringify({ schema: 'apidown.doctor/1', ok, asOf, checks: checks.map(told) })}\n`
          : textOf(checks),
      );
      if (!ok) call.exit(EXIT.failed);
    });
}

function told({ check, title, findings }: Examined) {
  return { id: check, title, findings };
}

const signs: Readonly<Record<Outcome, string>> = { ok: '✅', warning: '⚠️ ', failed: '❌', notChecked: '➖' };

function textOf(checks: readonly Examined[]): string {
  const lines = checks.flatMap(({ title, findings }) =>
    findings.length === 0 ? [] : [title, ...findings.flatMap(linesOf), ''],
  );
  return [...lines, summaryOf(checks.flatMap(({ findings }) => findings))].map((line) => `${line}\n`).join('');
}

function linesOf({ about, outcome, words, mend }: Finding): readonly string[] {
  return [`  ${signs[outcome]} ${about}: ${words}`, ...(mend === null ? [] : [`       → ${mend}`])];
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (wanted: Outcome) => findings.filter(({ outcome }) => outcome === wanted).length;
  const failures = count('failed');
  const verdict = failures === 0 ? 'Nothing failed' : `${failures} failed`;
  return `${verdict}; ${count('warning')} warnings, ${count('notChecked')} not checked, ${count('ok')} ok.`;
}
