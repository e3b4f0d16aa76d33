import { z } from 'zod';

/** A moment that is known only to lie between two. Epoch ms on the bot's clock. */
export const Moment = z.object({ earliestAt: z.number(), latestAt: z.number() });
export type Moment = z.infer<typeof Moment>;

export const SeenServer = z.object({
  /** In HAProxy's word: `UP`, `DOWN 1/2`, `MAINT (via other/server)`, `DRAIN`, `no check`. */
  status: z.string(),
  /** What its health check found last, such as `L4CON`; null: it has none. */
  check: z.string().nullable(),
  /** The same in words, such as `Connection refused`; may be empty. */
  checkWords: z.string(),
  /** How often its health check took it down; null: not told. */
  timesDown: z.number().nullable(),
  /** When its state changed last; null: not told. */
  since: Moment.nullable(),
  /** null: not told at this level of access, or no address. */
  address: z.string().nullable(),
  port: z.number().nullable(),
});
export type SeenServer = z.infer<typeof SeenServer>;

/** What goes by one name: a frontend, a backend, or both (`listen`). */
export const SeenProxy = z.object({
  /** `OPEN`, `FULL`, `PAUSED`, `STOP`; null: it is no frontend. */
  frontend: z.string().nullable(),
  /** `address:port` that it takes connections on; empty: not told. */
  listeners: z.array(z.string()),
  isBackend: z.boolean(),
  servers: z.record(z.string(), SeenServer),
});
export type SeenProxy = z.infer<typeof SeenProxy>;

export const SeenProcess = z.object({
  pid: z.number().nullable(),
  /** As it says by its own clock, which is not compared with ours; null: it is too old to say. */
  startSeconds: z.number().nullable(),
  uptimeSeconds: z.number(),
  started: Moment,
});
export type SeenProcess = z.infer<typeof SeenProcess>;

/** One look at a HAProxy. */
export const Sight = z.object({
  /** When the look began. Epoch ms. */
  readAt: z.number(),
  /** The process that answered; null: not told. */
  process: SeenProcess.nullable(),
  /** When whatever has stood longest came to be as it is: no process is younger. null: not told. */
  oldest: Moment.nullable(),
  /** Connections that its frontends took since it was started. */
  taken: z.number(),
  proxies: z.record(z.string(), SeenProxy),
  /** Of its configuration file; null: not read. */
  config: z.object({ hash: z.string(), writtenAt: z.number() }).nullable(),
});
export type Sight = z.infer<typeof Sight>;

/** Does it take new connections? */
export function takes({ status }: SeenServer): boolean {
  return stateOf(status) === 'up';
}

/** Does a frontend of this status take connections? */
export function isOpen(status: string | null): boolean {
  return status === 'OPEN' || status === 'FULL';
}

export type ServerState = 'up' | 'down' | 'maint' | 'drain';

/** `NOLB`: its health check wants it to finish what it has and take nothing new. Source: HAProxy's management guide, 9.1. */
export function stateOf(status: string): ServerState {
  if (status.startsWith('MAINT')) return 'maint';
  if (status.startsWith('DRAIN')) return 'drain';
  return /^(DOWN|NOLB)/.test(status) ? 'down' : 'up';
}
