import type { Message } from './conversations.ts';
import type { View } from './modals.ts';
import { renderBlocks } from './text/blocks.ts';
import { clockTime } from './text/dates.ts';
import { showEmoji } from './text/emoji.ts';
import { indent, padEnd, padStart, widthOf, wrap } from './text/lines.ts';
import { pingsIn, readMrkdwn } from './text/mrkdwn.ts';
import { bold, dim, type Reader } from './text/reader.ts';

/** The workspace as a person reads it, in plain text for a terminal. */

/** What a message needs besides itself. */
export interface Surroundings {
  /** Its thread, oldest first. */
  readonly replies?: readonly Message[];
  readonly fileName?: (id: string) => string;
}

export function renderMessage(message: Message, reader: Reader, { replies = [], fileName }: Surroundings = {}): string {
  return messageLines(message, reader, reader.width, replies, fileName ?? ((id) => id)).join('\n');
}

/** A whole channel, threads under their messages. @param messages what this reader sees, ephemeral ones too. */
export function renderChannel(
  name: string,
  messages: readonly Message[],
  reader: Reader,
  fileName: (id: string) => string = (id) => id,
): string {
  const title = bold(`#${name}`, reader);
  const rule = dim('─'.repeat(reader.width), reader);
  const standing = messages
    .filter((message) => message.threadTs === null)
    .map((message) => {
      const replies = messages.filter((other) => other.threadTs === message.ts);
      return messageLines(message, reader, reader.width, replies, fileName).join('\n');
    });
  return [[title, rule].join('\n'), ...standing].join('\n\n');
}

/** A modal in a box, or a Home tab without one. */
export function renderView({ content, entered, errors }: View, reader: Reader): string {
  if (content.type === 'home') return renderBlocks(content.blocks, reader, reader.width, { entered }).join('\n');
  const width = Math.min(reader.width, 76) - 4;
  const buttons = [content.close?.text ?? 'Cancel', ...(content.submit ? [content.submit.text] : [])];
  const foot = padStart(buttons.map((label) => `[${label}]`).join(' '), width);
  const lines = [...renderBlocks(content.blocks, reader, width, { entered, errors }), '', foot];
  const head = `┌─ ${content.title.text} `;
  return [
    `${head}${'─'.repeat(Math.max(0, width + 3 - widthOf(head)))}┐`,
    ...lines.map((line) => `│ ${padEnd(line, width)} │`),
    `└${'─'.repeat(width + 2)}┘`,
  ].join('\n');
}

/** Who would hear a sound because of this message: `@channel`, `@ana`. */
export function pings(message: Message, reader: Pick<Reader, 'nameOf'>): readonly string[] {
  const texts = message.blocks.length > 0 ? mrkdwnIn(message.blocks) : [message.text];
  return texts.flatMap((text) => pingsIn(text, reader));
}

function messageLines(
  message: Message,
  reader: Reader,
  width: number,
  replies: readonly Message[],
  fileName: (id: string) => string,
): string[] {
  const inner = width - 2;
  const content =
    message.blocks.length > 0
      ? renderBlocks(message.blocks, reader, inner)
      : wrap(readMrkdwn(message.text, reader), inner);
  const reactions = Object.entries(message.reactions).map(
    ([name, users]) => `${showEmoji(`:${name}:`)} ${users.length}`,
  );
  const body = [
    ...(message.text === '' && message.blocks.length === 0 ? [] : content),
    ...message.files.map((id) => `📎 ${fileName(id)}`),
    ...(reactions.length > 0 ? [reactions.join('  ')] : []),
  ];
  const thread = replies.flatMap((reply) => messageLines(reply, reader, inner - 4, [], fileName));
  return [heading(message, reader), ...indent(body, '  '), ...indent(thread, dim('  │ ', reader))];
}

function heading(message: Message, reader: Reader): string {
  const notes = [
    ...(message.ephemeralTo === null ? [] : ['only visible to you']),
    ...(message.isPinned ? ['pinned'] : []),
  ];
  const note = notes.length > 0 ? `  (${notes.join(', ')})` : '';
  return `${bold(reader.nameOf(message.userId), reader)}  ${dim(`${clockTime(message.postedAt, reader)}${note}`, reader)}`;
}

/** Every mrkdwn text in there, at whatever depth. */
function mrkdwnIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'mrkdwn' && 'text' in value) return [String(value.text)];
  return Object.values(value).flatMap(mrkdwnIn);
}
