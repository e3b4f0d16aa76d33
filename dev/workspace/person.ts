import type { Block } from './blocks/blocks.ts';
import type { Channel, Message } from './conversations.ts';
import { type Entry, enter, isEmpty, pick } from './enter.ts';
import { escapeTyped } from './escape-typed.ts';
import { findElement, labelOf, type Which } from './find-element.ts';
import type { View } from './modals.ts';
import {
  type ActionBody,
  appHomeOpened,
  appMention,
  eventCallback,
  globalShortcut,
  messageActions,
  messageShortcut,
  slashCommand,
  viewActions,
  viewClosed,
  viewSubmission,
} from './payloads.ts';
import type { Person } from './people.ts';
import { settleCommand, settleSubmission } from './settle.ts';
import type { Deliveries, Delivery } from './socket.ts';
import {
  type ElementState,
  type Entered,
  elementsOf,
  enteredKey,
  initialState,
  type Placed,
  stateValues,
} from './state-values.ts';
import type { World } from './world.ts';

/** A message or a view, at whatever version it was read; what counts is how it stands now. */
type Target = Pick<Message, 'channel' | 'ts'> | Pick<View, 'id'>;

/**
 * Does what a person does in Slack's window. Whatever a person couldn't do is refused with an error:
 * pressing a button that isn't there any more, a command in a thread, a required field left empty.
 * Everything that reaches the app resolves with how it was delivered, once it was acknowledged or given up.
 */
export interface Acting {
  /** @param text as typed: with the manifest's `should_escape` the app gets names and links as references. */
  command(channelId: string, command: string, text?: string, where?: { readonly thread?: string }): Promise<Delivery>;
  click(target: Target, which: Which): Promise<Delivery>;
  /** Picks from a menu, picker, radio or checkbox group, or overflow menu; or types, where the app is told of that. */
  select(target: Target, which: Which, entry: Entry): Promise<Delivery>;
  /**
   * Types into one input and pauses. The app is told when the input has `dispatch_action` and its
   * `dispatch_action_config` asks for characters (without one: only for the enter key).
   */
  type(target: Target, which: Which, text: string, how?: { readonly enter?: boolean }): Promise<Delivery>;
  /** Fills in a modal's inputs; keys are block ids, action ids or labels. */
  fill(view: Pick<View, 'id'>, entries: Readonly<Record<string, Entry>>): void;
  /** Fills in and presses the submit button. The app's answer is in effect when it resolves. */
  submit(view: Pick<View, 'id'>, entries?: Readonly<Record<string, Entry>>): Promise<Delivery>;
  /** Closes one view, or with `all` the whole stack. */
  close(view: Pick<View, 'id'>, how?: { readonly all?: boolean }): Promise<Delivery>;
  /** A shortcut on a message, or a global one without. */
  shortcut(callbackId: string, message?: Pick<Message, 'channel' | 'ts'>): Promise<Delivery>;
  /** Writes `@app text`, or the text alone where it mentions the app. @param text mrkdwn, as Slack keeps what was typed. */
  mention(
    channelId: string,
    text: string,
    where?: { readonly thread?: string },
  ): Promise<Delivery & { readonly message: Message }>;
  /** Writes without mentioning anybody. */
  say(channelId: string, text: string, where?: { readonly thread?: string }): Message;
  openHome(): Promise<Delivery>;
}

export function actAs(person: Person, world: World, deliveries: Deliveries, onMessages: Map<string, Entered>): Acting {
  const { features, settings } = world.app.manifest;

  return {
    async command(channelId, command, text = '', { thread } = {}) {
      if (thread !== undefined) throw new Error('Slack takes no slash commands in threads');
      const channel = ownChannel(channelId);
      const known = features?.slash_commands ?? [];
      const declared = known.find((one) => one.command === command);
      if (!declared) {
        const valid = known.map((one) => one.command).join(', ');
        throw new Error(`${command} is not a valid command; the manifest has: ${valid}`);
      }
      const written = declared.should_escape ? escapeTyped(text, world) : text;
      const payload = slashCommand(person, channel, command, written, world);
      const delivery = await deliveries.send('slash_commands', payload, true);
      return settleCommand(delivery, payload, world);
    },

    async click(target, which) {
      const surface = surfaceOf(target);
      const { block, element } = findElement(
        surface.blocks,
        which,
        (placed) => placed.element.type === 'button',
        'button',
      );
      if (element.type !== 'button') throw new Error(`A ${element.type} is no button`);
      const { type, action_id, text, value, style, url } = element;
      const shown = { type, action_id, block_id: block.block_id, text };
      const given = { ...(value === undefined ? {} : { value }), ...(style === undefined ? {} : { style }) };
      return sendAction(surface, { ...shown, ...given, ...(url === undefined ? {} : { url }) });
    },

    async select(target, which, entry) {
      const surface = surfaceOf(target);
      const placed = findElement(surface.blocks, which, isSelectable, 'menu or picker');
      const { block, element } = placed;
      const pressed = { type: element.type, action_id: element.action_id, block_id: block.block_id };
      if (element.type === 'overflow') {
        return sendAction(surface, { ...pressed, selected_option: pick(element, String(entry)) });
      }
      const state = enter(element, entry);
      const after = keep(surface, placed, state);
      const isSilent = block.type === 'input' && !block.dispatch_action;
      if (isSilent) return { kind: 'undelivered', why: 'an input without `dispatch_action` tells nobody' };
      return sendAction(after, { ...pressed, ...state });
    },

    async type(target, which, text, { enter: isEnter = false } = {}) {
      const surface = surfaceOf(target);
      const placed = findElement(surface.blocks, which, isTyped, 'input');
      const { block, element } = placed;
      const state = enter(element, text);
      const after = keep(surface, placed, state);
      if (!tellsOf(placed, isEnter)) return { kind: 'undelivered', why: 'this input tells nobody of what is typed' };
      return sendAction(after, { ...state, block_id: block.block_id, action_id: element.action_id });
    },

    fill: (view, entries) => void fillIn(view, entries),

    async submit(target, entries = {}) {
      const view = fillIn(target, entries);
      const hasSubmit = view.content.type === 'modal' && view.content.submit !== null;
      if (!hasSubmit) throw new Error('This view has no submit button');
      const empty = elementsOf(view.content.blocks).filter((placed) => isMissing(placed, view.entered));
      if (empty.length > 0) throw new Error(`Complete these fields first: ${empty.map(labelOf).join(', ')}`);
      const delivery = await deliveries.send('interactive', viewSubmission(person, view, world), true);
      return settleSubmission(delivery, view, world);
    },

    async close(target, { all = false } = {}) {
      const view = ownView(target);
      const { content } = view;
      const stack = world.modals.stack(person.id);
      const isCleared = all || (content.type === 'modal' && content.clear_on_close);
      if (isCleared) world.modals.clear(person.id);
      else world.modals.close(view);
      const closing = (isCleared ? stack.toReversed() : [view]).filter(
        (closed) => closed.content.type === 'modal' && closed.content.notify_on_close,
      );
      const told = await Promise.all(
        closing.map((closed) => deliveries.send('interactive', viewClosed(person, closed, isCleared, world), false)),
      );
      return told[0] ?? { kind: 'undelivered', why: 'the view has no `notify_on_close`' };
    },

    async shortcut(callbackId, message) {
      const type = message ? 'message' : 'global';
      const known = (features?.shortcuts ?? []).filter((shortcut) => shortcut.type === type);
      if (!known.some((shortcut) => shortcut.callback_id === callbackId)) {
        throw new Error(`The manifest has no ${type} shortcut ${callbackId}`);
      }
      needInteractivity();
      if (!message) return deliveries.send('interactive', globalShortcut(person, callbackId, world), false);
      const standing = visibleMessage(message);
      if (standing.ephemeralTo !== null) throw new Error('Shortcuts are not offered on ephemeral messages');
      const payload = messageShortcut(person, ownChannel(message.channel), standing, callbackId, world);
      return deliveries.send('interactive', payload, false);
    },

    async mention(channelId, text, { thread } = {}) {
      const channel = ownChannel(channelId);
      const self = `<@${world.app.userId}>`;
      const message = write(channelId, text.includes(self) ? text : `${self} ${text}`, thread);
      const undelivered = (why: string) => ({ kind: 'undelivered' as const, why, message });
      if (!channel.members.has(world.app.userId)) return undelivered('the app is not in the channel');
      if (!isSubscribed('app_mention', 'app_mentions:read')) return undelivered('the app has not subscribed to it');
      const payload = eventCallback(appMention(person, message, world), world);
      return { ...(await deliveries.send('events_api', payload, false)), message };
    },

    say: (channelId, text, { thread } = {}) => write(channelId, text, thread),

    async openHome() {
      if (!features?.app_home?.home_tab_enabled) throw new Error('The manifest enables no Home tab');
      if (!isSubscribed('app_home_opened', null)) {
        return { kind: 'undelivered', why: 'the app has not subscribed to app_home_opened' };
      }
      return deliveries.send('events_api', eventCallback(appHomeOpened(person, world), world), false);
    },
  };

  function ownChannel(channelId: string): Channel {
    const channel = world.conversations.channel(channelId);
    if (!channel?.members.has(person.id)) throw new Error(`${person.name} is in no channel ${channelId}`);
    return channel;
  }

  function visibleMessage({ channel, ts }: Pick<Message, 'channel' | 'ts'>): Message {
    ownChannel(channel);
    const message = world.conversations.message(channel, ts);
    if (message && world.conversations.isShown(message, person.id)) return message;
    throw new Error(`${person.name} sees no message ${ts} in ${channel}`);
  }

  function ownView({ id }: Pick<View, 'id'>): View {
    const view = world.modals.find(id);
    const isBefore = view?.content.type === 'home' || world.modals.stack(person.id).at(-1)?.id === id;
    if (view?.userId === person.id && isBefore) return view;
    throw new Error(`${person.name} has no view ${id} before them`);
  }

  function surfaceOf(target: Target): Surface {
    needInteractivity();
    if ('id' in target) {
      const view = ownView(target);
      return { kind: 'view', view, blocks: view.content.blocks };
    }
    const message = visibleMessage(target);
    return { kind: 'message', message, blocks: message.blocks };
  }

  /** Remembers what was picked, for `state.values`. */
  function keep(surface: Surface, { block, element }: Placed, state: ElementState): Surface {
    const key = enteredKey(block.block_id, element.action_id);
    if (surface.kind === 'view') {
      const view = world.modals.note(surface.view, { entered: { ...surface.view.entered, [key]: state } });
      return { ...surface, view };
    }
    const at = messageKey(surface.message);
    onMessages.set(at, { ...onMessages.get(at), [key]: state });
    return surface;
  }

  function sendAction(surface: Surface, action: ActionBody): Promise<Delivery> {
    if (surface.kind === 'view') {
      return deliveries.send('interactive', viewActions(person, surface.view, action, world), false);
    }
    const { message } = surface;
    const values = stateValues(message.blocks, onMessages.get(messageKey(message)) ?? {});
    const payload = messageActions(person, ownChannel(message.channel), message, values, action, world);
    return deliveries.send('interactive', payload, false);
  }

  function fillIn(target: Pick<View, 'id'>, entries: Readonly<Record<string, Entry>>): View {
    let view = ownView(target);
    for (const [name, entry] of Object.entries(entries)) {
      const placed = elementsOf(view.content.blocks).find(
        ({ block, element }) =>
          block.block_id === name ||
          element.action_id === name ||
          (block.type === 'input' && block.label.text === name),
      );
      if (!placed) throw new Error(`This view has no input "${name}"`);
      const key = enteredKey(placed.block.block_id, placed.element.action_id);
      view = world.modals.note(view, { entered: { ...view.entered, [key]: enter(placed.element, entry) } });
    }
    return view;
  }

  function write(channelId: string, text: string, thread: string | undefined): Message {
    const channel = ownChannel(channelId);
    if (thread !== undefined && !world.conversations.message(channelId, thread)) {
      throw new Error(`There is no message ${thread} in ${channelId} to answer`);
    }
    return world.conversations.post({ channel: channel.id, userId: person.id, text, threadTs: thread ?? null });
  }

  function messageKey({ channel, ts }: Message): string {
    return `${person.id} ${channel} ${ts}`;
  }

  function needInteractivity(): void {
    if (settings.interactivity?.is_enabled) return;
    throw new Error('The manifest has no `interactivity`: Slack would say that this app is not configured for it');
  }

  function isSubscribed(event: string, scope: string | null): boolean {
    const events = settings.event_subscriptions?.bot_events ?? [];
    return events.includes(event) && (scope === null || world.app.scopes.has(scope));
  }
}

type Surface =
  | { readonly kind: 'message'; readonly message: Message; readonly blocks: readonly Block[] }
  | { readonly kind: 'view'; readonly view: View; readonly blocks: readonly Block[] };

function isSelectable({ block, element }: Placed): boolean {
  if (element.type === 'button') return false;
  return !element.type.endsWith('_input') || (block.type === 'input' && block.dispatch_action);
}

function isTyped({ element }: Placed): boolean {
  return element.type.endsWith('_input');
}

/** Source: docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object. */
function tellsOf({ block, element }: Placed, isEnter: boolean): boolean {
  if (block.type !== 'input' || !block.dispatch_action) return false;
  const config = 'dispatch_action_config' in element ? element.dispatch_action_config : undefined;
  const triggers = config?.trigger_actions_on ?? ['on_enter_pressed'];
  return (
    triggers.includes(isEnter ? 'on_enter_pressed' : 'on_character_entered') ||
    triggers.includes('on_character_entered')
  );
}

function isMissing({ block, element }: Placed, entered: Entered): boolean {
  if (block.type !== 'input' || block.optional) return false;
  const state = entered[enteredKey(block.block_id, element.action_id)] ?? initialState(element);
  return state !== null && isEmpty(state);
}
