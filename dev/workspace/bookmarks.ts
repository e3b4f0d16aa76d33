import { randomBytes } from 'node:crypto';
import type { Changes } from './changes.ts';
import type { Clock } from './options.ts';

/** A link at the top of a channel. */
export interface Bookmark {
  readonly id: string;
  readonly channelId: string;
  readonly title: string;
  readonly link: string;
  readonly createdAt: number;
}

export interface Bookmarks {
  all(): readonly Bookmark[];
  add(bookmark: Pick<Bookmark, 'channelId' | 'title' | 'link'>): Bookmark;
  /** False when there was none. */
  remove(channelId: string, id: string): boolean;
}

export function createBookmarks(clock: Clock, changes: Changes): Bookmarks {
  const bookmarks = new Map<string, Bookmark>();
  return {
    all: () => [...bookmarks.values()],
    add(given) {
      const bookmark = { ...given, id: `Bk${randomBytes(5).toString('hex').toUpperCase()}`, createdAt: clock.nowAt() };
      bookmarks.set(bookmark.id, bookmark);
      changes.happened();
      return bookmark;
    },
    remove(channelId, id) {
      if (bookmarks.get(id)?.channelId !== channelId) return false;
      changes.happened();
      return bookmarks.delete(id);
    },
  };
}
