import type { Receiver } from '@slack/bolt';

/** Where Slack's requests come in, and with what it is kept. */
export type SlackTokens =
  /** A connection that the bot opens. `bot`: xoxb-…, `app`: xapp-… with `connections:write`. */
  | { readonly bot: string; readonly app: string }
  /** An address that Slack calls, with a signature by the secret. */
  | { readonly bot: string; readonly signingSecret: string; readonly listen: { host: string; port: number } };

/** Below the URL that Slack is told: one path for commands, presses and events alike. */
export const EVENTS_PATH = '/slack/events';

/** Of how Slack's requests come in, what is needed to keep it open; it never opens itself again. */
export interface Inlet {
  readonly receiver: Receiver;
  /** Resolves when requests come in, or rejects with why they don't. */
  start(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  /** Called whenever nothing comes in any more. */
  onClosed(listener: () => void): void;
  /** Where it listens; null where it dials, or doesn't listen. */
  port(): number | null;
}
