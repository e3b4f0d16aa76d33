import type { Kysely } from 'kysely';
import type { ChannelClusters } from './store.ts';
import type { Tables } from './tables.ts';

export function channelClusters(db: Kysely<Tables>): ChannelClusters {
  return {
    async last(channel) {
      const row = await db
        .selectFrom('channel_clusters')
        .select('cluster')
        .where('channel', '=', channel)
        .executeTakeFirst();
      return row?.cluster ?? null;
    },

    async remember(channel, cluster) {
      await db
        .insertInto('channel_clusters')
        .values({ channel, cluster })
        .onConflict((conflict) => conflict.column('channel').doUpdateSet({ cluster }))
        .execute();
    },
  };
}
