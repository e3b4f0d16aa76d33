import type { Log } from '../ops/log.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { WatchOrder } from '../words/stream.ts';
import type { Role } from '../words/vantage.ts';
import type { Call } from './client-dial.ts';
import type { Runs } from './client-runs.ts';
import type { StreamWire } from './client-stream.ts';
import { type LinkKey, signClaim } from './keys.ts';
import {
  Beat,
  type BeatAnswer,
  Challenge,
  CheckCommand,
  type Claim,
  Fenced,
  KnowledgeAnswer,
  PROTOCOL,
  Refusal,
  type Resume,
  STREAM_SINCE,
  StreamAnswer,
  type StreamMessage,
  Watch,
  type WatchAnswer,
  Welcome,
} from './protocol.ts';

/** Who the agent is. */
export interface Self {
  readonly cluster: string;
  readonly role: Role;
  /** Name of the node or pod. */
  readonly instance: string;
  /** Of the agent program. */
  readonly version: string;
  readonly checks: readonly string[];
  /** Source addresses its packets leave by, besides the one the link itself uses. */
  leavesBy(): readonly string[];
}

/** Let in by the bot. */
export interface Admitted {
  readonly epoch: number;
  /** `lost`: no word came back; sending it again on the next connection is right. */
  tell(knowledge: ClusterKnowledge): Promise<KnowledgeAnswer | { readonly kind: 'lost' }>;
  /** null: the bot is older and takes no records. */
  readonly wire: StreamWire | null;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
}

/** How a connection ended. */
export type Ending =
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'fenced'; readonly message: string };

export interface Conversation {
  readonly call: Call;
  readonly self: Self;
  readonly key: LinkKey;
  readonly runs: Runs;
  readonly admitWithinMs: number;
  onAdmitted(admitted: Admitted): void;
  onOrder(order: WatchOrder): void;
  readonly clock: () => number;
  readonly log: Log;
}

/** One connection from the first challenge to its end. Never rejects; ends when `signal` aborts. */
export function converse(conversation: Conversation, signal: AbortSignal): Promise<Ending> {
  const { call, self, key, runs, admitWithinMs, onAdmitted, onOrder, clock, log } = conversation;
  const { socket } = call;

  return new Promise((resolve) => {
    let epoch: number | null = null;
    /** This clock minus the bot's, as of the newest word from the bot. */
    let aheadMs = 0;
    const over = new AbortController();
    const tooLong = setTimeout(
      () => end({ kind: 'lost', message: `The bot did not let this agent in within ${admitWithinMs} ms.` }),
      admitWithinMs,
    );
    const stop = (): void => end({ kind: 'lost', message: 'The agent stops.' });
    signal.addEventListener('abort', stop, { once: true });

    socket.once('challenge', (message) => {
      const challenge = Challenge.safeParse(message);
      if (!challenge.success) {
        end({ kind: 'lost', message: 'What answers at this address is not a bot: its challenge is not understood.' });
        return;
      }
      const agentAt = clock();
      aheadMs = agentAt - challenge.data.botAt;
      const { cluster, role, instance, version } = self;
      const claim: Claim = {
        keyId: key.id,
        cluster,
        role,
        instance,
        nonce: challenge.data.nonce,
        agentAt,
        protocol: PROTOCOL,
      };
      const signature = signClaim(key, claim);
      socket.emit('prove', { ...claim, signature, version, checks: [...self.checks], leavesBy: leavesBy() });
    });
    socket.once('welcome', (message) => {
      const welcome = Welcome.safeParse(message);
      if (!welcome.success) {
        end({ kind: 'lost', message: "The bot's welcome is not understood." });
        return;
      }
      clearTimeout(tooLong);
      epoch = welcome.data.epoch;
      const wire = welcome.data.protocol < STREAM_SINCE ? null : { resume, send };
      onAdmitted({ epoch, tell, wire, signal: over.signal });
    });
    socket.once('refusal', (message) => {
      const fallback = { kind: 'malformed', message: 'The bot refused, in words that are not understood.' };
      end({ kind: 'refused', refusal: Refusal.safeParse(message).data ?? fallback });
    });
    socket.once('fenced', (message) => {
      end({ kind: 'fenced', message: Fenced.safeParse(message).data?.message ?? 'Another session took over.' });
    });
    socket.on('beat', (message, answer) => {
      const beat = Beat.safeParse(message);
      if (!beat.success || typeof answer !== 'function') return;
      const agentAt = clock();
      aheadMs = agentAt - beat.data.botAt;
      answer({ agentAt, leavesBy: leavesBy() } satisfies BeatAnswer);
    });
    socket.on('check', (message, answer) => {
      if (typeof answer === 'function') void obey(message).then(answer);
    });
    socket.on('watch', (message, answer) => {
      const order = Watch.safeParse(message);
      if (order.success) onOrder(order.data);
      else log.warn({ message: order.error.message }, 'What the bot wants to be watched is not understood');
      const understood: WatchAnswer = order.success ? { kind: 'kept' } : refused('This order is not understood.');
      if (typeof answer === 'function') answer(understood);
    });
    socket.once('disconnect', (reason) => end({ kind: 'lost', message: `The connection ended: ${reason}.` }));
    socket.once('connect_error', (error) => end({ kind: 'lost', message: whyNot(error) }));

    async function obey(message: unknown): Promise<unknown> {
      const command = CheckCommand.safeParse(message);
      if (!command.success) return refused('This is not a command that this agent understands.');
      const { id, check, params, deadlineAt } = command.data;
      if (command.data.epoch !== epoch) {
        log.warn({ id, check, epoch, of: command.data.epoch }, 'A command of another session was refused');
        return refused(`This is a command of session ${command.data.epoch}, not of ${epoch ?? 'any'}.`);
      }
      return await runs.take({ id, check, params, deadlineAt: deadlineAt + aheadMs });
    }

    async function tell(knowledge: ClusterKnowledge): Promise<KnowledgeAnswer | { kind: 'lost' }> {
      try {
        const reply = await socket.timeout(TELL_WITHIN_MS).emitWithAck('knowledge', knowledge);
        return KnowledgeAnswer.safeParse(reply).data ?? refused("The bot's reply is not understood.");
      } catch {
        // Either the connection ended, or the bot is too busy: both times the next connection tells it again.
        return { kind: 'lost' };
      }
    }

    function resume(stream: string): Promise<StreamAnswer | null> {
      return answered(socket.timeout(TAKE_WITHIN_MS).emitWithAck('resume', { stream } satisfies Resume));
    }

    function send(batch: StreamMessage): Promise<StreamAnswer | null> {
      return answered(socket.timeout(TAKE_WITHIN_MS).emitWithAck('stream', batch));
    }

    function leavesBy(): string[] {
      const link = call.localAddress();
      return [...new Set([...(link === null ? [] : [link]), ...self.leavesBy()])];
    }

    function end(ending: Ending): void {
      clearTimeout(tooLong);
      over.abort();
      signal.removeEventListener('abort', stop);
      socket.removeAllListeners();
      call.hangUp();
      resolve(ending);
    }

    if (signal.aborted) stop();
  });
}

const TELL_WITHIN_MS = 10_000;
/** Longer, since it is answered only when the bot's disk has it. */
const TAKE_WITHIN_MS = 30_000;

async function answered(reply: Promise<unknown>): Promise<StreamAnswer | null> {
  try {
    return StreamAnswer.safeParse(await reply).data ?? refused("The bot's reply is not understood.");
  } catch {
    // The connection ended or the bot is too busy: it may have it or not, and is asked before more is sent.
    return null;
  }
}

function refused(message: string): { kind: 'refused'; message: string } {
  return { kind: 'refused', message };
}

/** Socket.IO says "websocket error"; what happened is in what the websocket said. */
function whyNot(error: Error): string {
  const inner: unknown = 'description' in error ? error.description : null;
  if (typeof inner === 'object' && inner !== null && 'message' in inner && typeof inner.message === 'string') {
    if (inner.message !== '') return inner.message;
    // Several addresses were tried: Node gives no message, only the code.
    if ('error' in inner && inner.error instanceof Error && 'code' in inner.error) return String(inner.error.code);
  }
  return error.message;
}
