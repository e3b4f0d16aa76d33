import { z } from 'zod';
import { FirewallDump } from '../../checks/host-firewall/port.ts';

/** Something that the kernel said about its rules: not what changed, only that, where and by whom. Epoch ms of its arrival. */
export const Notice = z.object({
  firstAt: z.number(),
  lastAt: z.number(),
  /** Name of the process; null when not told. */
  by: z.string().nullable(),
  /** `inet filter`; empty: not told which. */
  tables: z.array(z.string()),
});
export type Notice = z.infer<typeof Notice>;

/** What the firewall reader tells who follows it, one line of JSON each. Dumps carry no counters. Epoch ms on the node's clock. */
export const FirewallFrame = z.discriminatedUnion('kind', [
  /** The rules as they stood at some time within `[fromAt, readAt]`; the first frame, and whenever they differ from before. */
  z.object({
    kind: z.literal('rules'),
    dump: FirewallDump.options[0],
    fromAt: z.number(),
    readAt: z.number(),
    /** What the kernel said since the frame before; nothing where nobody listened, or it was not heard. */
    notices: z.array(Notice),
  }),
  /** Whatever was changed before this moment has been told. */
  z.object({ kind: z.literal('watched'), untilAt: z.number() }),
  /** The rules can't be read; until the next frame of another kind nothing is known. */
  z.object({ kind: z.literal('unread'), why: z.string() }),
]);
export type FirewallFrame = z.infer<typeof FirewallFrame>;

/** How long a notice may be under way on a busy node; measured at rest: less than 10 ms. */
export const NOTICE_MS = 250;
