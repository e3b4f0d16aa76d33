import type { Message } from './conversations.ts';
import type { View } from './modals.ts';
import type { Reader } from './text/reader.ts';
import { pings, renderChannel, renderMessage, renderView } from './text.ts';
import type { World } from './world.ts';

/** All as text, 100 columns wide unless asked otherwise. */
export interface Reading {
  channel(channelId: string): string;
  /** With its thread, unless told otherwise. */
  message(message: Message, how?: { readonly withThread?: boolean }): string;
  view(view: View): string;
  /** Whom the message pings. */
  pings(message: Message): readonly string[];
}

export function readAs(
  userId: string,
  world: World,
  { width = 100, isAnsi = false }: { readonly width?: number; readonly isAnsi?: boolean } = {},
): Reading {
  const { people, conversations, files } = world;
  const person = people.find(userId);
  if (!person) throw new Error(`The workspace has no user ${userId}`);
  const reader = (): Reader => ({
    tz: person.tz,
    nowAt: world.clock.nowAt(),
    width,
    isAnsi,
    nameOf: (id) => people.find(id)?.name ?? conversations.channel(id)?.name ?? groupName(id) ?? id,
  });
  const groupName = (id: string) => people.groups().find((group) => group.id === id)?.handle;
  const shownIn = (channelId: string) =>
    conversations.messages(channelId).filter((message) => conversations.isShown(message, userId));
  const fileName = (id: string) => files.find(id)?.title ?? id;
  return {
    channel: (id) => renderChannel(conversations.channel(id)?.name ?? id, shownIn(id), reader(), fileName),
    message(message, { withThread = true } = {}) {
      if (!withThread) return renderMessage(message, reader(), { fileName });
      const replies = shownIn(message.channel).filter(({ threadTs }) => threadTs === message.ts);
      return renderMessage(message, reader(), { replies, fileName });
    },
    view: (view) => renderView(view, reader()),
    pings: (message) => pings(message, reader()),
  };
}
