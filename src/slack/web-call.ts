import type { Logger } from '@slack/bolt';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';

/** What came of one call of Slack's Web API. Nothing is thrown, nothing is retried: the caller knows what waiting is worth. */
export type CallResult =
  | { readonly kind: 'ok'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'rateLimited'; readonly retryAfterMs: number }
  /** Slack understood and said no. `messages` point at what it disliked. */
  | { readonly kind: 'refused'; readonly error: string; readonly messages: readonly string[] }
  /** No answer, or none that says anything; `mayHaveActed`: the request may have been carried out all the same. */
  | { readonly kind: 'unreachable'; readonly message: string; readonly mayHaveActed: boolean };

export type CallFailure = Exclude<CallResult, { kind: 'ok' }>;

export type WebCall = (method: string, args: Record<string, unknown>) => Promise<CallResult>;

export const callTimeoutMs = 10_000;

/** The SDK's own answers to trouble (ten retries over half an hour, no timeout) don't suit incidents. */
export function webClientOptions(logger: Logger, apiUrl?: string): WebClientOptions {
  return {
    logger,
    timeout: callTimeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  };
}

export function createWebCall(options: {
  readonly token: string;
  readonly logger: Logger;
  readonly apiUrl?: string | undefined;
  /** To look at what Slack says beside the answer, in its headers. */
  readonly fetch?: WebClientOptions['fetch'];
}): WebCall {
  const { token, logger, apiUrl, fetch } = options;
  const client = new WebClient(token, {
    ...webClientOptions(logger, apiUrl),
    ...(fetch === undefined ? {} : { fetch }),
  });
  return async (method, args) => {
    try {
      return { kind: 'ok', data: { ...(await client.apiCall(method, args)) } };
    } catch (error) {
      return resultOf(error);
    }
  };
}

/** Why a call did not work, in a few words. */
export function whyFailed(failure: CallFailure): string {
  switch (failure.kind) {
    case 'refused':
      return failure.error;
    case 'rateLimited':
      return 'rate limited';
    case 'unreachable':
      return failure.message;
    default:
      return failure satisfies never;
  }
}

function resultOf(error: unknown): CallResult {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'rateLimited', retryAfterMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) return platformResult(error);
  if (error instanceof WebAPIHTTPError) {
    return { kind: 'unreachable', message: `Slack answered HTTP ${error.statusCode}`, mayHaveActed: true };
  }
  if (error instanceof WebAPIRequestError) {
    return { kind: 'unreachable', message: innermost(error.original), mayHaveActed: !neverSent(error.original) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'unreachable', message, mayHaveActed: true };
}

/** Slack's own trouble, told as an error of the API. */
const passing = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);

function platformResult({ data }: WebAPIPlatformError): CallResult {
  if (data.error === 'ratelimited') {
    return { kind: 'rateLimited', retryAfterMs: (data.response_metadata?.retryAfter ?? 1) * 1000 };
  }
  if (passing.has(data.error))
    return { kind: 'unreachable', message: `Slack answered ${data.error}`, mayHaveActed: true };
  return { kind: 'refused', error: data.error, messages: data.response_metadata?.messages ?? [] };
}

/** The connection was never made, so nothing can have been carried out. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** `fetch failed` tells nobody anything; what it was caused by does. */
function innermost(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? innermost(cause) : error.message;
}

function neverSent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && beforeSending.has(cause.code)) return true;
  }
  return false;
}
