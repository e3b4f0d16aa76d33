import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../ops/log.ts';
import type { Inlet } from './inlet.ts';
import { type WebCall, whyFailed } from './web-call.ts';

/** How the connection to Slack stands. The rest of the bot goes on in each of these. */
export type SlackState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Tried again by itself. */
  | { readonly kind: 'cut'; readonly reason: string }
  /** Slack does not take the tokens; tried again by itself, but somebody has to mend it. */
  | { readonly kind: 'unauthorized'; readonly reason: string }
  | { readonly kind: 'closed' };

/** Who the app is in its workspace. */
export interface Identity {
  readonly botUserId: string;
  readonly botId: string | undefined;
  /** `https://example.slack.com/` */
  readonly workspaceUrl: string | undefined;
}

export interface Connection {
  /** Resolves with the outcome of the first attempt; goes on trying whatever it was. */
  start(): Promise<SlackState>;
  state(): SlackState;
  identity(): Identity | null;
  close(): Promise<void>;
}

const connectWithinMs = 15_000;
const firstBackoffMs = 250;
const longestBackoffMs = 15_000;
const closeWithinMs = 1000;

/**
 * Keeps the app connected, by whichever inlet. Slack's client would end in an unhandled rejection when it reconnects with a
 * token that was revoked meanwhile, or while the network is down, and takes the whole bot with it; here
 * each attempt has a deadline and its failure is a state that is told.
 */
export function createConnection(options: {
  inlet: Pick<Inlet, 'start' | 'disconnect' | 'onClosed'>;
  call: WebCall;
  log: Log;
  onState?: ((state: SlackState) => void) | undefined;
}): Connection {
  const { inlet, call, log, onState } = options;
  const closing = new AbortController();
  const stopped = aborted(closing.signal);
  let state: SlackState = { kind: 'connecting' };
  let identity: Identity | null = null;
  let loop: Promise<void> | null = null;
  let cut = Promise.withResolvers<void>();
  inlet.onClosed(() => cut.resolve());

  function become(next: SlackState): void {
    state = next;
    log.info({ state }, 'the connection to Slack changed');
    onState?.(state);
  }

  async function connect(): Promise<SlackState> {
    try {
      identity ??= await identify(call);
      closing.signal.throwIfAborted();
      cut = Promise.withResolvers<void>();
      await within(connectWithinMs, inlet.start());
      closing.signal.throwIfAborted();
      return { kind: 'connected' };
    } catch (error) {
      // Twice: the first asks the other side to close, the second does not wait for it.
      void inlet.disconnect().catch(() => undefined);
      void inlet.disconnect().catch(() => undefined);
      const reason = error instanceof Error ? error.message : 'cut while connecting';
      return { kind: isAboutTokens(reason) ? 'unauthorized' : 'cut', reason };
    }
  }

  async function stayConnected(first: (state: SlackState) => void): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      const reached = await connect();
      if (closing.signal.aborted) break;
      become(reached);
      first(reached);
      if (reached.kind === 'connected') {
        failures = 0;
        await Promise.race([cut.promise, stopped]);
        if (!closing.signal.aborted) become({ kind: 'cut', reason: 'Slack or the network closed the connection' });
        continue;
      }
      failures += 1;
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 10));
      await Promise.race([wait(backoffMs * (0.75 + Math.random() / 2), undefined, { ref: false }), stopped]);
    }
    first({ kind: 'closed' });
  }

  return {
    start: () =>
      new Promise((resolve) => {
        loop = stayConnected(resolve);
      }),
    state: () => state,
    identity: () => identity,
    async close() {
      closing.abort(new Error('the bot is stopping'));
      const closed = inlet.disconnect().catch(() => undefined);
      await Promise.race([closed, wait(closeWithinMs, undefined, { ref: false })]);
      void inlet.disconnect().catch(() => undefined);
      await Promise.race([loop, wait(closeWithinMs, undefined, { ref: false })]);
      become({ kind: 'closed' });
    },
  };
}

async function identify(call: WebCall): Promise<Identity> {
  const result = await call('auth.test', {});
  if (result.kind !== 'ok') throw new Error(`auth.test: ${whyFailed(result)}`);
  const { user_id, bot_id, url } = AuthTest.parse(result.data);
  return { botUserId: user_id, botId: bot_id, workspaceUrl: url };
}

const AuthTest = z.object({ user_id: z.string(), bot_id: z.string().optional(), url: z.string().optional() });

function isAboutTokens(reason: string): boolean {
  return /invalid_auth|not_authed|not_allowed_token_type|account_inactive|token_revoked|token_expired|missing_scope/.test(
    reason,
  );
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  const late = wait(ms, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`no connection within ${ms / 1000} s`);
  });
  // When the work is first, the aborted wait must not count as unhandled.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timeout.abort();
    work.catch(() => undefined);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
