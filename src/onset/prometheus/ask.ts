import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { z } from 'zod';

/** How to reach a Prometheus, or what speaks its HTTP API. */
export interface PrometheusAccess {
  /** Without `/api/v1`, such as `https://prometheus.example:9090`. */
  readonly url: string;
  /** Read anew each time, since tokens of service accounts are rotated in place. */
  readonly tokenFile: string | null;
  readonly basic: { readonly username: string; readonly passwordFile: string } | null;
  /** PEM of the authority of its certificate; null: the system's. */
  readonly caPem: string | null;
}

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** What happened, to what, and what to do. */
  | { readonly kind: 'failed'; readonly why: string };

const DEADLINE_MS = 10_000;
const MOST_BYTES = 32 * 1024 * 1024;

/** GET of `/api/v1/<path>`, its `data` read by `schema`. Follows no redirect: the token is meant for this server alone. */
export async function ask<T>(
  access: PrometheusAccess,
  path: string,
  params: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<Asked<T>> {
  const url = new URL(`${access.url}/api/v1/${path}`);
  for (const [name, value] of Object.entries(params)) url.searchParams.append(name, value);
  const failed = (why: string): Asked<T> => ({ kind: 'failed', why: `Prometheus at ${access.url} ${why}` });
  const timeout = AbortSignal.timeout(DEADLINE_MS);
  try {
    const authorization = await authorizationOf(access);
    const { status, text } = await get(url, authorization, access.caPem, AbortSignal.any([signal, timeout]));
    if (status === 401 || status === 403)
      return failed(`refuses the credentials (${status}): check its token or password`);
    const body = Body.safeParse(parseJson(text));
    if (!body.success) return failed(`answered ${status} with something else than its API: is the URL right?`);
    if (body.data.status === 'error') return failed(`says: ${body.data.error.slice(0, 300)}`);
    const data = schema.safeParse(body.data.data);
    if (data.success) return { kind: 'answer', value: data.data };
    return failed(`answered ${path} in a form that is not known here: ${z.prettifyError(data.error).slice(0, 300)}`);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return failed(`did not answer within ${DEADLINE_MS / 1000} s`);
    return failed(`can't be asked: ${wordsOf(error)}`);
  }
}

async function authorizationOf({ tokenFile, basic }: PrometheusAccess): Promise<string | null> {
  if (tokenFile !== null) return `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  if (basic === null) return null;
  const password = (await readFile(basic.passwordFile, 'utf8')).trim();
  return `Basic ${Buffer.from(`${basic.username}:${password}`).toString('base64')}`;
}

/** By Node's own client: `fetch` takes no authority of one's own. */
async function get(
  url: URL,
  authorization: string | null,
  caPem: string | null,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const headers = { accept: 'application/json', ...(authorization === null ? {} : { authorization }) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked =
      url.protocol === 'https:'
        ? tlsRequest(url, { headers, signal, agent: false, ...(caPem === null ? {} : { ca: caPem }) }, resolve)
        : plainRequest(url, { headers, signal, agent: false }, resolve);
    asked.on('error', reject).end();
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`its answer is longer than ${MOST_BYTES / 2 ** 20} MB`);
    chunks.push(part);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

const Body = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), error: z.string().default('an error without words') }),
]);
