import type { Channel } from '../conversations.ts';
import type { World } from '../world.ts';
import { missingScope, type Refusal, refuse } from './method.ts';

type Found =
  | { readonly kind: 'found'; readonly channel: Channel }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** A conversation that the app may know of: private ones that it isn't in don't exist for it. */
export function visibleChannel(id: string, world: World): Found {
  const channel = world.conversations.channel(id);
  const isHidden = channel?.kind === 'private' && !channel.members.has(world.app.userId);
  return channel && !isHidden ? { kind: 'found', channel } : refused(refuse('channel_not_found'));
}

/** One that the app was invited to. */
export function joinedChannel(id: string, world: World): Found {
  const found = visibleChannel(id, world);
  if (found.kind === 'refused' || found.channel.members.has(world.app.userId)) return found;
  return refused(refuse('not_in_channel'));
}

/** Where the app may post: where it was invited, in public channels with chat:write.public, and to a person. */
export function postableChannel(id: string, world: World): Found {
  const person = world.people.find(id);
  const found = person ? foundDirect(id, world) : visibleChannel(id, world);
  if (found.kind === 'refused') return found;
  const { channel } = found;
  if (channel.isArchived) return refused(refuse('is_archived'));
  if (channel.members.has(world.app.userId)) return found;
  return world.app.scopes.has('chat:write.public') ? found : refused(refuse('not_in_channel'));
}

function foundDirect(userId: string, world: World): Found {
  return { kind: 'found', channel: world.conversations.openDirect(userId) };
}

/** `channels:history` or `groups:history`, by what kind of channel it is. */
export function channelScope(channel: Channel, right: 'read' | 'history', world: World): Refusal | null {
  const family = { public: 'channels', private: 'groups', im: 'im' }[channel.kind];
  return missingScope(world, `${family}:${right}`);
}

function refused(refusal: Refusal): Found {
  return { kind: 'refused', refusal };
}
