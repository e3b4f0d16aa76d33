import type { Host } from '../../../packet/filter/host.ts';
import type { GrowingKnowledge } from '../../knowledge.ts';
import type { StandingOrder } from '../../order.ts';
import { type ApiPlace, addressesHere } from './passages.ts';

/** Where the API server is reached on this node: by the bot's order, else by its manifest; null: neither is known. */
export function apiPlace(
  order: StandingOrder,
  learned: Pick<GrowingKnowledge, 'knowledge'>,
  host: Host,
): ApiPlace | null {
  const told = order.current();
  if (told !== null)
    return { port: told.apiPort, addresses: addressesHere(told.apiAddresses, host), clients: told.clients };
  const manifest = learned.knowledge().endpoints.find(({ origin }) => origin === 'manifest');
  return manifest === undefined
    ? null
    : { port: manifest.port, addresses: addressesHere([manifest.host], host), clients: [] };
}
