import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { WalkCommand, WalkOutcome } from '../../investigation/commands.ts';
import type { Investigation } from '../../investigation/state.ts';
import type { Permission } from '../../words/grant.ts';
import { code, prose } from '../escape.ts';
import { concludeModal, endpointModal, recordModal } from '../render/asking-modals.ts';
import type { Content } from '../render/content.ts';
import { loadingModal, type Modal, sayingModal } from '../render/modal.ts';
import { commandsModal, detailsModal } from '../render/reading-modals.ts';
import { actionIds, type StepRef, unpackRef } from '../render/refs.ts';
import { alreadyReply, saying } from '../render/replies.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';

/** Buttons that change an investigation, and what each of them asks of it. */
const walking: Readonly<Record<string, (ref: StepRef) => WalkCommand>> = {
  [actionIds.next]: ({ step }) => ({ kind: 'next', from: step }),
  [actionIds.runAgain]: ({ step, run }) => ({ kind: 'run-again', step, afterRun: run }),
  [actionIds.skip]: ({ step }) => ({ kind: 'skip', step }),
  [actionIds.goToStep]: ({ step }) => ({ kind: 'go', to: step }),
};

interface Opening {
  readonly title: string;
  readonly permission: Permission;
  /** null: what it should show is not there. */
  readonly show: (investigation: Investigation, ref: StepRef) => Modal | null;
}

/** Buttons that open a modal. */
const opening: Readonly<Record<string, Opening>> = {
  [actionIds.recordByHand]: { title: 'By hand', permission: 'investigate', show: recordModal },
  [actionIds.giveEndpoint]: { title: 'API server endpoint', permission: 'investigate', show: endpointModal },
  [actionIds.conclude]: { title: 'Conclude', permission: 'investigate', show: concludeModal },
  [actionIds.commands]: { title: 'By hand', permission: 'view', show: (one, { step }) => commandsModal(one, step) },
  [actionIds.details]: {
    title: 'Details',
    permission: 'view',
    show: (investigation, { step, run }) => {
      const shown = investigation.steps[step].runs.find((one) => one.run === run);
      return shown === undefined ? null : detailsModal(step, shown);
    },
  },
};

export function listenToPresses(app: App, ports: ListenerPorts): void {
  app.action(anyOf(walking), async ({ body }) => {
    const press = pressOf(body);
    const commandFor = walking[press.actionId];
    if (commandFor === undefined) return;
    const say = (content: Content) => tell(ports.outbound, press.caller, content);
    ports.errands.start(aboutOf(press), say, () => walk(ports, press, commandFor));
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
      const allowed = await lookUp(ports, press, modal.permission);
      const shown = allowed.kind === 'found' ? modal.show(allowed.investigation, allowed.ref) : null;
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

async function walk(ports: ListenerPorts, press: Press, commandFor: (ref: StepRef) => WalkCommand): Promise<void> {
  const { caller } = press;
  const allowed = await lookUp(ports, press, 'investigate');
  if (allowed.kind !== 'found') return tell(ports.outbound, caller, saying(allowed.mrkdwn));
  const { ref } = allowed;
  const outcome = await ports.investigations.act(ref.investigation, personIn(caller), commandFor(ref));
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

type LookUp =
  | { readonly kind: 'found'; readonly investigation: Investigation; readonly ref: StepRef }
  | { readonly kind: 'refused'; readonly mrkdwn: string };

async function lookUp(ports: ListenerPorts, { caller, value }: Press, permission: Permission): Promise<LookUp> {
  const ref = unpackRef(value);
  if (ref === null)
    return { kind: 'refused', mrkdwn: 'This button is of another version of me. Type `/apidown status`.' };
  const investigation = await ports.investigations.find(ref.investigation);
  if (investigation === null) return { kind: 'refused', mrkdwn: `I don't know ${code(ref.investigation)}.` };
  const permitted = await ports.gate.check(caller, investigation.cluster, permission);
  return permitted.kind === 'refused' ? permitted : { kind: 'found', investigation, ref };
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

interface Press {
  readonly actionId: string;
  readonly caller: Caller;
  readonly triggerId: string;
  readonly value: string | undefined;
}

function pressOf(body: unknown): Press {
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
