import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { AuditEntry, AuditLog } from '../words/audit.ts';
import { unescapeMrkdwn } from './escape.ts';
import { verbs, withoutMentions } from './request.ts';

/**
 * Writes down who asked for what, and whether they were let: one entry for each request, once all of it is done. Set up
 * in one place, before the listeners, so that none can forget it; whoever checks a permission or sees something break
 * says so here, wherever that is in the course of the request.
 */
export interface Trail {
  /** @param body what Slack sent */
  follow(body: unknown, work: () => Promise<void>): Promise<void>;
  /** What is done once the request is acknowledged is still a part of it. */
  later(work: () => Promise<void>): () => Promise<void>;
  permitted(cluster: string, allowed: boolean): void;
  broke(): void;
}

interface Course {
  readonly clusters: Set<string>;
  readonly permits: boolean[];
  hasBroken: boolean;
  /** Parts that are not through yet. */
  parts: number;
  done(): Promise<void>;
}

/** `audit` undefined: nothing is written. */
export function createTrail(audit: Pick<AuditLog, 'add'> | undefined, clock: Clock, log: Log): Trail {
  const courses = new AsyncLocalStorage<Course>();

  async function write(asked: Asked, at: number, { clusters, permits, hasBroken }: Course): Promise<void> {
    const [cluster = null, ...others] = clusters;
    const isRefused = permits.length > 0 && !permits.includes(true);
    const entry: AuditEntry = {
      ...asked,
      at,
      cluster: others.length > 0 ? null : cluster,
      outcome: hasBroken ? 'failed' : isRefused ? 'refused' : 'allowed',
    };
    try {
      await audit?.add(entry);
    } catch (error) {
      log.error({ error, ...entry }, 'what somebody asked for could not be written down');
    }
  }

  /** The entry is written when the last part is through. */
  async function part(course: Course, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      course.hasBroken = true;
      throw error;
    } finally {
      course.parts -= 1;
      if (course.parts === 0) await course.done();
    }
  }

  return {
    async follow(body, work) {
      const asked = askedIn(body);
      if (asked === null) return work();
      const at = clock.now();
      const course: Course = {
        clusters: new Set(),
        permits: [],
        hasBroken: false,
        parts: 1,
        done: () => write(asked, at, course),
      };
      await courses.run(course, () => part(course, work));
    },
    later(work) {
      const course = courses.getStore();
      if (course === undefined) return work;
      course.parts += 1;
      return () => courses.run(course, () => part(course, work));
    },
    permitted(cluster, allowed) {
      const course = courses.getStore();
      course?.clusters.add(cluster);
      course?.permits.push(allowed);
    },
    broke() {
      const course = courses.getStore();
      if (course !== undefined) course.hasBroken = true;
    },
  };
}

type Asked = Pick<AuditEntry, 'actor' | 'via' | 'channel' | 'action' | 'target'>;

/** null: nobody asks for anything by it, as when somebody opens the app's Home. */
function askedIn(body: unknown): Asked | null {
  const read = Body.safeParse(body);
  if (!read.success) return null;
  const { data } = read;
  if ('command' in data) return { via: 'command', actor: data.user_id, channel: data.channel_id, ...worded(data.text) };
  switch (data.type) {
    case 'event_callback': {
      const { user, channel, text } = data.event;
      // What stands around a mention may be talk: only what reads like a command is written down.
      const said = worded(withoutMentions(text));
      return { via: 'mention', actor: user, channel, ...said };
    }
    case 'message_action':
      return { via: 'shortcut', actor: data.user.id, channel: data.channel.id, action: data.callback_id, target: null };
    case 'block_actions': {
      const [pressed] = data.actions;
      const target = pointedAt(pressed?.selected_option?.value ?? pressed?.value);
      const channel = data.channel?.id ?? null;
      return { via: 'press', actor: data.user.id, channel, action: pressed?.action_id ?? '', target };
    }
    case 'view_submission': {
      const { callback_id: action, private_metadata: metadata } = data.view;
      return { via: 'submission', actor: data.user.id, channel: null, action, target: pointedAt(metadata) };
    }
    default:
      return data satisfies never;
  }
}

const mostTarget = 200;

function worded(text: string): Pick<Asked, 'action' | 'target'> {
  const [verb = 'help', ...rest] = unescapeMrkdwn(text).trim().split(/\s+/).filter(Boolean);
  const action = verbs.find((one) => one === verb.toLowerCase());
  if (action === undefined) return { action: 'unclear', target: null };
  return { action, target: rest.join(' ').slice(0, mostTarget) || null };
}

/** An investigation, and what of it: only ids, as buttons and modals carry them. */
function pointedAt(value: string | undefined): string | null {
  return /^inv-[a-z0-9]{1,32}(?:\|[\w-]{1,40}){0,2}$/.exec(value ?? '')?.[0] ?? null;
}

const Id = z.object({ id: z.string() });
const Body = z.union([
  z.object({ command: z.string(), user_id: z.string(), channel_id: z.string(), text: z.string().default('') }),
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('event_callback'),
      event: z.object({ type: z.literal('app_mention'), user: z.string(), channel: z.string(), text: z.string() }),
    }),
    z.object({ type: z.literal('message_action'), user: Id, channel: Id, callback_id: z.string() }),
    z.object({
      type: z.literal('block_actions'),
      user: Id,
      channel: Id.optional(),
      actions: z.array(
        z.object({
          action_id: z.string(),
          value: z.string().optional(),
          selected_option: z.object({ value: z.string() }).nullish(),
        }),
      ),
    }),
    z.object({
      type: z.literal('view_submission'),
      user: Id,
      view: z.object({ callback_id: z.string(), private_metadata: z.string() }),
    }),
  ]),
]);
