import { handCommands } from '../../briefing/hand-commands.ts';
import { runMark, verdictMarks } from '../../briefing/marks.ts';
import { phaseWords, probesIn } from '../../briefing/phases.ts';
import { duration } from '../../briefing/time.ts';
import type { Investigation, StepRun } from '../../investigation/state.ts';
import type { FilledCommand } from '../../playbook/commands.ts';
import { stepById } from '../../playbook/playbook.ts';
import type { StepId } from '../../playbook/step.ts';
import type { Evidence } from '../../words/evidence.ts';
import { code, codeBlock, prose } from '../escape.ts';
import { type Block, context, section } from './blocks.ts';
import { type Modal, modal, packedSections } from './modal.ts';
import { viewIds } from './refs.ts';
import { timeNear, whereFrom } from './words.ts';

/** Everything a run found, vantage by vantage. */
export function detailsModal(step: StepId, run: StepRun): Modal {
  const { number, title } = stepById(step);
  const mark = runMark(run);
  return modal({
    id: viewIds.reading,
    title: `Details of step ${number}`,
    blocks: [
      section(`${mark.symbol} *${prose(`${title}: ${mark.words}`, 150)}*\n${prose(run.reason ?? '', 2500)}`),
      ...(run.record === null ? [] : recordBlocks(run.record)),
      ...packedSections(run.evidence.flatMap((one) => evidenceLines(step, one))),
      ...packedSections(
        run.missing.map((why) => `❔ ${prose(why, 500)}`),
        10,
      ),
    ],
  });
}

/** The commands for a person, filled in, and what to look for. */
export function commandsModal(investigation: Investigation, step: StepId): Modal {
  const { number, whenItCannotRun } = stepById(step);
  return modal({
    id: viewIds.reading,
    title: `Step ${number} by hand`,
    blocks: [section(prose(whenItCannotRun, 1000)), ...handCommands(investigation, step).flatMap(commandBlocks)],
  });
}

export function commandBlocks(hand: FilledCommand): Block[] {
  const unfilled = hand.complete ? '' : ' Fill in what stands in <…>.';
  return [
    section(`*${prose(commandTitle(hand), 150)}*\n${codeBlock(hand.command, 2500)}`),
    context(prose(`Look for ${hand.lookFor}.${unfilled}`, 1000)),
  ];
}

function commandTitle({ where, works }: FilledCommand): string {
  const place = where.charAt(0).toUpperCase() + where.slice(1);
  return works === 'always' ? place : `${place}, ${works}`;
}

function recordBlocks(record: NonNullable<StepRun['record']>): Block[] {
  return [
    ...(record.command === '' ? [] : [section(codeBlock(record.command, 1500))]),
    ...(record.output.trim() === '' ? [] : [section(codeBlock(record.output, 2900))]),
  ];
}

function evidenceLines(step: StepId, one: Evidence): string[] {
  const mark = verdictMarks[one.verdict];
  const probes = probesIn(one.facts).map((probe) => {
    const to = `${probe.target.path} ${probe.address ?? probe.target.host} port ${probe.target.port}`;
    return `• ${prose(`${to}: ${phaseWords(probe)}`, 300)}`;
  });
  return [
    `${mark.symbol} *${whereFrom(step, one)}*: ${mark.words}`,
    prose(one.reason, 1500),
    `Gathered ${timeNear(one.gatheredAt, one.asOfAt)} in ${duration(one.tookMs)}, state of ${timeNear(one.asOfAt, one.gatheredAt)}`,
    ...probes,
    ...one.details.map(({ label, value }) => `• *${prose(label, 120)}*: ${detailValue(value)}`),
    ' ',
  ];
}

function detailValue(value: string): string {
  return value.includes('\n') ? codeBlock(value, 1500) : code(value, 1000);
}
