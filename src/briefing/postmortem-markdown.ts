import type { StepRun } from '../investigation/state.ts';
import type { Actor } from '../words/person.ts';
import { standingMarks } from './cause-words.ts';
import { count } from './count.ts';
import { code, codeBlock, link, prose, proseLines, table } from './markdown.ts';
import { runMark, verdictMarks } from './marks.ts';
import { foundWords } from './onset-words.ts';
import { plainPhrase } from './phrase.ts';
import { lastedWords, type Moment, type Postmortem, type StepTold, type Told } from './postmortem.ts';
import { dayAndTimeIn, utcDayAndTime } from './time.ts';
import { shortVantage } from './vantage-words.ts';

/** Who reads it, and what this product knows besides. */
export interface Reader {
  /** IANA name; null: UTC alone. */
  readonly zone: string | null;
  /** How a person is called; what they did it by where that is not known. */
  nameOf(id: string): string;
  /** The card in Slack; null: there is none, or its address is not known. */
  readonly cardUrl: string | null;
}

/** A postmortem as Markdown, as GitHub shows it. Nothing that others wrote means anything in it. Pure. */
export function markdownOf(postmortem: Postmortem, reader: Reader): string {
  const { cluster, conclusion, onset, openedAt } = postmortem;
  const day = utcDayAndTime(onset?.earliestAt ?? openedAt).slice(0, 10);
  const write: Writer = { ...reader, clock: clockFor(reader.zone), who: (actor) => whoWords(actor, reader) };
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Summary', summary(postmortem, write)],
    ['Impact', impact(postmortem)],
    ['Cause', cause(postmortem)],
    ['Timeline', timeline(postmortem, write)],
    ['Evidence by step', postmortem.steps.flatMap((step) => evidence(step, write))],
    ['What was compared', compared(postmortem)],
    ['Ruled out', list(postmortem.ruledOut, 'Nothing was ruled out.')],
    ['Without data', list(postmortem.withoutData, 'There was data for everything.')],
    ['Who did what', did(postmortem, write)],
    ['Action items', actionItems(postmortem)],
  ];
  const state = conclusion === null ? ['> **Not concluded yet:** what stands here may still change.'] : [];
  return `${[
    `# ${prose(cluster, 100)} API server, ${day}`,
    ...state,
    ...sections.flatMap(([title, parts]) => [`## ${title}`, ...parts]),
  ].join('\n\n')}\n`;
}

interface Writer extends Reader {
  readonly clock: Clock;
  /** Markdown. */
  who(actor: Actor | string | null): string;
}

/** Moments in UTC, and beside it as the reader's own clock shows them. */
interface Clock {
  /** Heads of columns. */
  readonly heads: readonly string[];
  /** A cell for each of them. */
  cells(fromAt: number, toAt?: number): readonly string[];
  /** `2026-11-22 14:03:12 UTC (15:03:12 Europe/Berlin)` */
  words(fromAt: number, toAt?: number): string;
}

function clockFor(zone: string | null): Clock {
  const own = zone !== null && zone !== 'UTC' && dayAndTimeIn(0, zone) !== null ? zone : null;
  const inOwn = (at: number) => (own === null ? '' : (dayAndTimeIn(at, own) ?? ''));
  return {
    heads: ['UTC', ...(own === null ? [] : [prose(own)])],
    cells: (fromAt, toAt = fromAt) => [
      stretch(utcDayAndTime(fromAt), utcDayAndTime(toAt)),
      ...(own === null ? [] : [stretch(inOwn(fromAt), inOwn(toAt))]),
    ],
    words(fromAt, toAt = fromAt) {
      const beside = own === null ? '' : ` (${stretch(inOwn(fromAt), inOwn(toAt))} ${prose(own)})`;
      return `${stretch(utcDayAndTime(fromAt), utcDayAndTime(toAt))} UTC${beside}`;
    },
  };
}

/** The day stands once where it is the same. */
function stretch(from: string, to: string): string {
  if (from === to) return from;
  return `${from} – ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`;
}

function whoWords(actor: Actor | string | null, { nameOf }: Reader): string {
  if (actor === null) return '';
  if (typeof actor === 'string') return prose(actor, 100);
  return actor.kind === 'itself' ? 'apidown' : prose(nameOf(actor.id), 100);
}

function summary(postmortem: Postmortem, { clock, who, cardUrl }: Writer): string[] {
  const { id, cluster, endpoint, onset, conclusion, openedAt, openedBy, verdict } = postmortem;
  const rows: [string, string][] = [
    ['Cluster', prose(cluster, 100)],
    ['Endpoint', endpoint === null ? 'not known' : code(endpoint)],
    [
      'Began',
      onset === null
        ? 'not known: nobody saw it begin'
        : `${clock.words(onset.earliestAt, onset.latestAt)}: ${prose(foundWords(onset))}`,
    ],
    ['Over', onset?.recovery == null ? 'not seen' : clock.words(onset.recovery.earliestAt, onset.recovery.latestAt)],
    ['Duration', prose(lastedWords(postmortem))],
    ['Cause', prose(causeLine(postmortem), 500)],
    ['Opened', `${clock.words(openedAt)}, by ${who(openedBy)}`],
    ['Concluded', conclusion === null ? 'not yet' : `${clock.words(conclusion.at)}, by ${who(conclusion.by)}`],
    ['Investigation', link(id, cardUrl)],
  ];
  const found = `As the steps found it last: ${prose(verdict, 1_500)}`;
  return [outcome(postmortem), found, table(['', ''], rows)];
}

/** What happened, before any detail: whoever reads on knows what it is about. */
function outcome(postmortem: Postmortem): string {
  const { cluster, scope, lastedMs, onset } = postmortem;
  const name = `the API server of ${prose(cluster, 100)}`;
  const long = lastedMs === null ? '' : ` for ${prose(lastedWords(postmortem))}`;
  const where = scope === '' ? '' : `, ${prose(scope)}`;
  const failed = onset === null ? `Nobody saw ${name} begin to fail.` : `${capital(name)} failed${long}${where}.`;
  const cause = prose(causeLine(postmortem), 500).replace(/\.$/, '');
  return cause === '' ? failed : `${failed} Cause: ${cause}.`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function causeLine({ conclusion, causes, chosen }: Postmortem): string {
  const found = conclusion?.cause ?? (conclusion === null ? causes[0] : undefined);
  if (found !== undefined) return `${found.title} (${standingMarks[found.standing].words})`;
  const [first = ''] = (conclusion?.summary ?? '').trim().split('\n');
  return first || (chosen === null ? 'not found' : '');
}

function impact({ conclusion, scope, lastedMs, onset }: Postmortem): string[] {
  const said = proseLines(conclusion?.impact ?? '');
  const seen = [
    scope === '' ? '' : `It failed ${scope}`,
    lastedMs === null ? '' : `for ${lastedWords({ onset, lastedMs })}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
  return [said || 'Nobody wrote it down.', ...(seen === '' ? [] : [`Seen by probes and reports: ${prose(seen)}.`])];
}

function cause({ conclusion, causes, chosen }: Postmortem): string[] {
  const own = proseLines(conclusion?.summary ?? '');
  const told = conclusion?.cause ?? null;
  const [first, ...others] = causes;
  const ranked = chosen === null ? null : (causes[chosen] ?? null);
  return [
    ...(told === null ? [] : [`${strong(told.title)} (${standingMarks[told.standing].words})`]),
    ...(own === '' ? [] : [own]),
    ...(told === null && own === '' && first === undefined ? ['No cause was found.'] : []),
    ...(chosen === null || chosen === 0 || ranked === null || first === undefined
      ? []
      : [
          `It was chosen although it ranked ${chosen + 1} of ${causes.length}. It stood there because:`,
          ...reasons(ranked),
        ]),
    ...(first === undefined
      ? []
      : [
          chosen === 0
            ? 'It ranks first because:'
            : `What ranked first: ${strong(first.title)} (${standingMarks[first.standing].words}), because:`,
          ...reasons(first),
        ]),
    ...(others.length === 0
      ? []
      : [
          'Behind it:',
          others
            .slice(0, 10)
            .map(
              ({ title, standing }, index) => `${index + 2}. ${prose(title, 300)} (${standingMarks[standing].words})`,
            )
            .join('\n'),
        ]),
  ];
}

function reasons({ reasons: why, against }: Postmortem['causes'][number]): string[] {
  const lines = [...items('- ', why), ...items('- against it: ', against)];
  return [lines.join('\n') || '- no reason was kept'];
}

/** One line each; an empty one would make a heading of what stands above it. */
function items(prefix: string, words: readonly string[]): string[] {
  return words
    .map((each) => prose(each))
    .filter((each) => each !== '')
    .map((each) => `${prefix}${each}`);
}

function strong(words: string): string {
  return `**${prose(words, 500) || 'no words'}**`;
}

function timeline({ moments, moreChanges, picture }: Postmortem, { clock, who, cardUrl }: Writer): string[] {
  const rows = moments.map((moment) => [
    ...clock.cells(moment.fromAt, moment.toAt),
    whatWords(moment),
    who(moment.who),
  ]);
  const where = cardUrl === null ? 'in the thread of the card' : `in the thread of ${link('the card', cardUrl)}`;
  return [
    table([...clock.heads, 'What', 'Who'], rows),
    ...(moreChanges === 0 ? [] : [`${count(moreChanges, 'more change')} in the windows merely coincide.`]),
    ...(picture === null ? [] : [`The same as a picture: ${code(picture)}, ${where}.`]),
  ];
}

function whatWords({ mark, what, link: url }: Moment): string {
  const said = url === null ? prose(what, 500) : link(what, url);
  return said === '' ? prose(mark) : `${prose(mark)}: ${said}`;
}

function evidence({ number, title, asks, mark, runs }: StepTold, writer: Writer): string[] {
  const head = [`### ${number} ${prose(title)}: ${mark.symbol} ${mark.words}`, `*${prose(asks)}*`];
  const shown = runs.slice(-mostRuns);
  const left = runs.length - shown.length;
  return [
    ...head,
    ...(runs.length === 0 ? ['It gave no answer.'] : []),
    ...(left === 0 ? [] : [`${count(left, 'earlier run')} are left out.`]),
    ...shown.flatMap((run) => runWords(run, runs.length > 1, writer)),
  ];
}

const mostRuns = 4;

function runWords(run: StepRun, isOneOfMany: boolean, { clock, who }: Writer): string[] {
  const { record, reason } = run;
  const rows = run.evidence.map((one) => [
    prose(shortVantage(one.vantage)),
    code(one.check),
    `${verdictMarks[one.verdict].symbol} ${verdictMarks[one.verdict].words}`,
    prose(one.reason),
    ...clock.cells(one.gatheredAt),
  ]);
  const which = `**Run ${run.run}**, ${clock.words(run.startedAt)}, by ${who(run.by)}: ${runMark(run).words}`;
  const isTold = run.evidence.some((one) => one.reason === reason);
  return [
    ...(isOneOfMany || record !== null ? [which] : []),
    ...(reason === null || isTold ? [] : [prose(reason, 1_500)]),
    ...(record === null || record.command === '' ? [] : [codeBlock(record.command)]),
    ...(record === null || record.output.trim() === '' ? [] : [codeBlock(record.output)]),
    ...(rows.length === 0 ? [] : [table(['From', 'Check', 'Verdict', 'Found', ...clock.heads], rows)]),
    ...(run.missing.length === 0 ? [] : [items('- no answer: ', run.missing).join('\n')]),
  ];
}

function compared({ compared: rules, onset }: Postmortem): string[] {
  if (onset === null) return ['Nothing was compared: nobody knows when it began.'];
  if (rules.length === 0) return ['Nothing was compared yet.'];
  const rows = rules.map(({ rule, window, said, mark }) => [
    prose(rule.title),
    prose(window),
    `${mark.symbol} ${prose(plainPhrase(said))}`,
  ]);
  return [table(['Changes of', 'Window around the first failures', 'Answer'], rows)];
}

function list(all: readonly Told[], none: string): string[] {
  if (all.length === 0) return [none];
  return [
    all
      .map(({ what, why }) => {
        const [only, ...more] = items('', why);
        if (only === undefined) return `- ${strong(what)}`;
        return [`- ${strong(what)}: ${only}`, ...more.map((each) => `  - ${each}`)].join('\n');
      })
      .join('\n'),
  ];
}

function did({ did: all }: Postmortem, { clock, who }: Writer): string[] {
  if (all.length === 0) return ['Nobody pressed anything.'];
  return [
    table(
      [...clock.heads, 'Who', 'What'],
      all.map(({ at, by, what }) => [...clock.cells(at), who(by), prose(what, 300)]),
    ),
  ];
}

function actionItems({ conclusion }: Postmortem): string[] {
  const actions = conclusion?.actions ?? [];
  return [items('- [ ] ', actions).join('\n') || 'None were written down.'];
}
