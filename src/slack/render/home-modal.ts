import { channelSelect, input, longSelect } from './blocks.ts';
import { type Modal, modal } from './modal.ts';
import { viewIds } from './refs.ts';

/** Blocks and their elements share one name. */
export const homeFields = { cluster: 'cluster', channel: 'channel' } as const;

export const homeModalTitle = 'Investigate';

/** Which cluster, and in which channel. `chosen`: the cluster of the button; null: none. */
export function homeOpenModal(
  clusters: readonly { readonly name: string; readonly channels: readonly string[] }[],
  chosen: string | null,
): Modal {
  const choices = clusters.map(({ name }) => ({ plainText: name, value: name }));
  const initial = chosen ?? (clusters.length === 1 ? clusters[0]?.name : undefined);
  const channel = clusters.find(({ name }) => name === initial)?.channels[0] ?? null;
  return modal({
    id: viewIds.homeOpen,
    title: homeModalTitle,
    submit: 'Open',
    blocks: [
      input(homeFields.cluster, 'Cluster', longSelect(homeFields.cluster, 'Choose a cluster', choices, initial)),
      input(homeFields.channel, 'Channel', channelSelect(homeFields.channel, 'Choose a channel', channel), {
        plainHint: 'Its card is posted there. One that is open for the same outage is joined.',
      }),
    ],
  });
}
