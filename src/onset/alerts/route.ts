import { z } from 'zod';
import type { Clock } from '../../ops/clock.ts';
import { type Answer, type Asking, json, type Route } from '../../ops/http-server.ts';
import type { Log } from '../../ops/log.ts';
import { rateLimit } from '../../ops/rate-limit.ts';
import { showsToken } from '../../ops/shown-secret.ts';
import type { AlertIntake } from './intake.ts';
import { AlertmanagerPayload } from './payload.ts';

/** A group of a thousand alerts with long annotations is a third of it. */
const MOST_BYTES = 4 * 1024 * 1024;

/** At once, and then one more each so often; Alertmanager sends one a group and interval, and tries again after 503. */
const LIMIT = { burst: 60, everyMs: 1_000 };

export interface AlertsParts {
  /** What Alertmanager shows: as a bearer token, or as the password of any user. */
  readonly token: string;
  readonly intake: AlertIntake;
  readonly clock: Clock;
  readonly log: Log;
}

/** `POST /alerts`: Alertmanager's webhook. */
export function alertsRoute({ token, intake, clock, log }: AlertsParts): Route {
  const allows = rateLimit(LIMIT, clock);

  async function answer(asking: Asking): Promise<Answer> {
    if (!showsToken(asking.headers.authorization, token)) {
      const error = 'the token is missing or wrong: set http_config.authorization.credentials of the webhook_config';
      return json(401, { error }, { 'www-authenticate': 'Bearer realm="apidown", Basic realm="apidown"' });
    }
    // Not 429, which Alertmanager takes as final: it sends again after 5xx alone.
    if (!allows()) return json(503, { error: 'too many at once; send it again' }, { 'retry-after': '5' });
    const body = await asking.body(MOST_BYTES);
    if (body.kind === 'too large') {
      return json(413, { error: `longer than ${MOST_BYTES / 2 ** 20} MB: set max_alerts of the webhook_config` });
    }
    const payload = readPayload(body.text);
    if (typeof payload === 'string') {
      log.warn({ why: payload }, 'a call of /alerts was not understood');
      return json(400, { error: payload });
    }
    if (payload.truncatedAlerts > 0) {
      log.warn(
        { left: payload.truncatedAlerts },
        'Alertmanager left alerts out: raise max_alerts of its webhook_config',
      );
    }
    const taken = await intake.take(payload);
    if (taken.unknown.length === 0) return json(200, taken);
    log.warn({ why: taken.unknown }, 'alerts are about no cluster that is known here');
    // Told to Alertmanager too, whose log is where its settings are looked after; it does not send again after 4xx.
    return json(422, { error: taken.unknown.join('; '), ...taken });
  }

  return { method: 'POST', path: '/alerts', answer };
}

function readPayload(text: string): AlertmanagerPayload | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'this is no JSON; expected what Alertmanager’s webhook_config sends';
  }
  const read = AlertmanagerPayload.safeParse(value);
  if (read.success) return read.data;
  return `this is not what Alertmanager’s webhook_config sends (version 4): ${z.prettifyError(read.error).slice(0, 500)}`;
}
