import type { Investigation } from '../investigation/state.ts';
import type { MessageRecords } from '../store/store.ts';
import { cardKey } from './render/desired.ts';

/** The address of an investigation's card; null while it stands nowhere, or the workspace's own is not known. */
export type InvestigationLink = (investigation: Pick<Investigation, 'id'>) => Promise<string | null>;

export function investigationLink(
  records: Pick<MessageRecords, 'find'>,
  permalink: (channel: string, ts: string) => string | null,
): InvestigationLink {
  return async ({ id }) => {
    const card = await records.find(cardKey(id));
    return card === null || card.ts === null ? null : permalink(card.channel, card.ts);
  };
}
