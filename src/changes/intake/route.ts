import { type Answer, type Asking, json, type Route } from '../../ops/http-server.ts';
import type { Log } from '../../ops/log.ts';
import { rateLimit } from '../../ops/rate-limit.ts';
import { admitByHeaders, type IntakeSecrets, isSigned, showsRoutingKey, whyNotSigned } from './admit.ts';
import { type Form, formOf, MOST_EVENTS, readRequest } from './read-request.ts';
import { type IntakeParts, type Outcome, takeChanges } from './take.ts';

const PATH = '/changes';

/** Event Grid's largest, and twice PagerDuty's. */
const MOST_BYTES = 1024 * 1024;

/** Of those who proved themselves. A batch is one. */
const LIMIT = { burst: 120, everyMs: 500 };
/** Of those whose body has to be read before it is known who they are: strangers must not keep out the others. */
const UNPROVEN_LIMIT = { burst: 60, everyMs: 1_000 };

export interface ChangesParts extends IntakeParts {
  readonly secrets: IntakeSecrets;
  readonly log: Log;
}

/** `POST /changes`, where other systems tell what they changed, and the `OPTIONS` by which some ask whether they may. */
export function changesRoutes(parts: ChangesParts): readonly Route[] {
  const { secrets, clock, log } = parts;
  const allows = rateLimit(LIMIT, clock);
  const allowsUnproven = rateLimit(UNPROVEN_LIMIT, clock);

  async function answer({ headers, body: bodyUpTo }: Asking): Promise<Answer> {
    const admitted = admitByHeaders(headers, secrets);
    if (admitted === 'refused') return unauthorized(wantedWords(secrets));
    const form = formOf(headers);
    if (admitted === 'unproven') {
      const why = whyNotRead(form, isSigned(headers), secrets);
      if (why !== null) return unauthorized(why);
      if (!allowsUnproven()) return tooMany(UNPROVEN_LIMIT.everyMs);
    }
    const body = await bodyUpTo(MOST_BYTES);
    if (body.kind === 'too large') {
      return json(413, { error: `longer than ${MOST_BYTES / 2 ** 20} MB: send fewer at once` });
    }
    const nowAt = clock.now();
    if (admitted === 'unproven' && isSigned(headers)) {
      const why = whyNotSigned(headers, body.text, secrets, nowAt);
      if (why !== null) return unauthorized(why);
    }
    // Before a token in the body is looked for: there is none without a form.
    if (form === null) {
      return json(415, { error: `${headers['content-type'] ?? 'no content type'} is not understood: ${typeWords}` });
    }
    const read = readRequest(form, headers, body.text, nowAt);
    if (admitted === 'unproven' && !isSigned(headers)) {
      const isShown = read.kind === 'pagerDuty' && showsRoutingKey(read.routingKey, secrets);
      if (!isShown) return unauthorized(wantedWords(secrets));
    }
    if (!allows()) return tooMany(LIMIT.everyMs);
    if (read.kind === 'unreadable') return json(400, { error: read.why });
    if (read.kind === 'too many') return json(413, { error: read.why });
    const outcomes = await takeChanges(read.arrived, parts);
    tell(outcomes, log);
    return answerOf(form, outcomes);
  }

  return [
    { method: 'POST', path: PATH, answer },
    { method: 'OPTIONS', path: PATH, answer: ({ headers }) => permission(headers['webhook-request-origin']) },
  ];
}

/** Why somebody whose headers prove nothing is not even listened to; null: the body may prove it. */
function whyNotRead(form: Form | null, signed: boolean, secrets: IntakeSecrets): string | null {
  // The signature is over the body, and in binary mode id, time and source stand in the headers.
  if (signed && form === 'binary') return 'a signature covers the body alone: send application/cloudevents+json';
  if (signed) return null;
  return form === 'pagerDuty' ? null : wantedWords(secrets);
}

const typeWords =
  'expected application/cloudevents+json, application/cloudevents-batch+json, JSON with ce- headers, or application/json with PagerDuty’s change event';

function wantedWords({ token, hmacKey }: IntakeSecrets): string {
  const ways = [
    ...(token === null ? [] : ['the token as Authorization: Bearer … or as the routing_key of PagerDuty’s body']),
    ...(hmacKey === null ? [] : ['X-Apidown-Signature with X-Apidown-Timestamp']),
  ];
  return `missing or wrong: ${ways.join(', or ')}`;
}

function unauthorized(error: string): Answer {
  return json(401, { error }, { 'www-authenticate': 'Bearer realm="apidown"' });
}

function tooMany(everyMs: number): Answer {
  const seconds = Math.ceil(everyMs / 1_000);
  return json(
    429,
    { error: `too many at once: send it again, up to ${MOST_EVENTS} events in a batch` },
    { 'retry-after': `${seconds}` },
  );
}

/**
 * The handshake that senders of webhooks ask for before they send. It lets nobody in: what is sent must still show a
 * token. The address that a sender may give for a later answer is not called.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md, section 4
 */
function permission(origin: string | readonly string[] | undefined): Answer {
  const allow = { allow: 'POST, OPTIONS' };
  if (typeof origin !== 'string' || !/^[\w.*:-]{1,253}$/.test(origin)) return json(200, {}, allow);
  const aMinute = String(60_000 / LIMIT.everyMs);
  return json(200, {}, { ...allow, 'webhook-allowed-origin': origin, 'webhook-allowed-rate': aMinute });
}

function answerOf(form: Form, events: readonly Outcome[]): Answer {
  const count = (what: Outcome['outcome']) => events.filter(({ outcome }) => outcome === what).length;
  const body = {
    taken: count('taken'),
    duplicates: count('duplicate'),
    ignored: count('ignored'),
    refused: count('refused'),
    events,
  };
  if (events.length > 0 && body.refused === events.length) {
    return json(422, {
      error: events
        .map(({ why }) => why)
        .slice(0, 3)
        .join('; '),
      ...body,
    });
  }
  // Clients of PagerDuty take 202 alone for success, and read these two.
  return form === 'pagerDuty'
    ? json(202, { status: 'success', message: 'Change event processed', ...body })
    : json(200, body);
}

function tell(outcomes: readonly Outcome[], log: Log): void {
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
  if (refused.length === 0) return;
  log.warn(
    { refused: refused.length, why: refused.slice(0, 5).map(({ why }) => why) },
    'changes that were sent to /changes were refused',
  );
}
