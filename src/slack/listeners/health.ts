import type { App } from '@slack/bolt';
import { z } from 'zod';
import { code } from '../escape.ts';
import { renderHealth } from '../render/health-message.ts';
import { actionIds, unpackHealthRef } from '../render/refs.ts';
import { noClusters, saying, unknownClusterReply } from '../render/replies.ts';
import { chooseCluster } from '../request.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';
import { type Visible, visibleTo } from './visible.ts';

/** Said where the bot was put together without those who gather. */
export const noHealth = 'Health is not gathered here.';

/** Shows how clusters fare, to the one who asks alone. `given`: as it was typed; null: all that they may see. */
export async function showHealth(ports: ListenerPorts, caller: Caller, given: string | null): Promise<void> {
  const say = (mrkdwn: string) => tell(ports.outbound, caller, saying(mrkdwn));
  if (ports.health === undefined) return say(noHealth);
  const seen = await visible(ports, caller, given);
  if (seen.kind === 'refused') return say(seen.mrkdwn);
  if (seen.kind === 'unknown') {
    const names = ports.clusters.map(({ name }) => name);
    return tell(ports.outbound, caller, unknownClusterReply(seen.given, seen.suggestion, names));
  }
  const report = await ports.health.desk.now(seen.clusters);
  const ref = given === null ? '*' : (seen.clusters[0] ?? '*');
  await tell(ports.outbound, caller, renderHealth(report, { kind: 'shown', ref }));
}

/** The button that shows to all what one was shown. */
export function listenToHealth(app: App, ports: ListenerPorts): void {
  app.action(actionIds.postHealth, async ({ body }) => {
    const { user, channel, container, response_url, actions } = Press.parse(body);
    const caller = { user: user.id, channel: channel.id, thread: null, responseUrl: response_url ?? null };
    const about = { what: actionIds.postHealth, user: user.id };
    const say = (mrkdwn: string) => tell(ports.outbound, caller, saying(mrkdwn));
    ports.errands.start(
      about,
      (content) => tell(ports.outbound, caller, content),
      async () => {
        const ref = unpackHealthRef(actions[0]?.value);
        if (ports.health === undefined || ref === null) return say('This button is of another version of me.');
        const seen = await visible(ports, caller, ref.cluster);
        if (seen.kind === 'refused') return say(seen.mrkdwn);
        if (seen.kind === 'unknown') return say(`I don't know a cluster ${code(seen.given, 100)} any more.`);
        const report = await ports.health.desk.now(seen.clusters);
        const zone = (await ports.zones.of(user.id)) ?? 'UTC';
        // A second press of the same button posts nothing more.
        const key = `health/asked/${channel.id}/${container.message_ts}`;
        const sent = await ports.health.posts.asked(report, { key, channel: channel.id, by: user.id, zone });
        if (sent.kind === 'refused') {
          await say(
            `Slack does not let me write here (${code(sent.error, 80)}). Type \`/invite @apidown\`, then press again.`,
          );
        } else if (sent.kind === 'sent' && response_url !== undefined) {
          await ports.outbound.respond(response_url, 'delete the original');
        }
      },
    );
  });
}

type Seen = Visible | { readonly kind: 'unknown'; readonly given: string; readonly suggestion: string | null };

/** Of all clusters, those that this person may see here; of one that they name, whether they may. */
async function visible(ports: ListenerPorts, caller: Caller, given: string | null): Promise<Seen> {
  if (ports.clusters.length === 0) return { kind: 'refused', mrkdwn: noClusters };
  if (given !== null) {
    const choice = chooseCluster(ports.clusters, caller.channel, given);
    if (choice.kind === 'unknown') return choice;
    if (choice.kind !== 'chosen') return { kind: 'refused', mrkdwn: noClusters };
    return visibleTo(ports, caller, [choice.cluster], 'view');
  }
  const names = ports.clusters.map(({ name }) => name);
  return visibleTo(ports, caller, names, 'view');
}

/** Of what Slack sends, only what is used. */
const Press = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  container: z.object({ message_ts: z.string() }),
  response_url: z.string().optional(),
  actions: z.array(z.object({ value: z.string().optional() })).min(1),
});
