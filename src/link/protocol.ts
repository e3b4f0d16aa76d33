import { z } from 'zod';
import { CheckId } from '../words/check.ts';
import { ClusterKnowledge } from '../words/endpoint.ts';
import { type StreamRecord, WatchOrder } from '../words/stream.ts';
import { Role } from '../words/vantage.ts';

/**
 * What the bot and an agent say to each other, over one websocket that the agent dials.
 *
 *     agent                               bot
 *       | <- challenge  {nonce}            |  on connect
 *       | -> prove      {signature, ...}   |  within 5 s, else closed
 *       | <- welcome    {epoch}            |  or refusal {kind, message}, then closed
 *       | <- check      {id, epoch, ...}   |  acknowledged with the answer
 *       | <- beat       {botAt}            |  acknowledged with {agentAt, leavesBy}
 *       | -> knowledge                     |  acknowledged with kept or refused
 *       | <- fenced     {message}          |  a newer session has the same instance; then closed
 *
 * Since version 2, by which agents tell what they see before they are asked:
 *
 *       | <- watch      {targets, ...}     |  acknowledged with kept or refused
 *       | -> resume     {stream}           |  acknowledged with taken {last}: what the bot has of this stream
 *       | -> stream     {firstSeq, ...}    |  acknowledged with taken {last} once it is durable, or why not
 *
 * Times are epoch milliseconds on the clock of the side that their name tells.
 */

/** Versions of the link that this program speaks. Raise `newest` with any change that the other side must know. */
export const PROTOCOL = { newest: 2, oldest: 1 } as const;
/** From this version on `watch`, `resume` and `stream` may be said. */
export const STREAM_SINCE = 2;

/** Where the link is served on the bot's HTTP server. */
export const LINK_PATH = '/link/';

/** The largest message either side takes, in bytes. A longer one closes the connection, so it is measured before sending. */
export const MESSAGE_BYTES = 1_000_000;
/** Left free for the envelope that Socket.IO puts around a message. */
export const PAYLOAD_BYTES = MESSAGE_BYTES - 1_000;

/** Largest difference between the two clocks: changes are judged by minutes, so a clock further off would mislead. */
export const CLOCK_SKEW_MS = 5 * 60_000;

const Name = z.string().min(1).max(253);
const Addresses = z.array(z.string().max(64)).max(64);
const Versions = z.object({ newest: z.number().int(), oldest: z.number().int() });

export const Challenge = z.object({ nonce: z.string().min(1).max(200), botAt: z.number(), protocol: Versions });
export type Challenge = z.infer<typeof Challenge>;

/** What the signature of a proof covers. */
export const Claim = z.object({
  keyId: z.string().min(1).max(128),
  cluster: Name,
  role: Role,
  /** Name of the node or pod. */
  instance: Name,
  nonce: z.string().min(1).max(200),
  agentAt: z.number(),
  protocol: Versions,
});
export type Claim = z.infer<typeof Claim>;

export const Proof = Claim.extend({
  signature: z.string().max(200),
  /** Of the agent program. */
  version: z.string().max(64),
  /** Checks it runs; those the bot does not know yet are left out, so that a newer agent may connect. */
  checks: z
    .array(z.string().max(64))
    .max(64)
    .transform((names) => names.flatMap((name) => CheckId.safeParse(name).data ?? [])),
  leavesBy: Addresses,
});
export type Proof = z.infer<typeof Proof>;
/** As it is sent. */
export type ProofMessage = z.input<typeof Proof>;

export const RefusalKind = z.enum([
  'agentTooOld',
  'botTooOld',
  'malformed',
  'tooSlow',
  'wrongNonce',
  'unknownKey',
  'badSignature',
  'revokedKey',
  'wrongCluster',
  'wrongRole',
  'unknownCluster',
  'clockSkew',
  /** The bot itself could not tell; asking again soon is right. */
  'botTrouble',
]);
export type RefusalKind = z.infer<typeof RefusalKind>;

/** `message` is one sentence for a person: what is wrong and what to do. */
export const Refusal = z.object({ kind: RefusalKind.or(z.string().max(64)), message: z.string().max(2_000) });
export type Refusal = z.infer<typeof Refusal>;

/** `epoch`: greater than that of any session of this instance before. */
export const Welcome = z.object({ epoch: z.number().int(), protocol: z.number().int() });
export type Welcome = z.infer<typeof Welcome>;

export const CheckCommand = z.object({
  /** The same id is the same run: delivered twice, it runs once. */
  id: z.string().min(1).max(200),
  /** Not `CheckId`: an older agent answers a check it does not know with `refused`. */
  check: z.string().max(64),
  params: z.unknown(),
  /** On the bot's clock. */
  deadlineAt: z.number(),
  epoch: z.number().int(),
});
export type CheckCommand = z.infer<typeof CheckCommand>;

const Words = z.string().max(4_000);

export const Answer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answered'),
    /** Validated by the check's contract, not by the link. */
    facts: z.unknown(),
    /** On the agent's clock: the newest state that the facts rest on. */
    asOfAt: z.number(),
    /** On the agent's clock. */
    gatheredAt: z.number(),
    tookMs: z.number(),
  }),
  /** It ran and broke. */
  z.object({ kind: z.literal('failed'), message: Words }),
  /** It did not run. */
  z.object({ kind: z.literal('refused'), message: Words }),
  /** It was not done by the command's deadline. The bot notices by itself too: whoever is first, it is the same answer. */
  z.object({ kind: z.literal('timedOut'), afterMs: z.number().nonnegative() }),
]);
export type Answer = z.infer<typeof Answer>;

export const Beat = z.object({ botAt: z.number() });
export type Beat = z.infer<typeof Beat>;

export const BeatAnswer = z.object({ agentAt: z.number(), leavesBy: Addresses });
export type BeatAnswer = z.infer<typeof BeatAnswer>;

export const Knowledge = ClusterKnowledge;

const KeptAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kept') }),
  z.object({ kind: z.literal('refused'), message: Words }),
]);
export const KnowledgeAnswer = KeptAnswer;
export type KnowledgeAnswer = z.infer<typeof KnowledgeAnswer>;

export const Watch = WatchOrder;
export const WatchAnswer = KeptAnswer;
export type WatchAnswer = z.infer<typeof WatchAnswer>;

/** Chosen at random by the agent, for each stretch that it counts. */
const StreamId = z.string().min(1).max(100);

export const Resume = z.object({ stream: StreamId });
export type Resume = z.infer<typeof Resume>;

/** Records that a batch may hold: what is heard at once must not keep the bot from hearing the others. */
export const BATCH_RECORDS = 500;
/** What a batch is filled up to; a single record may be as large as a message. */
export const BATCH_BYTES = 250_000;

export const StreamBatch = z.object({
  stream: StreamId,
  /** The first record's number, from 1; each further one has the next. */
  firstSeq: z.number().int().min(1),
  /** Each is judged by itself, so that the answer names the one that is wrong. */
  records: z.array(z.unknown()).min(1).max(BATCH_RECORDS),
});
/** As it is sent. */
export interface StreamMessage {
  readonly stream: string;
  readonly firstSeq: number;
  readonly records: readonly StreamRecord[];
}

const Last = z.number().int().min(0);

export const StreamAnswer = z.discriminatedUnion('kind', [
  /** All up to `last` is durable at the bot. */
  z.object({ kind: z.literal('taken'), last: Last }),
  /** Nothing of the batch was taken, and nothing will be as long as this record is in it. */
  z.object({ kind: z.literal('spoilt'), seq: z.number().int(), message: Words }),
  /** The batch does not follow on what the bot has: go on after `last`. */
  z.object({ kind: z.literal('outOfStep'), last: Last, message: Words }),
  /** Not now; asking again later is right. */
  z.object({ kind: z.literal('refused'), message: Words }),
]);
export type StreamAnswer = z.infer<typeof StreamAnswer>;

export const Fenced = z.object({ message: z.string().max(2_000) });
export type Fenced = z.infer<typeof Fenced>;

/** Events that the bot sends. What comes back in an acknowledgement is unknown until a schema has seen it. */
export interface BotToAgent {
  challenge(challenge: Challenge): void;
  welcome(welcome: Welcome): void;
  refusal(refusal: Refusal): void;
  fenced(fenced: Fenced): void;
  check(command: CheckCommand, answer: (answer: unknown) => void): void;
  beat(beat: Beat, answer: (answer: unknown) => void): void;
  watch(order: WatchOrder, answer: (answer: unknown) => void): void;
}

/** Events that an agent sends. */
export interface AgentToBot {
  prove(proof: ProofMessage): void;
  knowledge(knowledge: ClusterKnowledge, answer: (answer: unknown) => void): void;
  resume(resume: Resume, answer: (answer: unknown) => void): void;
  stream(batch: StreamMessage, answer: (answer: unknown) => void): void;
}

/** The version both sides speak, or which of them is too old for the other. */
export function agree(
  bot: z.infer<typeof Versions>,
  agent: z.infer<typeof Versions>,
): number | 'agentTooOld' | 'botTooOld' {
  if (agent.newest < bot.oldest) return 'agentTooOld';
  if (bot.newest < agent.oldest) return 'botTooOld';
  return Math.min(bot.newest, agent.newest);
}
