import type { App } from '@slack/bolt';
import { z } from 'zod';
import { unescapeMrkdwn } from '../escape.ts';
import { aroundOf } from '../publisher.ts';
import { actionIds } from '../render/refs.ts';
import { helpReply, saying, statusReply } from '../render/replies.ts';
import { parseRequest, withoutMentions } from '../request.ts';
import { showHealth } from './health.ts';
import { lookBack } from './look-back.ts';
import { openInvestigation } from './open.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';
import { answerSchedule, type Origin } from './schedules.ts';

/** The message shortcut's callback id, as the manifest has it. */
export const SHORTCUT = 'investigate';

/** Ways to ask for something in words: the slash command, a mention, the message shortcut, and the choice of a cluster. */
export function listenToRequests(app: App, ports: ListenerPorts): void {
  app.command('/apidown', async ({ body, context }) => {
    const { user_id, channel_id, response_url, text, trigger_id } = Command.parse(body);
    const caller = { user: user_id, channel: channel_id, thread: null, responseUrl: response_url };
    answer(ports, caller, text, isRedelivery(context), { triggerId: trigger_id, seed: trigger_id });
  });

  // Slack has no slash commands inside threads; a mention works there. Bolt acknowledges events by itself.
  app.event('app_mention', async ({ event, context }) => {
    const { user, channel, text, ts, thread_ts } = Mention.parse(event);
    if (user === undefined) return;
    const caller = { user, channel, thread: thread_ts ?? null, responseUrl: null };
    const words = withoutMentions(text);
    answer(ports, caller, words, isRedelivery(context), { triggerId: null, seed: `${channel} ${ts}` });
  });

  app.shortcut({ callback_id: SHORTCUT, type: 'message_action' }, async ({ body, context }) => {
    const { user, channel, message, response_url } = Shortcut.parse(body);
    const thread = message.thread_ts ?? message.ts;
    const caller = { user: user.id, channel: channel.id, thread, responseUrl: response_url ?? null };
    errand(ports, caller, 'shortcut', () =>
      openInvestigation(ports, caller, { cluster: null, report: null, redelivered: isRedelivery(context) }),
    );
  });

  app.action(actionIds.chooseCluster, async ({ body, context }) => {
    const { user, channel, response_url, actions } = Choice.parse(body);
    const chosen = /^([^|]*)\|([^|]*)\|(.*)$/.exec(actions[0]?.selected_option.value ?? '') ?? [];
    const [, thread, report = '', cluster = null] = chosen;
    const caller = {
      user: user.id,
      channel: channel.id,
      thread: thread === undefined || thread === '-' ? null : thread,
      responseUrl: response_url ?? null,
    };
    errand(ports, caller, 'choose-cluster', async () => {
      if (response_url !== undefined) await ports.outbound.respond(response_url, 'delete the original');
      const redelivered = isRedelivery(context);
      await openInvestigation(ports, caller, { cluster, report: report === '' ? null : report, redelivered });
    });
  });
}

function answer(ports: ListenerPorts, caller: Caller, text: string, redelivered: boolean, origin: Origin): void {
  errand(ports, caller, 'request', async () => {
    const names = ports.clusters.map(({ name }) => name);
    const request = parseRequest(unescapeMrkdwn(text), names);
    switch (request.kind) {
      case 'investigate':
        return openInvestigation(ports, caller, { ...request, redelivered });
      case 'status':
        return showStatus(ports, caller);
      case 'health':
        return showHealth(ports, caller, request.cluster);
      case 'schedule':
        return answerSchedule(ports, caller, request.wants, origin);
      case 'history':
      case 'audit':
        return lookBack(ports, caller, request);
      case 'help':
        return tell(ports.outbound, caller, helpReply());
      case 'unclear':
        return tell(ports.outbound, caller, helpReply(request));
      default:
        return request satisfies never;
    }
  });
}

async function showStatus(ports: ListenerPorts, caller: Caller): Promise<void> {
  const open = await ports.investigations.listOpen();
  const looked = await Promise.all(
    ports.clusters.map(async ({ name }) => ({ name, permission: await ports.gate.check(caller, name, 'view') })),
  );
  const visible = looked.filter(({ permission }) => permission.kind === 'allowed');
  const refused = looked.flatMap(({ permission }) => (permission.kind === 'refused' ? [permission.mrkdwn] : []));
  if (visible.length === 0 && refused[0] !== undefined) return tell(ports.outbound, caller, saying(refused[0]));
  const statuses = await Promise.all(
    visible.map(async ({ name }) => ({
      name,
      outage: (await ports.outageOf?.(name)) ?? null,
      open: open.filter(({ cluster }) => cluster === name),
      ...aroundOf(name, ports.vantages),
    })),
  );
  await tell(ports.outbound, caller, statusReply(statuses));
}

function errand(ports: ListenerPorts, caller: Caller, what: string, run: () => Promise<void>): void {
  const about = { what, user: caller.user, channel: caller.channel };
  ports.errands.start(about, (content) => tell(ports.outbound, caller, content), run);
}

function isRedelivery(context: { retryNum?: number }): boolean {
  return (context.retryNum ?? 0) > 0;
}

/** Of what Slack sends, only what is used. */
const Id = z.object({ id: z.string() });
const Command = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  response_url: z.string(),
  trigger_id: z.string(),
  text: z.string().default(''),
});
const Mention = z.object({
  user: z.string().optional(),
  channel: z.string(),
  text: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
});
const Shortcut = z.object({
  user: Id,
  channel: Id,
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }),
  response_url: z.string().optional(),
});
const Choice = z.object({
  user: Id,
  channel: Id,
  response_url: z.string().optional(),
  actions: z.array(z.object({ selected_option: z.object({ value: z.string() }) })).min(1),
});
