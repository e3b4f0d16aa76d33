import { request } from 'node:http';
import { z } from 'zod';
import { BotState } from './bot-state.ts';
import { type Ask, Asked } from './serve.ts';
import { Summary } from './summary.ts';

/** What came of asking the bot. `absent`: none answers on this machine. */
export type Answered<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'absent'; readonly why: string };

export interface RunningBot {
  investigate(ask: Ask, signal: AbortSignal): Promise<Answered<Asked>>;
  summary(id: string, signal: AbortSignal): Promise<Answered<Summary>>;
  state(signal: AbortSignal): Promise<Answered<BotState>>;
}

/** The bot that runs on this machine, by its socket. */
export function runningBot(socket: string): RunningBot {
  async function call<T>(
    method: string,
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Answered<T>> {
    const reply = await send(socket, method, path, body, signal);
    if (reply.kind === 'absent') return reply;
    const json: unknown = JSON.parse(reply.text);
    if (reply.status !== 200) {
      const message = Refused.safeParse(json).data?.message ?? `the bot answered with HTTP ${reply.status}`;
      return { kind: 'refused', message };
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return { kind: 'answered', value: parsed.data };
    return {
      kind: 'refused',
      message: 'The bot answers with something that this version does not understand: use the same version as the bot.',
    };
  }

  return {
    investigate: (ask, signal) => call('POST', '/investigate', ask, Asked, signal),
    summary: (id, signal) => call('GET', `/investigations/${id}`, null, Summary, signal),
    state: (signal) => call('GET', '/state', null, BotState, signal),
  };
}

const Refused = z.object({ message: z.string() });

type Reply =
  | { readonly kind: 'reply'; readonly status: number; readonly text: string }
  | { readonly kind: 'absent'; readonly why: string };

function send(socketPath: string, method: string, path: string, body: unknown, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method, path, signal, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ kind: 'reply', status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(code)) resolve({ kind: 'absent', why: error.message });
      else reject(error);
    });
    sent.end(body === null ? undefined : JSON.stringify(body));
  });
}
