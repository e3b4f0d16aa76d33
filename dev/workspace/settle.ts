import { z } from 'zod';
import { respond } from './api/respond.ts';
import { acceptedView } from './api/views.ts';
import type { View } from './modals.ts';
import type { Delivery } from './socket.ts';
import type { World } from './world.ts';

/** What comes of an acknowledgement that carries something. */

/** A command may be answered right with its acknowledgement. */
export function settleCommand(
  delivery: Delivery,
  { channel_id: channelId, user_id: userId }: { readonly channel_id: string; readonly user_id: string },
  world: World,
): Delivery {
  if (delivery.kind !== 'acked' || delivery.payload === null) return delivery;
  const answer = respond({ channelId, userId, threadTs: null, messageTs: null }, delivery.payload, world);
  if (!answer.ok) world.book.violation('badAck', `A command was acknowledged with what Slack refuses: ${answer.error}`);
  return delivery;
}

const ResponseAction = z.discriminatedUnion('response_action', [
  z.strictObject({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string().min(1)) }),
  z.strictObject({ response_action: z.literal('update'), view: z.unknown() }),
  z.strictObject({ response_action: z.literal('push'), view: z.unknown() }),
  z.strictObject({ response_action: z.literal('clear') }),
]);

/** A submission closes its view, unless the app says otherwise. */
export function settleSubmission(delivery: Delivery, submitted: View, world: World): Delivery {
  if (delivery.kind !== 'acked') return delivery;
  // The app may have updated it while it was being submitted.
  const view = world.modals.find(submitted.id);
  if (!view) return delivery;
  if (delivery.payload === null) {
    world.modals.close(view);
    return delivery;
  }
  const problem = act(delivery.payload, view, world);
  if (problem) world.book.violation('badAck', `A submission was acknowledged with what Slack refuses: ${problem}`);
  return delivery;
}

function act(payload: unknown, view: View, world: World): string | null {
  const parsed = ResponseAction.safeParse(payload);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const action = parsed.data;
  switch (action.response_action) {
    case 'errors': {
      const inputs = view.content.blocks.filter((block) => block.type === 'input').map((block) => block.block_id);
      const stray = Object.keys(action.errors).filter((blockId) => !inputs.includes(blockId));
      if (stray.length > 0) return `errors for ${stray.join(', ')}, which are no input blocks of this view`;
      world.modals.note(view, { errors: action.errors });
      return null;
    }
    case 'clear':
      world.modals.clear(view.userId);
      return null;
    case 'update':
    case 'push': {
      const content = acceptedView(action.view, 'modal', view, world);
      if ('ok' in content) return `${content.error} ${JSON.stringify(content.errors ?? '')}`;
      if (action.response_action === 'update') world.modals.update(view, content);
      else world.modals.push(view.userId, content);
      return null;
    }
  }
}
