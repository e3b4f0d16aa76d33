import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../ops/log.ts';
import type { CheckId } from '../words/check.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { WatchOrder } from '../words/stream.ts';
import { type Admitted, converse, type Ending, type Self } from './client-connection.ts';
import { checkTarget, dial, type Target } from './client-dial.ts';
import { PACE, type Pace, pauseMs } from './client-pace.ts';
import { makeRuns, type RunCommand } from './client-runs.ts';
import { type Outgoing, sendAll } from './client-stream.ts';
import type { LinkKey } from './keys.ts';
import { newestOnly } from './newest.ts';
import { type Answer, BATCH_BYTES, BATCH_RECORDS, PAYLOAD_BYTES, type Refusal } from './protocol.ts';

export interface ClientOptions extends Target, Self {
  readonly checks: readonly CheckId[];
  /** A function is asked before each attempt, so that a rotated key is taken up. */
  readonly key: LinkKey | (() => Promise<LinkKey>);
  /** Runs one check; aborted at its deadline. What it throws becomes a `failed` answer. */
  run(command: RunCommand, signal: AbortSignal): Promise<Answer>;
  /** What is sent without being asked, each in its own order. */
  readonly outgoing: readonly Outgoing[];
  /** The bot says what to watch; said on each connection, the same again mostly. */
  onOrder(order: WatchOrder): void;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  readonly pace?: Partial<Pace> | undefined;
  /** Checks at once. */
  readonly checksAtOnce?: number | undefined;
  /** From dialling to the bot's welcome. */
  readonly admitWithinMs?: number | undefined;
}

/** `since`: epoch ms when it came to be so. `message`: one sentence for a person. */
export type LinkState =
  /** `message`: why the last attempt failed; null at first. */
  | { readonly kind: 'connecting'; readonly since: number; readonly message: string | null }
  | { readonly kind: 'connected'; readonly since: number; readonly epoch: number }
  | { readonly kind: 'refused'; readonly since: number; readonly refusal: Refusal }
  | { readonly kind: 'fenced'; readonly since: number; readonly message: string }
  | { readonly kind: 'closed'; readonly since: number };

/** The agent's side of the link. */
export interface BotLink {
  /** Sends it now, and the newest again on every new connection. */
  knowledge(knowledge: ClusterKnowledge): void;
  state(): LinkState;
  /** Aborts what runs and hangs up. */
  close(): Promise<void>;
}

/**
 * Dials the bot and dials again for ever, whatever ends the connection.
 * @throws TypeError at once when the URL is wrong, or not encrypted where it must be.
 */
export function connectToBot(options: ClientOptions): BotLink {
  const { clock, log } = options;
  const to = checkTarget(options).host;
  const pace: Pace = { ...PACE, ...options.pace };
  const admitWithinMs = options.admitWithinMs ?? 15_000;
  const closing = new AbortController();
  const { checks, run, checksAtOnce: atOnce = 8 } = options;
  const runs = makeRuns({ checks, run, atOnce, clock, log });
  const ended = { lost: 0, refused: 0, fenced: 0 };
  let state: LinkState = { kind: 'connecting', since: clock(), message: null };
  let admitted: Admitted | null = null;
  let newest: ClusterKnowledge | null = null;
  let said = '';

  const tell = newestOnly(async (knowledge: ClusterKnowledge) => {
    const bytes = Buffer.byteLength(JSON.stringify(knowledge));
    if (bytes > PAYLOAD_BYTES) {
      log.error({ bytes, most: PAYLOAD_BYTES }, 'What is known of the cluster is too large to be sent');
      return;
    }
    const answer = await admitted?.tell(knowledge);
    if (answer?.kind === 'refused') {
      log.warn({ message: answer.message }, 'The bot did not keep what is known of the cluster');
    }
  });

  async function connectOnce(): Promise<Ending> {
    const key = typeof options.key === 'function' ? await options.key() : options.key;
    const call = dial(options, admitWithinMs);
    return await converse(
      {
        call,
        self: options,
        key,
        runs,
        admitWithinMs,
        clock,
        log,
        onOrder: options.onOrder,
        onAdmitted(session) {
          admitted = session;
          state = { kind: 'connected', since: clock(), epoch: session.epoch };
          said = '';
          log.info({ to, epoch: session.epoch, from: call.localAddress() }, 'Connected to the bot');
          if (newest !== null) tell(newest);
          stream(session);
        },
      },
      closing.signal,
    );
  }

  function stream({ wire, signal }: Admitted): void {
    if (wire === null) {
      log.warn({ to }, 'The bot is older than this agent: what it sees is kept here, and told once the bot is updated');
      return;
    }
    const most = { records: BATCH_RECORDS, bytes: BATCH_BYTES };
    for (const outgoing of options.outgoing) {
      sendAll({ outgoing, wire, most, pace: pace.notTaken, signal, log }).catch((error: unknown) =>
        log.error({ error, records: outgoing.name }, 'Records are not sent any more until the next connection'),
      );
    }
  }

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      const ending = await connectOnce().catch(
        (error: unknown): Ending => ({ kind: 'lost', message: error instanceof Error ? error.message : String(error) }),
      );
      admitted = null;
      if (closing.signal.aborted) break;
      const pause = pauseAfter(ending);
      report(ending, pause);
      // Rejects only when the agent stops, which the loop's condition sees.
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    state = { kind: 'closed', since: clock() };
  }

  function pauseAfter(ending: Ending): number {
    if (state.kind === 'connected') {
      ended.lost = 0;
      ended.refused = 0;
      // Else two agents of one name would fence each other at the quickest pace for ever.
      if (clock() - state.since > pace.fenced.most) ended.fenced = 0;
    }
    const kind = ending.kind === 'refused' && ending.refusal.kind === 'botTrouble' ? 'lost' : ending.kind;
    const pause = pauseMs(pace[kind], ended[kind], Math.random());
    ended[kind] += 1;
    return pause;
  }

  /** Says each new reason once, not at every attempt. */
  function report(ending: Ending, pause: number): void {
    const kind = ending.kind === 'lost' ? 'connecting' : ending.kind;
    const since = state.kind === kind ? state.since : clock();
    const { message } = ending.kind === 'refused' ? ending.refusal : ending;
    const again = message === said;
    said = message;
    switch (ending.kind) {
      case 'lost':
        state = { kind: 'connecting', since, message };
        if (!again) log.warn({ to, message, againInMs: pause }, 'No connection to the bot');
        return;
      case 'refused':
        state = { kind: 'refused', since, refusal: ending.refusal };
        if (!again) log.error({ to, ...ending.refusal, againInMs: pause }, 'The bot refused this agent');
        return;
      case 'fenced':
        state = { kind: 'fenced', since, message };
        log.error({ to, message, againInMs: pause }, 'Another agent of the same name took over; this one stays back');
        return;
    }
  }

  const living = live();
  return {
    knowledge(knowledge) {
      newest = knowledge;
      if (admitted !== null) tell(knowledge);
    },
    state: () => state,
    async close() {
      closing.abort();
      runs.close();
      await living;
    },
  };
}
