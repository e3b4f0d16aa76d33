import type { MessageRecords } from '../store/store.ts';
import { cardKey } from './render/desired.ts';

/** The address of an investigation's card; null while it stands nowhere, or the workspace's own is not known. */
export type CardUrl = (investigation: string) => Promise<string | null>;

export function cardUrlFrom(
  records: Pick<MessageRecords, 'find'>,
  permalink: (channel: string, ts: string) => string | null,
): CardUrl {
  return async (investigation) => {
    const card = await records.find(cardKey(investigation));
    return card === null || card.ts === null ? null : permalink(card.channel, card.ts);
  };
}
