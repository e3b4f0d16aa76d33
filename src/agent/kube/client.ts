import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { z } from 'zod';
import type { KubeAccess } from './access.ts';

/** The two ways to ask an API server: for one document, or for a stream of events. Neither throws. */
export interface KubeClient {
  readonly access: KubeAccess;
  get(path: string, options: GetOptions): Promise<KubeAnswer>;
  watch(path: string, options: WatchOptions): Promise<WatchEnd>;
  /** Closes idle connections. */
  close(): void;
}

interface GetOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** `application/json` unless told. */
  readonly accept?: string;
  /** A larger answer is not taken, and counts as refused with 413. */
  readonly maxBytes?: number;
}

export type KubeAnswer =
  /** `servedAt`: what the server's clock said, in whole seconds; epoch ms. */
  | { readonly kind: 'ok'; readonly body: unknown; readonly servedAt: number | null }
  /** An HTTP answer other than 2xx: 401 and 403 included. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** No usable answer at all. */
  | { readonly kind: 'unreachable'; readonly message: string };

interface WatchOptions {
  readonly signal: AbortSignal;
  /** Without a byte for this long the stream counts as dead. */
  readonly stallMs: number;
  /** `application/json` unless told. */
  readonly accept?: string;
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

export const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
export type WatchEvent = z.infer<typeof WatchEvent>;

export type WatchEnd =
  /** The server closed it in order, as it does every few minutes. */
  { readonly kind: 'ended' } | { readonly kind: 'stalled' } | Exclude<KubeAnswer, { kind: 'ok' }>;

/** A document or event larger than this is not taken: it would cost more memory than the agent may have. */
const MAX_BYTES = 64 * 1024 * 1024;

export function kubeClient(access: KubeAccess): KubeClient {
  const agent = new Agent({ keepAlive: true });

  async function open(path: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { headers, ...credentials } = await access.credentials();
    const options: RequestOptions = {
      agent,
      ...access.tls,
      ...credentials,
      headers: { ...headers, accept, 'user-agent': 'apidown-agent' },
      signal,
    };
    return new Promise((resolve, reject) => {
      request(new URL(`${access.server.pathname.replace(/\/$/, '')}${path}`, access.server), options)
        // A peer that vanished is noticed by the kernel in about 20 s instead of two hours.
        .on('socket', (socket) => socket.setKeepAlive(true, 10_000))
        .on('response', resolve)
        .on('error', reject)
        .end();
    });
  }

  return {
    access,
    close: () => agent.destroy(),

    async get(path, { signal, timeoutMs, accept = 'application/json', maxBytes = MAX_BYTES }) {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const response = await open(path, accept, AbortSignal.any([signal, deadline]));
        return await answerOf(response, maxBytes);
      } catch (cause) {
        return {
          kind: 'unreachable',
          message: deadline.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause),
        };
      }
    },

    async watch(path, { signal, stallMs, accept = 'application/json', onOpen, onEvent }) {
      const stall = new AbortController();
      const timer = setTimeout(() => stall.abort(), stallMs);
      try {
        const response = await open(path, accept, AbortSignal.any([signal, stall.signal]));
        if (response.statusCode !== 200) return await refusal(response);
        onOpen();
        for await (const line of lines(response, () => timer.refresh())) onEvent(eventIn(line));
        return { kind: 'ended' };
      } catch (cause) {
        if (stall.signal.aborted) return { kind: 'stalled' };
        return { kind: 'unreachable', message: reasonOf(cause) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function answerOf(response: IncomingMessage, maxBytes: number): Promise<KubeAnswer> {
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) return refusal(response);
  const text = await textOf(response, maxBytes);
  if (text === null) return { kind: 'refused', status: 413, message: larger(maxBytes) };
  const servedAt = Date.parse(response.headers.date ?? '');
  return { kind: 'ok', body: JSON.parse(text), servedAt: Number.isNaN(servedAt) ? null : servedAt };
}

const Status = z.object({ message: z.string() });

/** The API server explains itself in a `Status` document; a proxy in between may not. */
async function refusal(response: IncomingMessage): Promise<Exclude<WatchEnd, { kind: 'ended' | 'stalled' }>> {
  const status = response.statusCode ?? 0;
  const text = await textOf(response, 64 * 1024);
  const said = text === null ? null : messageIn(text);
  return { kind: 'refused', status, message: said ?? (response.statusMessage || `HTTP ${status}`) };
}

function messageIn(text: string): string | null {
  try {
    const parsed = Status.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.message : null;
  } catch {
    // Not JSON: then it is no word of the API server's, and the status alone has to do.
    return null;
  }
}

/** null: it is larger than that, and what is left of it is not read. */
async function textOf(response: IncomingMessage, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBytes) {
      response.destroy();
      return null;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function larger(maxBytes: number): string {
  return `the answer is larger than ${maxBytes} bytes`;
}

async function* lines(response: IncomingMessage, onData: () => void): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    onData();
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_BYTES) throw new Error(`an event is larger than ${MAX_BYTES} bytes`);
    for (const part of parts) if (part.trim() !== '') yield part;
  }
}

function eventIn(line: string): WatchEvent {
  const parsed = WatchEvent.safeParse(JSON.parse(line));
  if (!parsed.success) throw new Error('the stream holds something that is no watch event');
  return parsed.data;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code}: ` : '';
  return cause.message.startsWith(code) ? cause.message : `${code}${cause.message}`;
}
