import type { Kysely } from 'kysely';
import { auditLog } from './audit.ts';
import { changeJournal } from './changes/journal.ts';
import { channelClusters } from './channel-clusters.ts';
import { healthStore } from './health.ts';
import { investigationStore } from './investigations.ts';
import { agentKeys } from './keys.ts';
import { knowledgeShelf } from './knowledge.ts';
import { messageRecords } from './messages.ts';
import { outageCards } from './outage-cards.ts';
import { outageStore } from './outages.ts';
import { pastShelf } from './pasts.ts';
import { sampleStore } from './samples/store.ts';
import { agentSessions } from './sessions.ts';
import { sourceMemories } from './source-memories.ts';
import type { Store } from './store.ts';
import { streamStore } from './streams.ts';
import type { Tables } from './tables.ts';

/** The store over any engine that Kysely speaks to and that is at the newest migration. */
export function sqlStore(db: Kysely<Tables>): Store {
  return {
    investigations: investigationStore(db),
    keys: agentKeys(db),
    sessions: agentSessions(db),
    knowledge: knowledgeShelf(db),
    messages: messageRecords(db),
    changes: changeJournal(db),
    streams: streamStore(db),
    samples: sampleStore(db),
    outages: outageStore(db),
    sourceMemories: sourceMemories(db),
    outageCards: outageCards(db),
    channelClusters: channelClusters(db),
    health: healthStore(db),
    pasts: pastShelf(db),
    audit: auditLog(db),
    async ping() {
      await db
        .insertInto('pulse')
        .values({ id: 1, beats: 1 })
        .onConflict((conflict) => conflict.column('id').doUpdateSet((eb) => ({ beats: eb('pulse.beats', '+', 1) })))
        .returning('beats')
        .executeTakeFirstOrThrow();
    },
    close: () => db.destroy(),
  };
}
