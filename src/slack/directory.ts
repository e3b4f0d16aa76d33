import { z } from 'zod';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { remember } from './remember.ts';
import { type WebCall, whyFailed } from './web-call.ts';

/** What is looked up of people, groups and channels. All throw when Slack does not tell. */

export function groupMembers(call: WebCall): (group: string) => Promise<readonly string[]> {
  return async (group) => GroupMembers.parse(await told(call, 'usergroups.users.list', { usergroup: group })).users;
}

export function channelMembers(call: WebCall): (channel: string) => Promise<readonly string[]> {
  return (channel) => paged(call, 'conversations.members', { channel }, (data) => ChannelMembers.parse(data).members);
}

export function zoneOf(call: WebCall): (user: string) => Promise<string> {
  return async (user) => User.parse(await told(call, 'users.info', { user })).user.tz;
}

/** The name that a person goes by. */
export function nameOf(call: WebCall): (user: string) => Promise<string> {
  return async (user) => {
    const { real_name: realName, name } = Named.parse(await told(call, 'users.info', { user })).user;
    return realName || name;
  };
}

/** Channels that the app is in, asked for at most once a minute; null when that can't be had. Never rejects. */
export function joinedChannels(call: WebCall, clock: Clock, log: Log): () => Promise<readonly string[] | null> {
  async function look(types: string): Promise<readonly string[] | null> {
    try {
      return await paged(call, 'users.conversations', { types, exclude_archived: true }, (data) =>
        Joined.parse(data).channels.map(({ id }) => id),
      );
    } catch (error) {
      log.warn({ error }, 'the channels of the app could not be looked up');
      return null;
    }
  }
  // That it can't be had is remembered as well.
  const joined = remember(look, keptMs, clock);
  return () => joined('public_channel,private_channel');
}

const keptMs = 60_000;
const pageSize = 200;
/** Beyond it nobody is looked for: a grant for so many is one for everybody. */
const mostPages = 20;

async function paged(
  call: WebCall,
  method: string,
  args: Record<string, unknown>,
  read: (data: unknown) => readonly string[],
): Promise<readonly string[]> {
  const all: string[] = [];
  let cursor = '';
  for (let page = 0; page < mostPages; page++) {
    const data = await told(call, method, { ...args, limit: pageSize, ...(cursor === '' ? {} : { cursor }) });
    all.push(...read(data));
    cursor = Paged.parse(data).response_metadata?.next_cursor ?? '';
    if (cursor === '') break;
  }
  return all;
}

async function told(call: WebCall, method: string, args: Record<string, unknown>): Promise<unknown> {
  const result = await call(method, args);
  if (result.kind !== 'ok') throw new Error(whyFailed(result));
  return result.data;
}

const User = z.object({ user: z.object({ tz: z.string().min(1) }) });
const Named = z.object({ user: z.object({ name: z.string().min(1), real_name: z.string().optional() }) });
const GroupMembers = z.object({ users: z.array(z.string()) });
const ChannelMembers = z.object({ members: z.array(z.string()) });
const Joined = z.object({ channels: z.array(z.object({ id: z.string() })) });
const Paged = z.object({ response_metadata: z.object({ next_cursor: z.string().optional() }).optional() });
