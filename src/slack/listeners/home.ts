import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { Investigation } from '../../investigation/state.ts';
import { type ClusterSetUp, checklistOf } from '../render/checklist.ts';
import type { Content } from '../render/content.ts';
import { type ClusterState, homeSaying, type NextPost, renderHome } from '../render/home.ts';
import { homeFields, homeModalTitle, homeOpenModal } from '../render/home-modal.ts';
import { loadingModal, sayingModal } from '../render/modal.ts';
import { actionIds, viewIds } from '../render/refs.ts';
import { newCorrelation } from './errands.ts';
import { openInvestigation } from './open.ts';
import type { Caller, ListenerPorts } from './ports.ts';
import { pressOf } from './presses.ts';

/** What the Home tab shows that Slack does not know. */
export interface HomePorts {
  stateOf(cluster: string): Promise<ClusterState>;
  /** `hasSchedule` is told by `nextPosts`. */
  setUpOf(cluster: string): Promise<Omit<ClusterSetUp, 'name' | 'channels' | 'hasSchedule'>>;
  /** Left out where no health posts are scheduled. */
  nextPosts?(): Promise<readonly NextPost[]>;
}

/** What it needs of Slack beside what every listener has. */
export interface HomeSlack {
  readonly hasGrants: boolean;
  /** Channels that the app is in; null when that can't be had. Never rejects. */
  joined(): Promise<readonly string[] | null>;
}

/** The Home tab, drawn when it is opened and by its button, and the investigation that is opened from it. */
export function listenToHome(app: App, ports: ListenerPorts, slack: HomeSlack, home: HomePorts): void {
  app.event('app_home_opened', async ({ event }) => {
    const { user, tab } = HomeOpened.parse(event);
    if (tab === 'home') draw(user);
  });

  app.action(actionIds.homeRefresh, async ({ body }) => draw(pressOf(body).caller.user));

  app.action(new RegExp(`^${actionIds.homeOpen}(:\\d+)?$`), async ({ body }) => {
    const { caller, triggerId, value } = pressOf(body);
    // Before anything is looked up: the trigger is good for three seconds.
    await ports.lull.reached();
    const opened = await ports.outbound.openView(triggerId, loadingModal(homeModalTitle));
    // A trigger that ran out is worth another press, and there is no channel to say so in.
    if (opened.kind === 'refused') return;
    const say = sayingIn(opened.viewId);
    ports.errands.start({ what: 'home-open', user: caller.user }, say, async () => {
      const reaches = await Promise.all(
        ports.clusters.map(async (cluster) => ({
          cluster,
          reach: await ports.gate.reach(caller.user, cluster.name, 'investigate'),
        })),
      );
      const allowed = reaches.filter(({ reach }) => isSomewhere(reach)).map(({ cluster }) => cluster);
      if (allowed.length === 0) return void (await say({ text: 'You may investigate no cluster.', blocks: [] }));
      const chosen = allowed.some(({ name }) => name === value) ? (value ?? null) : null;
      await ports.outbound.updateView(opened.viewId, homeOpenModal(allowed, chosen));
    });
  });

  app.view(viewIds.homeOpen, async ({ ack, body, context }) => {
    const { user, view } = Submitted.parse(body);
    const { [homeFields.cluster]: cluster, [homeFields.channel]: channel } = view.state.values;
    await ack({ response_action: 'update', view: loadingModal(homeModalTitle) });
    const say = sayingIn(view.id);
    let isAnswered = false;
    const caller: Caller = {
      user: user.id,
      channel: channel[homeFields.channel].selected_conversation,
      thread: null,
      responseUrl: null,
      answer(content) {
        isAnswered = true;
        return say(content);
      },
    };
    ports.errands.start({ what: viewIds.homeOpen, user: user.id }, say, async () => {
      const redelivered = (context.retryNum ?? 0) > 0;
      const name = cluster[homeFields.cluster].selected_option.value;
      await openInvestigation(ports, caller, { cluster: name, report: null, redelivered });
      if (!isAnswered) await say({ text: `✅ Opened in <#${caller.channel}>.`, blocks: [] });
    });
  });

  function sayingIn(viewId: string): (content: Content) => Promise<unknown> {
    return ({ text }) => ports.outbound.updateView(viewId, sayingModal(homeModalTitle, text));
  }

  function draw(user: string): void {
    const say = ({ text }: Content) => ports.outbound.publishHome(user, homeSaying(text));
    ports.errands.start({ what: 'home', user }, say, async () => {
      await ports.outbound.publishHome(user, renderHome(await seenBy(user)));
    });
  }

  async function seenBy(user: string) {
    const { gate, clusters } = ports;
    const reaches = await Promise.all(
      clusters.map(async (cluster) => ({ ...cluster, view: await gate.reach(user, cluster.name, 'view') })),
    );
    const visible = reaches.filter(({ view }) => isSomewhere(view));
    const [open, posts, joined] = await Promise.all([ports.investigations.listOpen(), postsOrNone(), slack.joined()]);
    const isVisible = (name: string) => visible.some((cluster) => cluster.name === name);
    const setUps = visible.map(async ({ name, channels }) => ({
      ...{ name, channels, ...(await home.setUpOf(name)) },
      hasSchedule: posts === null ? null : posts.some((post) => post.clusters.includes(name)),
    }));
    return {
      nowAt: ports.clock.now(),
      clusters: await Promise.all(
        visible.map(async ({ name }) => {
          const reach = await gate.reach(user, name, 'investigate');
          const investigate = reach.kind === 'everywhere' ? reach.kind : reach.channels;
          return { name, state: await home.stateOf(name), investigate };
        }),
      ),
      isPartial: visible.length < clusters.length,
      failures: [...new Set(reaches.flatMap(({ view }) => view.failed))],
      investigations: await Promise.all(open.filter(({ cluster }) => isVisible(cluster)).map(withLink)),
      posts: posts?.filter((post) => post.clusters.every(isVisible)) ?? null,
      hasGrants: slack.hasGrants,
      checklist: checklistOf(await Promise.all(setUps), joined),
    };
  }

  async function withLink(investigation: Investigation) {
    return { investigation, link: await ports.cardUrl(investigation.id) };
  }

  /** null where there are none to be had: the rest of the tab is shown all the same. */
  async function postsOrNone(): Promise<readonly NextPost[] | null> {
    try {
      return (await home.nextPosts?.()) ?? null;
    } catch (error) {
      ports.log.error({ error, correlation: newCorrelation() }, 'the next health posts could not be looked up');
      return null;
    }
  }
}

function isSomewhere(reach: { kind: 'everywhere' } | { kind: 'channels'; channels: readonly string[] }): boolean {
  return reach.kind === 'everywhere' || reach.channels.length > 0;
}

const HomeOpened = z.object({ user: z.string(), tab: z.string() });
const Submitted = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    id: z.string(),
    state: z.object({
      values: z.object({
        [homeFields.cluster]: z.object({
          [homeFields.cluster]: z.object({ selected_option: z.object({ value: z.string() }) }),
        }),
        [homeFields.channel]: z.object({
          [homeFields.channel]: z.object({ selected_conversation: z.string() }),
        }),
      }),
    }),
  }),
});
