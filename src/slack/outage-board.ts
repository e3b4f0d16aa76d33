import type { OutageView } from '../outages/desk.ts';
import type { CardUrl } from './card-url.ts';
import type { Outbound, SendOutcome } from './outbound.ts';
import { outageKey, outageMessages } from './render/outage-card.ts';

/** Makes Slack show an outage as it is: its card and the replies below it. Resolves with what became of the card. */
export function outageBoard(
  outbound: Pick<Outbound, 'upsert'>,
  cardUrl: CardUrl,
): (view: OutageView) => Promise<SendOutcome> {
  return async (view) => {
    const { incident, channel } = view.card;
    const link = view.investigation === null ? null : await cardUrl(view.investigation.id);
    const [card] = await Promise.all(
      outageMessages(view, { investigation: link }).map(({ key, thread, ...content }) =>
        outbound.upsert(key, { channel, thread: thread === 'root' ? null : { under: outageKey(incident) } }, content),
      ),
    );
    return card ?? { kind: 'failed', message: 'there was nothing to show' };
  };
}
