import type { OutageView } from '../outages/desk.ts';
import type { MessageRecords } from '../store/store.ts';
import type { Outbound, SendOutcome } from './outbound.ts';
import { cardKey } from './render/desired.ts';
import { outageKey, outageMessages } from './render/outage-card.ts';

/** Makes Slack show an outage as it is: its card and the replies below it. Resolves with what became of the card. */
export function outageBoard(
  outbound: Pick<Outbound, 'upsert'>,
  records: Pick<MessageRecords, 'find'>,
  permalink: (channel: string, ts: string) => string | null,
): (view: OutageView) => Promise<SendOutcome> {
  async function linkTo({ investigation }: OutageView): Promise<string | null> {
    const card = investigation === null ? null : await records.find(cardKey(investigation.id));
    return card === null || card.ts === null ? null : permalink(card.channel, card.ts);
  }

  return async (view) => {
    const { incident, channel } = view.card;
    const messages = outageMessages(view, { investigation: await linkTo(view) });
    const [card] = await Promise.all(
      messages.map(({ key, thread, ...content }) =>
        outbound.upsert(key, { channel, thread: thread === 'root' ? null : { under: outageKey(incident) } }, content),
      ),
    );
    return card ?? { kind: 'failed', message: 'there was nothing to show' };
  };
}
