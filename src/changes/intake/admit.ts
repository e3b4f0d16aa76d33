import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSecret, showsToken } from '../../ops/shown-secret.ts';

/** How senders prove themselves; what is null is not offered. */
export interface IntakeSecrets {
  /** As a bearer token, as the password of any user, or as the `routing_key` of PagerDuty's body. */
  readonly token: string | null;
  /** Key of the signature over time and body. */
  readonly hmacKey: string | null;
}

/** `unproven`: only the body can show it. */
export type ByHeaders = 'proven' | 'unproven' | 'refused';

/** As far as headers tell, so that nobody's body is read in vain. A token of another kind (`Token token=…`) is none of ours. */
export function admitByHeaders(headers: IncomingHttpHeaders, { token, hmacKey }: IntakeSecrets): ByHeaders {
  if (token !== null && showsToken(headers.authorization, token)) return 'proven';
  if (isSigned(headers)) return hmacKey === null ? 'refused' : 'unproven';
  if (token === null || /^(bearer|basic)\b/i.test(headers.authorization ?? '')) return 'refused';
  return 'unproven';
}

export function isSigned(headers: IncomingHttpHeaders): boolean {
  return headers['x-apidown-signature'] !== undefined;
}

/** A captured request is good for no longer than this, and then it is a duplicate. */
const toleranceMs = 5 * 60_000;

/**
 * Why the body is not signed; null: it is, by `X-Apidown-Signature: sha256=<hex of HMAC-SHA256 over "timestamp.body">`
 * with `X-Apidown-Timestamp` in seconds since 1970.
 */
export function whyNotSigned(
  headers: IncomingHttpHeaders,
  body: string,
  { hmacKey }: IntakeSecrets,
  nowAt: number,
): string | null {
  if (hmacKey === null) return 'signatures are not taken here';
  const [signature, timestamp] = [headers['x-apidown-signature'], headers['x-apidown-timestamp']];
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) {
    return 'X-Apidown-Timestamp is missing or is not a whole number of seconds since 1970';
  }
  const expected = createHmac('sha256', hmacKey).update(`${timestamp}.${body}`).digest('hex');
  const [, given = ''] = /^sha256=([0-9a-f]{64})$/i.exec(typeof signature === 'string' ? signature : '') ?? [];
  if (!isSecret(given.toLowerCase(), expected)) {
    return 'the signature is wrong: expected sha256= and the hex HMAC-SHA256 of "timestamp.body"';
  }
  const apartMs = Math.abs(nowAt - Number(timestamp) * 1_000);
  return apartMs <= toleranceMs ? null : 'X-Apidown-Timestamp is more than 5 min from the clock of the bot';
}

/** Does PagerDuty's body show the token? */
export function showsRoutingKey(routingKey: string, { token }: IntakeSecrets): boolean {
  return token !== null && isSecret(routingKey, token);
}
