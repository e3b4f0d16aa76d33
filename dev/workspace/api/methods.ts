import { apps } from './apps.ts';
import { attachments } from './attachments.ts';
import { bookmarks } from './bookmarks.ts';
import { chat } from './chat.ts';
import { conversations } from './conversations.ts';
import { directory } from './directory.ts';
import type { Method } from './method.ts';
import { views } from './views.ts';

/** Every method that this workspace answers; any other is a violation. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({ ...apps, ...attachments, ...bookmarks, ...chat, ...conversations, ...directory, ...views }),
);
