import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '@slack/bolt';
import { z } from 'zod';
import { handCommands } from '../../briefing/hand-commands.ts';
import type { WalkCommand } from '../../investigation/commands.ts';
import { leadingOnset } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import { parseEndpoint } from '../../words/endpoint.ts';
import { Verdict } from '../../words/verdict.ts';
import { plain, prose } from '../escape.ts';
import { fields } from '../render/asking-modals.ts';
import { chosenCause, concludeFields, readActions } from '../render/conclude-modal.ts';
import { loadingModal, sayingModal } from '../render/modal.ts';
import { onsetFields } from '../render/onset-modal.ts';
import { type StepRef, unpackInvestigation, unpackRef, viewIds } from '../render/refs.ts';
import { readCorrection, readReport } from '../report.ts';
import { newCorrelation } from './errands.ts';
import type { Caller, ListenerPorts } from './ports.ts';
import { afterActing, personIn } from './presses.ts';

/** What was filled in, or what is wrong with it, by field. */
type Reading = { readonly command: WalkCommand } | { readonly errors: Readonly<Record<string, string>> };

/** A submitted modal: what stands in it, who sent it, about what. */
interface Sent {
  readonly values: Values;
  readonly investigation: Investigation;
  readonly user: string;
  /** The same for as long as it is the same window: a redelivery is known by it. */
  readonly viewId: string;
  /** Epoch ms. */
  readonly nowAt: number;
}

interface Submission {
  readonly title: string;
  /** Where an error is shown that is about none of the fields. */
  readonly firstField: string;
  /** The investigation that the modal points at, and how to read it; null when it points at none. */
  readonly about: (metadata: string) => { investigation: string; read: (sent: Sent) => Reading } | null;
}

const submissions: Readonly<Record<string, Submission>> = {
  [viewIds.record]: { title: 'By hand', firstField: fields.verdict, about: ofStep(readRecord) },
  [viewIds.endpoint]: { title: 'API server endpoint', firstField: fields.url, about: ofStep(readEndpoint) },
  [viewIds.conclude]: {
    title: 'Conclude',
    firstField: concludeFields.summary,
    about: ofStep(readConclusion),
  },
  [viewIds.onset]: {
    title: 'Since when',
    firstField: onsetFields.since,
    about: (metadata) => {
      const investigation = unpackInvestigation(metadata);
      return investigation === null ? null : { investigation, read: readOnset };
    },
  },
};

function ofStep(read: (sent: Sent, ref: StepRef) => Reading): Submission['about'] {
  return (metadata) => {
    const ref = unpackRef(metadata);
    return ref === null ? null : { investigation: ref.investigation, read: (sent) => read(sent, ref) };
  };
}

/** A submission is answered by its acknowledgement, so the work is waited for as long as Slack's three seconds allow. */
const patienceMs = 1500;

export function listenToSubmissions(app: App, ports: ListenerPorts): void {
  app.view(new RegExp(`^(${Object.keys(submissions).join('|')})$`), async ({ ack, body }) => {
    const { user, view } = ViewSubmission.parse(body);
    const submission = submissions[view.callback_id];
    if (submission === undefined) return;
    const work = submit(ports, submission, user.id, view);
    const answer = await Promise.race([work, wait(patienceMs, 'slow' as const, { ref: false })]);
    if (answer !== 'slow') {
      await ack(acknowledgement(submission, answer));
      return;
    }
    await ack({ response_action: 'update', view: loadingModal(submission.title) });
    await ports.outbound.updateView(view.id, sayingModal(submission.title, slowWords(await work)));
  });
}

type Result =
  | { readonly kind: 'done' }
  /** Stays in the modal, beside what was typed. */
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  /** Takes the place of the modal: typing anything else would not help. */
  | { readonly kind: 'refused'; readonly mrkdwn: string };

/** Never rejects. */
async function submit(
  ports: ListenerPorts,
  submission: Submission,
  user: string,
  view: z.infer<typeof ViewSubmission>['view'],
): Promise<Result> {
  const { id: viewId, private_metadata: metadata, state } = view;
  const field = (message: string): Result => ({
    kind: 'errors',
    errors: { [submission.firstField]: plain(message, 1000) },
  });
  try {
    const about = submission.about(metadata);
    const investigation = about === null ? null : await ports.investigations.find(about.investigation);
    if (about === null || investigation === null)
      return { kind: 'refused', mrkdwn: "I don't know this investigation any more." };
    const channel = investigation.room?.channel ?? user;
    const caller: Caller = { user, channel, thread: investigation.room?.thread ?? null, responseUrl: null };
    const permitted = await ports.gate.check(caller, investigation.cluster, 'investigate');
    if (permitted.kind === 'refused') return permitted;
    const sent = { values: valuesOf(state.values), investigation, user, viewId, nowAt: ports.clock.now() };
    const reading = about.read(sent);
    if ('errors' in reading) return { kind: 'errors', errors: reading.errors };
    const outcome = await ports.investigations.act(investigation.id, personIn(caller), reading.command);
    if (outcome.kind === 'refused') return field(outcome.message);
    await afterActing(ports, caller, outcome);
    return { kind: 'done' };
  } catch (error) {
    ports.trail.broke();
    const correlation = newCorrelation();
    ports.log.error({ correlation, user, metadata, error }, 'a submission from Slack broke');
    return field(`Something broke on my side, and it is in my log under ${correlation}. Try again.`);
  }
}

function acknowledgement(submission: Submission, result: Result) {
  switch (result.kind) {
    case 'done':
      return undefined;
    case 'errors':
      return { response_action: 'errors' as const, errors: { ...result.errors } };
    case 'refused':
      return { response_action: 'update' as const, view: sayingModal(submission.title, result.mrkdwn) };
    default:
      return result satisfies never;
  }
}

function slowWords(result: Result): string {
  switch (result.kind) {
    case 'done':
      return '✅ Done.';
    case 'errors':
      return `❌ ${prose(Object.values(result.errors).join(' '), 1000)}`;
    case 'refused':
      return result.mrkdwn;
    default:
      return result satisfies never;
  }
}

function readRecord({ values, investigation }: Sent, ref: StepRef): Reading {
  const verdict = Verdict.safeParse(values.choice(fields.verdict));
  if (!verdict.success) return { errors: { [fields.verdict]: 'Choose what it shows.' } };
  const output = values.text(fields.output);
  const note = values.text(fields.note);
  if (output === '' && note === '') {
    return { errors: { [fields.note]: 'Write what you saw, or paste what the command printed.' } };
  }
  const command =
    handCommands(investigation, ref.step)[Number(values.choice(fields.command) ?? Number.NaN)]?.command ?? '';
  const record = { command, output, note };
  return { command: { kind: 'record', step: ref.step, afterRun: ref.run, verdict: verdict.data, record } };
}

function readConclusion({ values, investigation }: Sent): Reading {
  const choice = values.choice(concludeFields.cause);
  const chosen = chosenCause(investigation, choice);
  if (chosen === 'gone') {
    const why = 'The list has changed meanwhile. Close this window, and press Conclude again to see it as it is now.';
    return { errors: { [concludeFields.cause]: why } };
  }
  return {
    command: {
      kind: 'conclude',
      summary: values.text(concludeFields.summary),
      ...(chosen === null ? {} : { cause: chosen.key }),
      impact: values.text(concludeFields.impact),
      actions: readActions(values.text(concludeFields.actions)),
    },
  };
}

function readEndpoint({ values }: Sent): Reading {
  try {
    return { command: { kind: 'set-endpoint', url: parseEndpoint(values.text(fields.url), 'person', 0).url } };
  } catch (error) {
    return { errors: { [fields.url]: plain(error instanceof Error ? error.message : String(error), 1000) } };
  }
}

/** Where nothing is known of when it began it is a report; else it sets right what is. */
function readOnset({ values, investigation, user, viewId, nowAt }: Sent): Reading {
  const at = values.dateTime(onsetFields.since);
  if (at === undefined) return { errors: { [onsetFields.since]: 'Pick a day and a time.' } };
  const since = `since ${new Date(at).toISOString().slice(0, 16)}Z`;
  const told = { nowAt, zone: 'UTC' };
  const time = readReport(since, user, told);
  if (time.kind === 'unclear')
    return { errors: { [onsetFields.since]: plain(`This was not taken: ${time.why}.`, 300) } };
  const sources = values.text(onsetFields.sources);
  const all = sources === '' ? time : readReport(`${since} from ${sources}`, user, told);
  if (all.kind === 'unclear') {
    return { errors: { [onsetFields.sources]: plain(`${all.part}: ${all.why}.`, 300) } };
  }
  const isFirst = leadingOnset(investigation) === null;
  return { command: { kind: 'tell-onset', onset: isFirst ? all.onset : readCorrection(all, user, viewId) } };
}

/** What stands in the fields; each block and its element share one name. */
interface Values {
  /** Trimmed; empty when nothing was typed. */
  text(field: string): string;
  choice(field: string): string | undefined;
  /** Epoch ms, to the minute. */
  dateTime(field: string): number | undefined;
}

function valuesOf(values: z.infer<typeof StateValues>): Values {
  return {
    text: (field) => values[field]?.[field]?.value?.trim() ?? '',
    choice: (field) => values[field]?.[field]?.selected_option?.value,
    dateTime(field) {
      const seconds = values[field]?.[field]?.selected_date_time;
      return typeof seconds === 'number' ? seconds * 1000 : undefined;
    },
  };
}

const StateValues = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      value: z.string().nullish(),
      selected_option: z.object({ value: z.string() }).nullish(),
      selected_date_time: z.number().nullish(),
    }),
  ),
);
const ViewSubmission = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: StateValues }),
  }),
});
