import type { Migration } from 'kysely/migration';
import { firstTables } from './migrations/0001-first-tables.ts';
import { whatWasSeen } from './migrations/0002-what-was-seen.ts';
import { sourceMemories } from './migrations/0003-source-memories.ts';
import { healthPosts } from './migrations/0004-health-posts.ts';
import { outageCards } from './migrations/0005-outage-cards.ts';
import { historyAndAudit } from './migrations/0006-history-and-audit.ts';

/** In order, by name. A migration that was released is never edited: a new one follows it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-what-was-seen': whatWasSeen,
  '0003-source-memories': sourceMemories,
  '0004-health-posts': healthPosts,
  '0005-outage-cards': outageCards,
  '0006-history-and-audit': historyAndAudit,
};
