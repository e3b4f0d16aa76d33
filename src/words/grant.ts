import { z } from 'zod';

/**
 * `view`: see cards, status, health and history. `schedule`: say when health is posted. `investigate`: open, walk, record,
 * conclude. `audit`: see who asked for what.
 */
export const Permission = z.enum(['view', 'schedule', 'investigate', 'audit']);
export type Permission = z.infer<typeof Permission>;

/** Who may do what. Within one grant every list that is given must match; without any grant everybody may do everything. */
export const Grant = z.strictObject({
  may: z.array(Permission).min(1),
  /** Cluster names; omitted: every cluster. */
  clusters: z.array(z.string()).min(1).optional(),
  /** Slack user ids. A person matches when named in `users` or a member of one of `groups`; omitted both: everybody. */
  users: z.array(z.string().regex(/^[UW][A-Z0-9]+$/)).optional(),
  /** Slack user group ids. */
  groups: z.array(z.string().regex(/^S[A-Z0-9]+$/)).optional(),
  /** Slack channel ids in which the grant holds; omitted: every channel. */
  channels: z.array(z.string().regex(/^[CG][A-Z0-9]+$/)).optional(),
});
export type Grant = z.infer<typeof Grant>;
