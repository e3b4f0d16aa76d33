import { z } from 'zod';
import { Role } from '../words/vantage.ts';

/** An agent as it is connected. Times are epoch ms on the bot's clock. */
const ConnectedAgent = z.object({
  cluster: z.string(),
  role: Role,
  instance: z.string(),
  version: z.string(),
  keyId: z.string(),
  connectedAt: z.number(),
  lastSeenAt: z.number(),
  /** The agent's clock minus the bot's, as the link measured it; the true one is at most the tolerance away. */
  clockOffsetMs: z.number(),
  clockToleranceMs: z.number(),
  peerAddress: z.string(),
});

/** What the running bot tells of itself on its socket, for `apidown agents` and `apidown doctor`. */
export const BotState = z.object({
  version: z.string(),
  /** The state of the connection to Slack, in a word. */
  slack: z.string(),
  /** Where it stands otherwise; null when it is fine. */
  slackTrouble: z.string().nullable(),
  agents: z.array(ConnectedAgent),
  /** Places that connections took from one another of late: two agents of one name. */
  contested: z.array(z.object({ cluster: z.string(), role: Role, instance: z.string(), times: z.number() })),
});
export type BotState = z.infer<typeof BotState>;
