import type { Block } from './blocks/blocks.ts';
import type { Book } from './book.ts';
import type { Bookmarks } from './bookmarks.ts';
import type { Changes } from './changes.ts';
import type { Conversations } from './conversations.ts';
import type { Files } from './files.ts';
import type { AppManifest } from './manifest.ts';
import type { Modals } from './modals.ts';
import type { Clock } from './options.ts';
import type { People } from './people.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Triggers } from './triggers.ts';

/** The app as the workspace has it installed. */
interface InstalledApp {
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly botId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly manifest: AppManifest;
  readonly scopes: ReadonlySet<string>;
  /** The deprecated verification token that payloads still carry. */
  readonly verificationToken: string;
}

interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

/** All that a Web API method, a payload or a person's action needs to know of. */
export interface World {
  readonly team: Team;
  readonly app: InstalledApp;
  readonly clock: Clock;
  readonly book: Book;
  readonly changes: Changes;
  readonly people: People;
  readonly conversations: Conversations;
  readonly modals: Modals;
  readonly files: Files;
  readonly bookmarks: Bookmarks;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly refusedBlocks: readonly Block['type'][];
  /** What is put before a path to reach this server: `http://127.0.0.1:43210`. */
  readonly origin: string;
  /** A fresh address for one Socket Mode connection. */
  issueSocketUrl(): string;
  /** Takes one message out of the channel's allowance; how many seconds to wait when there is none. */
  takePost(channelId: string): number;
}
