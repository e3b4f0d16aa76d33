import { z } from 'zod';
import type { Block } from '../blocks/blocks.ts';
import type { Entry } from '../enter.ts';
import { escapeTyped } from '../escape-typed.ts';
import type { Which } from '../find-element.ts';
import type { Acting } from '../person.ts';
import { type Delivery, nobodyConnected } from '../socket.ts';
import { elementsOf } from '../state-values.ts';
import type { Workspace } from '../workspace.ts';

const id = z.string().min(1).max(300);
const text = z.string().max(40_000);
const EntryShape = z.union([z.string().max(40_000), z.number(), z.array(z.string().max(300)).max(200), z.null()]);
/** What was entered into a view so far, by block id and then action id. */
const Entries = z.record(z.string(), z.record(z.string(), EntryShape));
const Message = z.strictObject({ channel: id, ts: id });
const Target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), ...Message.shape }),
  z.strictObject({ kind: z.literal('view'), view: id, entries: Entries }),
]);
const element = { target: Target, block: id, action: id };

/** What a person does on the page. */
export const Deed = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('write'), channel: id, text, thread: id.nullable() }),
  z.strictObject({ kind: z.literal('press'), ...element }),
  z.strictObject({ kind: z.literal('choose'), ...element, entry: EntryShape }),
  z.strictObject({ kind: z.literal('submit'), view: id, entries: Entries }),
  z.strictObject({ kind: z.literal('close'), view: id }),
  z.strictObject({ kind: z.literal('shortcut'), shortcut: id, message: Message.nullable() }),
  z.strictObject({ kind: z.literal('openHome') }),
]);
export type Deed = z.infer<typeof Deed>;
export type Target = z.infer<typeof Target>;
export type Entries = z.infer<typeof Entries>;

/** What became of it, as the person who did it is told. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Something that Slackbot would say to this person alone. */
  | { readonly kind: 'noted'; readonly words: string }
  /** The app failed: it was not there, or did not answer in time. */
  | { readonly kind: 'failed'; readonly words: string }
  /** Slack's window would not have let this person do it. `fields` are by block id. */
  | { readonly kind: 'refused'; readonly words: string; readonly fields: Readonly<Record<string, string>> };

/** Does it through the functions of a person, so that nothing of the workspace's strictness is passed by. */
export async function perform(deed: Deed, userId: string, workspace: Workspace): Promise<Outcome> {
  const person = workspace.as(userId);
  try {
    switch (deed.kind) {
      case 'write':
        return await write(deed, person, workspace);
      case 'press':
        return told(
          'press',
          await person.click(targetOf(deed.target, person, workspace), whichOf(deed, workspace)),
          workspace,
        );
      case 'choose': {
        const target = targetOf(deed.target, person, workspace);
        return told('choose', await person.select(target, whichOf(deed, workspace), deed.entry), workspace);
      }
      case 'submit':
        return await submit(deed, person, workspace);
      case 'close':
        await person.close({ id: deed.view });
        return { kind: 'done' };
      case 'shortcut':
        return told('shortcut', await person.shortcut(deed.shortcut, deed.message ?? undefined), workspace);
      case 'openHome':
        return told('home', await person.openHome(), workspace);
      default:
        return deed satisfies never;
    }
  } catch (error) {
    return refused(error);
  }
}

type Write = Extract<Deed, { kind: 'write' }>;

async function write({ channel, text: typed, thread }: Write, person: Acting, workspace: Workspace): Promise<Outcome> {
  const { world } = workspace;
  const where = thread === null ? {} : { thread };
  const [, command, rest = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(typed) ?? [];
  if (command !== undefined) {
    if (thread !== null) return noted(`${command} is not supported in threads. Sorry!`);
    if (command === '/invite') return invite(channel, rest, workspace);
    const known = world.app.manifest.features?.slash_commands ?? [];
    if (!known.some((one) => one.command === command)) {
      return noted(`${command} is not a valid command. ${known.map((one) => one.command).join(', ')} would be.`);
    }
    return told(command, await person.command(channel, command, rest.trimEnd()), workspace);
  }
  const written = escapeTyped(typed, world).replace(/<([@#]\w+)\|[^>]*>/g, '<$1>');
  if (!written.includes(`<@${world.app.userId}>`)) {
    person.say(channel, written, where);
    return { kind: 'done' };
  }
  const delivery = await person.mention(channel, written, where);
  const isIn = world.conversations.channel(channel)?.members.has(world.app.userId) ?? false;
  if (!isIn) {
    return noted(`@${world.app.name} is not in this channel, so it did not hear you. Type /invite @${world.app.name}`);
  }
  return told('mention', delivery, workspace);
}

/** Slack's own command, as far as it brings the app into a channel. */
function invite(channel: string, rest: string, { world, invite: bringIn }: Workspace): Outcome {
  const { name, userId } = world.app;
  if (rest.trim() !== `@${name}`) return noted(`Here /invite brings in the app alone: /invite @${name}`);
  if (world.conversations.channel(channel)?.members.has(userId)) return noted(`@${name} is already in this channel.`);
  bringIn(channel);
  return noted(`@${name} is in this channel now.`);
}

async function submit(
  { view, entries }: Extract<Deed, { kind: 'submit' }>,
  person: Acting,
  workspace: Workspace,
): Promise<Outcome> {
  const fields = fill(view, entries, person);
  if (Object.keys(fields).length > 0) return { kind: 'refused', words: 'Some fields need another look.', fields };
  return told('submit', await person.submit({ id: view }), workspace);
}

/** Enters each by itself, so that what a person couldn't have typed is told beside its field. */
function fill(view: string, entries: Entries, person: Acting): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const [block, actions] of Object.entries(entries)) {
    for (const entry of Object.values(actions)) {
      try {
        person.fill({ id: view }, { [block]: entry satisfies Entry });
      } catch (error) {
        wrong[block] = messageOf(error);
      }
    }
  }
  return wrong;
}

/** Whatever was entered into a view so far goes along with what is pressed there. */
function targetOf(target: Target, person: Acting, { world }: Workspace) {
  if (target.kind === 'message') return { channel: target.channel, ts: target.ts };
  const view = world.modals.find(target.view);
  const there = new Set(elementsOf(view?.content.blocks ?? []).map(({ block }) => block.block_id));
  const standing = Object.entries(target.entries).filter(([block]) => there.has(block));
  fill(target.view, Object.fromEntries(standing), person);
  return { id: target.view };
}

/** Where the app didn't name its blocks, an update gives them other ids: then the action alone has to tell. */
function whichOf(
  { target, block, action }: { readonly target: Target; readonly block: string; readonly action: string },
  { world }: Workspace,
): Which {
  const blocks: readonly Block[] =
    target.kind === 'message'
      ? (world.conversations.message(target.channel, target.ts)?.blocks ?? [])
      : (world.modals.find(target.view)?.content.blocks ?? []);
  const fitting = elementsOf(blocks).filter((placed) => placed.element.action_id === action);
  return fitting.length > 1 ? { actionId: action, blockId: block } : { actionId: action };
}

function told(what: string, delivery: Delivery, { world }: Workspace): Outcome {
  const { name } = world.app;
  const isCommand = what.startsWith('/');
  switch (delivery.kind) {
    case 'acked':
      return { kind: 'done' };
    case 'unanswered':
      if (isCommand) return { kind: 'failed', words: `${what} failed because ${name} did not respond.` };
      if (what === 'submit') return { kind: 'failed', words: `We had some trouble connecting to ${name}. Try again?` };
      return { kind: 'failed', words: `${name} did not respond. Try again?` };
    case 'undelivered':
      // The app may have chosen not to hear of it; that is no failure.
      if (delivery.why !== nobodyConnected) return { kind: 'done' };
      if (isCommand) return { kind: 'failed', words: `${what} failed with the error "dispatch_failed".` };
      return { kind: 'failed', words: `${name} is not connected, so it can't be reached.` };
  }
}

function noted(words: string): Outcome {
  return { kind: 'noted', words };
}

function refused(error: unknown): Outcome {
  return { kind: 'refused', words: messageOf(error), fields: {} };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
