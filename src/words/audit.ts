import { z } from 'zod';

/** How somebody asked. */
export const AuditVia = z.enum(['command', 'mention', 'shortcut', 'press', 'submission', 'terminal']);
export type AuditVia = z.infer<typeof AuditVia>;

/** `refused`: the permission is missing. `failed`: it was allowed, and something broke. */
export const AuditOutcome = z.enum(['allowed', 'refused', 'failed']);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** Who asked for what, and whether they were let. No secret, and nothing that somebody wrote beyond a command's words. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number;
  /** Slack user id, or a login name at a terminal. */
  readonly actor: string;
  readonly via: AuditVia;
  /** Slack channel id; null at a terminal. */
  readonly channel: string | null;
  /** `investigate`, `conclude`, `keys revoke` */
  readonly action: string;
  /** null: none in particular. */
  readonly cluster: string | null;
  /** What it was about: an investigation and its step, what stood behind the command; null: nothing more. */
  readonly target: string | null;
  readonly outcome: AuditOutcome;
}

interface AuditQuery {
  /** Of these; null: of all, and of none in particular. */
  readonly clusters: readonly string[] | null;
  readonly actor: string | null;
  /** Epoch ms; null: from the beginning. */
  readonly sinceAt: number | null;
  /** Only what stands before this number; null: from the newest. */
  readonly before: number | null;
  readonly most: number;
}

/** What was asked for, by whom: only ever added to, and forgotten after a while. */
export interface AuditLog {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first; `n` tells them apart and grows. */
  find(query: AuditQuery): Promise<readonly (AuditEntry & { readonly n: number })[]>;
  /** Forgets what is older. Epoch ms. */
  prune(beforeAt: number): Promise<void>;
}
