import type { Block } from './blocks/blocks.ts';

/** Where the time comes from: epoch milliseconds. A test hands in its own to let triggers and URLs run out. */
export interface Clock {
  nowAt(): number;
}

export interface UserOption {
  /** `U…` */
  readonly id: string;
  /** The handle, as in `@name`. */
  readonly name: string;
  readonly realName?: string;
  /** IANA name, `Europe/Berlin`; UTC when left out. */
  readonly tz?: string;
}

export interface ChannelOption {
  /** `C…` */
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly isArchived?: boolean;
  /** User ids; everyone when left out. */
  readonly members?: readonly string[];
  /** Whether the app was invited; it was, when left out. */
  readonly hasApp?: boolean;
}

export interface UserGroupOption {
  /** `S…` */
  readonly id: string;
  /** As in `@handle`. */
  readonly handle: string;
  readonly name?: string;
  readonly users: readonly string[];
}

export interface RateLimits {
  /** Calls a minute by method, instead of its tier's. */
  readonly perMinute?: Readonly<Record<string, number>>;
  /** chat.postMessage in one channel. */
  readonly posting?: { readonly perSecond: number; readonly burst: number };
}

export interface WorkspaceOptions {
  /** The app manifest: its YAML text, or what that parses to. */
  readonly manifest: unknown;
  /** Which of the manifest's `bot_optional` scopes the person who installed the app agreed to; none when left out. */
  readonly grantedOptionalScopes?: readonly string[];
  readonly users: readonly UserOption[];
  readonly channels: readonly ChannelOption[];
  readonly userGroups?: readonly UserGroupOption[];
  /** `none` lets everything through. Slack's own when left out. */
  readonly rateLimits?: RateLimits | 'none';
  readonly clock?: Clock;
  /** How long an envelope may wait for its acknowledgement; Slack's 3 s when left out. */
  readonly ackDeadlineMs?: number;
  /** How long a trigger is good for; Slack's 3 s when left out. */
  readonly triggerLifeMs?: number;
  /** When an envelope that nobody acknowledged is sent again, and how often. */
  readonly redelivery?: { readonly afterMs: number; readonly attempts: number };
  /** Block types that this workspace refuses, as an older or slower rolled out Slack does. */
  readonly refusedBlocks?: readonly Block['type'][];
}
