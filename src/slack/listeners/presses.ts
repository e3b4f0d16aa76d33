import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { WalkCommand, WalkOutcome } from '../../investigation/commands.ts';
import type { Investigation } from '../../investigation/state.ts';
import type { Permission } from '../../words/grant.ts';
import { code, prose } from '../escape.ts';
import { endpointModal, recordModal } from '../render/asking-modals.ts';
import { concludeModal } from '../render/conclude-modal.ts';
import type { Content } from '../render/content.ts';
import { loadingModal, type Modal, sayingModal } from '../render/modal.ts';
import { onsetModal } from '../render/onset-modal.ts';
import { commandsModal, detailsModal } from '../render/reading-modals.ts';
import {
  actionIds,
  type StepRef,
  unpackInvestigation,
  unpackPictureRef,
  unpackRef,
  unpackWidenRef,
} from '../render/refs.ts';
import { alreadyReply, saying } from '../render/replies.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';

/** What a button's value asks for; null when it is not one of ours. */
type Reading<T> = (value: string | undefined) => { readonly investigation: string; readonly wants: T } | null;

/** Buttons that change an investigation, and what each of them asks of it. */
const walking: Readonly<Record<string, Reading<WalkCommand>>> = {
  [actionIds.next]: ofStep(({ step }) => ({ kind: 'next', from: step })),
  [actionIds.runAgain]: ofStep(({ step, run }) => ({ kind: 'run-again', step, afterRun: run })),
  [actionIds.skip]: ofStep(({ step }) => ({ kind: 'skip', step })),
  [actionIds.goToStep]: ofStep(({ step }) => ({ kind: 'go', to: step })),
  [actionIds.widen]: widening,
  [actionIds.widenOne]: widening,
  [actionIds.openIssue]: (value) => {
    const investigation = unpackInvestigation(value);
    return investigation === null ? null : { investigation, wants: { kind: 'open-issue' } };
  },
  [actionIds.drawPicture]: (value) => {
    const ref = unpackPictureRef(value);
    if (ref === null) return null;
    return { investigation: ref.investigation, wants: { kind: 'draw-picture', afterPicture: ref.drawn } };
  },
};

/** null: what it should show is not there. */
type Showing = (investigation: Investigation) => Modal | null;

interface Opening {
  readonly title: string;
  readonly permission: Permission;
  readonly read: Reading<Showing>;
}

/** Buttons that open a modal. */
const opening: Readonly<Record<string, Opening>> = {
  [actionIds.recordByHand]: { title: 'By hand', permission: 'investigate', read: showing(recordModal) },
  [actionIds.giveEndpoint]: { title: 'API server endpoint', permission: 'investigate', read: showing(endpointModal) },
  [actionIds.conclude]: { title: 'Conclude', permission: 'investigate', read: showing(concludeModal) },
  [actionIds.commands]: {
    title: 'By hand',
    permission: 'view',
    read: showing((one, { step }) => commandsModal(one, step)),
  },
  [actionIds.details]: {
    title: 'Details',
    permission: 'view',
    read: showing((investigation, { step, run }) => {
      const shown = investigation.steps[step].runs.find((one) => one.run === run);
      return shown === undefined ? null : detailsModal(step, shown);
    }),
  },
  [actionIds.tellOnset]: {
    title: 'Since when',
    permission: 'investigate',
    read: (value) => {
      const investigation = unpackInvestigation(value);
      return investigation === null ? null : { investigation, wants: onsetModal };
    },
  },
};

function ofStep<T>(wants: (ref: StepRef) => T): Reading<T> {
  return (value) => {
    const ref = unpackRef(value);
    return ref === null ? null : { investigation: ref.investigation, wants: wants(ref) };
  };
}

function showing(show: (investigation: Investigation, ref: StepRef) => Modal | null): Reading<Showing> {
  return ofStep((ref) => (investigation) => show(investigation, ref));
}

function widening(value: string | undefined): ReturnType<Reading<WalkCommand>> {
  const ref = unpackWidenRef(value);
  return ref === null ? null : { investigation: ref.investigation, wants: { kind: 'widen', rules: ref.rules } };
}

export function listenToPresses(app: App, ports: ListenerPorts): void {
  app.action(anyOf(walking), async ({ body }) => {
    const press = pressOf(body);
    const read = walking[press.actionId];
    if (read === undefined) return;
    const say = (content: Content) => tell(ports.outbound, press.caller, content);
    ports.errands.start(aboutOf(press), say, () => walk(ports, press, read));
  });

  app.action(anyOf(opening), async ({ body }) => {
    const press = pressOf(body);
    const modal = opening[press.actionId];
    if (modal === undefined) return;
    // Before anything is looked up: the trigger is good for three seconds.
    await ports.lull.reached();
    const opened = await ports.outbound.openView(press.triggerId, loadingModal(modal.title));
    if (opened.kind === 'refused') {
      const why = `The window could not be opened (${code(opened.error, 80)}). Press the button again.`;
      await tell(ports.outbound, press.caller, saying(why));
      return;
    }
    const say = (content: Content) => ports.outbound.updateView(opened.viewId, sayingModal(modal.title, content.text));
    ports.errands.start(aboutOf(press), say, async () => {
      const allowed = await lookUp(ports, press, modal.read, modal.permission);
      const shown = allowed.kind === 'found' ? allowed.wants(allowed.investigation) : null;
      if (shown !== null) await ports.outbound.updateView(opened.viewId, shown);
      else await say(saying(allowed.kind === 'found' ? 'This is not there any more.' : allowed.mrkdwn));
    });
  });
}

/** One listener for many: Bolt asks every listener about every request, which is felt when hundreds come at once. */
function anyOf(buttons: Readonly<Record<string, unknown>>): RegExp {
  return new RegExp(`^(${Object.keys(buttons).join('|')})$`);
}

function aboutOf({ actionId, caller, value }: Press): Readonly<Record<string, unknown>> {
  return { what: actionId, user: caller.user, value };
}

async function walk(ports: ListenerPorts, press: Press, read: Reading<WalkCommand>): Promise<void> {
  const { caller } = press;
  const allowed = await lookUp(ports, press, read, 'investigate');
  if (allowed.kind !== 'found') return tell(ports.outbound, caller, saying(allowed.mrkdwn));
  const outcome = await ports.investigations.act(allowed.investigation.id, personIn(caller), allowed.wants);
  // A button that no longer does anything stands on a card that was not brought up to date.
  if (outcome.kind === 'refused') publish(ports, allowed.investigation);
  await afterActing(ports, caller, outcome);
}

/** Shows what became of a command: on the card, and to the one who gave it when it did not do what they wanted. */
export async function afterActing(ports: ListenerPorts, caller: Caller, outcome: WalkOutcome): Promise<void> {
  switch (outcome.kind) {
    case 'done':
      publish(ports, outcome.investigation);
      return;
    case 'already': {
      // The card they pressed was old: it is made to show what is true.
      publish(ports, outcome.investigation);
      const own = outcome.by.kind === 'person' && outcome.by.id === caller.user;
      if (!own) await tell(ports.outbound, caller, alreadyReply(outcome.by, outcome.at));
      return;
    }
    case 'refused':
      return tell(ports.outbound, caller, saying(prose(outcome.message, 1000)));
    default:
      return outcome satisfies never;
  }
}

type LookUp<T> =
  | { readonly kind: 'found'; readonly investigation: Investigation; readonly wants: T }
  | { readonly kind: 'refused'; readonly mrkdwn: string };

async function lookUp<T>(
  ports: ListenerPorts,
  { caller, value }: Press,
  read: Reading<T>,
  permission: Permission,
): Promise<LookUp<T>> {
  const asked = read(value);
  if (asked === null)
    return { kind: 'refused', mrkdwn: 'This button is of another version of me. Type `/apidown status`.' };
  const investigation = await ports.investigations.find(asked.investigation);
  if (investigation === null) return { kind: 'refused', mrkdwn: `I don't know ${code(asked.investigation)}.` };
  const permitted = await ports.gate.check(caller, investigation.cluster, permission);
  return permitted.kind === 'refused' ? permitted : { kind: 'found', investigation, wants: asked.wants };
}

export function personIn(caller: Caller): { kind: 'person'; id: string } {
  return { kind: 'person', id: caller.user };
}

/** Not waited for: the outbound queue tells of its own failures. */
function publish(ports: ListenerPorts, investigation: Investigation): void {
  ports.publisher
    .publish(investigation)
    .catch((error: unknown) => ports.log.error({ investigation: investigation.id, error }, 'publishing broke'));
}

export interface Press {
  readonly actionId: string;
  readonly caller: Caller;
  readonly triggerId: string;
  readonly value: string | undefined;
}

export function pressOf(body: unknown): Press {
  const { user, channel, message, trigger_id, response_url, actions } = BlockActions.parse(body);
  const [action] = actions;
  // The first message of a thread carries its own timestamp as the thread's: it stands in the channel all the same.
  const inThread = message?.thread_ts !== undefined && message.thread_ts !== message.ts;
  return {
    actionId: action?.action_id ?? '',
    caller: {
      user: user.id,
      channel: channel?.id ?? user.id,
      thread: inThread ? (message?.thread_ts ?? null) : null,
      responseUrl: response_url ?? null,
    },
    triggerId: trigger_id,
    value: action?.selected_option?.value ?? action?.value,
  };
}

/** Of what Slack sends, only what is used. */
const BlockActions = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        value: z.string().optional(),
        selected_option: z.object({ value: z.string() }).nullish(),
      }),
    )
    .min(1),
});
