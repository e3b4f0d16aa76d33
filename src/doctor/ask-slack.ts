import { setTimeout as wait } from 'node:timers/promises';
import { createLog } from '../ops/log.ts';
import { sdkLogger } from '../slack/sdk-log.ts';
import { type CallResult, createWebCall } from '../slack/web-call.ts';
import type { Situation } from './check.ts';
import { type Finding, failed, notChecked } from './finding.ts';

export interface SlackAnswer {
  readonly result: CallResult;
  /** What the token was granted, of the header x-oauth-scopes; null when the answer had none. */
  readonly scopes: readonly string[] | null;
  /** The time on Slack's clock, of the header Date, to the second; null when the answer had none. Epoch ms. */
  readonly slackAt: number | null;
  /** How long the answer took. */
  readonly tookMs: number;
}

const most429 = 3;

/** One method of Slack's Web API that changes nothing, asked again when Slack wants it slower. */
export async function askSlack(
  { settings }: Pick<Situation, 'settings'>,
  token: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<SlackAnswer> {
  for (let asked = 1; ; asked++) {
    let headers = new Headers();
    const startedAt = performance.now();
    let tookMs = 0;
    const call = createWebCall({
      token,
      logger: sdkLogger(createLog({ name: 'doctor', level: 'silent' })),
      ...(settings.slack.apiUrl === null ? {} : { apiUrl: settings.slack.apiUrl }),
      async fetch(input, init) {
        const response = await fetch(input, { ...init, signal: AbortSignal.any([signal, ...signalOf(init)]) });
        tookMs = performance.now() - startedAt;
        headers = response.headers;
        return response;
      },
    });
    const result = await call(method, { ...args });
    if (result.kind === 'rateLimited' && asked < most429) {
      await wait(result.retryAfterMs, undefined, { signal });
      continue;
    }
    const date = Date.parse(headers.get('date') ?? '');
    const scopes = headers.get('x-oauth-scopes');
    return {
      result,
      scopes: scopes === null ? null : scopes.split(',').map((scope) => scope.trim()),
      slackAt: Number.isNaN(date) ? null : date,
      tookMs,
    };
  }
}

function signalOf(init: { signal?: AbortSignal | null } | undefined): readonly AbortSignal[] {
  return init?.signal === undefined || init.signal === null ? [] : [init.signal];
}

/** What to say when Slack gave no answer that says anything about the matter. */
export function unanswered(about: string, result: Exclude<CallResult, { kind: 'ok' }>): Finding {
  switch (result.kind) {
    case 'refused':
      if (result.error === 'missing_scope') {
        return notChecked(about, 'the bot token lacks the scope to look', 'see the scopes above');
      }
      if (isAboutToken(result.error)) {
        return notChecked(about, `Slack does not take the token (${result.error})`, 'see the tokens above');
      }
      return failed(about, `Slack refuses to tell: ${result.error}`, 'look this error up at docs.slack.dev');
    case 'rateLimited':
      return notChecked(about, 'Slack wants to be asked less often', 'try again in a minute');
    case 'unreachable':
      return notChecked(about, `Slack can't be reached: ${result.message}`, 'let this machine out to slack.com:443');
    default:
      return result satisfies never;
  }
}

export function isAboutToken(error: string): boolean {
  return /^(invalid_auth|not_authed|not_allowed_token_type|account_inactive|token_revoked|token_expired)$/.test(error);
}
