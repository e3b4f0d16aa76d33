import { z } from 'zod';
import { askSlack, unanswered } from '../ask-slack.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import { inTurns } from '../in-turns.ts';

/** Is every channel that the configuration names there, and may the app post in it? */
export const channels: DoctorCheck = {
  id: 'channels',
  title: 'Channels',
  withinMs: 30_000,
  async run(situation, signal) {
    const named = channelsIn(situation.settings);
    if (named.length === 0) return [ok('channels', 'none is configured; people name their cluster in any channel')];
    const token = situation.tokens.botToken;
    if (token === null) return [notChecked('channels', 'there is no bot token', 'see the configuration above')];
    return inTurns(named, (channel) => lookAt(situation, token, channel, signal));
  },
};

interface Named {
  readonly id: string;
  /** Where the configuration names it. */
  readonly at: string;
  /** Does the app post there by itself? */
  readonly posts: boolean;
}

function channelsIn({ clusters, health, alerts, permissions }: Situation['settings']): readonly Named[] {
  const all = [
    ...Object.entries(clusters).flatMap(([name, cluster]) =>
      cluster.channels.map((id) => ({ id, at: `clusters.${name}.channels`, posts: true })),
    ),
    ...Object.entries(clusters).flatMap(([name, { outages }]) =>
      outages.post && outages.channel !== null
        ? [{ id: outages.channel, at: `clusters.${name}.outages.channel`, posts: true }]
        : [],
    ),
    ...health.posts.map(({ channel }, index) => ({ id: channel, at: `health.posts[${index}].channel`, posts: true })),
    ...(alerts.open === null ? [] : [{ id: alerts.open, at: 'alerts.open', posts: true }]),
    ...permissions.flatMap(({ channels = [] }, index) =>
      channels.map((id) => ({ id, at: `permissions[${index}].channels`, posts: false })),
    ),
  ];
  return [...Map.groupBy(all, ({ id }) => id)].map(([id, places]) => ({
    id,
    at: [...new Set(places.map(({ at }) => at))].join(', '),
    posts: places.some(({ posts }) => posts),
  }));
}

async function lookAt(situation: Situation, token: string, named: Named, signal: AbortSignal): Promise<Finding> {
  const { id, at, posts } = named;
  const about = `channel ${id}`;
  const { result, scopes } = await askSlack(situation, token, 'conversations.info', { channel: id }, signal);
  if (result.kind === 'refused' && result.error === 'channel_not_found') {
    const words = `Slack has no such channel that the app can see (${at})`;
    return failed(
      about,
      words,
      `take its id from the bottom of the channel’s details, or invite the app if it is private`,
    );
  }
  if (result.kind !== 'ok') return unanswered(about, result);
  const { channel } = Info.parse(result.data);
  const title = `#${channel.name}`;
  if (channel.is_archived) {
    return failed(about, `${title} is archived (${at})`, 'unarchive it, or name another channel in the configuration');
  }
  if (channel.is_member || !posts) return ok(about, `${title} (${at})`);
  const invite = `type /invite @apidown in ${title}`;
  return scopes?.includes('chat:write.public') && !channel.is_private
    ? warning(about, `the app is not in ${title} (${at}): it may post there, and sees no mention`, invite)
    : failed(about, `the app is not in ${title} (${at}): it can't post there`, invite);
}

const Info = z.object({
  channel: z.object({
    name: z.string(),
    is_archived: z.boolean().default(false),
    is_member: z.boolean().default(false),
    is_private: z.boolean().default(false),
  }),
});
