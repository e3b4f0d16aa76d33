import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { fromHeaders, isBinary, isJson, readCloudEvent } from './cloud-event.ts';
import { draftEvent } from './draft-event.ts';
import { isRecord } from './fields.ts';
import { draftPagerDuty, PagerDutyChange } from './pager-duty.ts';
import type { Arrived } from './take.ts';

/** The ways in which changes are sent. */
export type Form = 'binary' | 'structured' | 'batch' | 'pagerDuty';

/** By the headers alone; null: none that is understood. */
export function formOf(headers: IncomingHttpHeaders): Form | null {
  const type = mediaTypeOf(headers);
  if (type === 'application/cloudevents+json') return 'structured';
  if (type === 'application/cloudevents-batch+json') return 'batch';
  if (isBinary(headers)) return type === '' || isJson(type) || headers['content-length'] === '0' ? 'binary' : null;
  return type === 'application/json' ? 'pagerDuty' : null;
}

export type ReadRequest =
  | { readonly kind: 'events'; readonly arrived: readonly Arrived[] }
  | { readonly kind: 'pagerDuty'; readonly routingKey: string; readonly arrived: readonly Arrived[] }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too many'; readonly why: string };

/** More than that in one request is one sender's business to divide. */
export const MOST_EVENTS = 500;

/** As deep as nobody writes by hand or by program. */
const DEEPEST = 64;

/** Reads each event for itself: one that is bad loses none of the others. */
export function readRequest(form: Form, headers: IncomingHttpHeaders, body: string, arrivedAt: number): ReadRequest {
  const json = form === 'binary' && body.trim() === '' ? { value: undefined } : readJson(body);
  if (typeof json === 'string') return { kind: 'unreadable', why: json };
  switch (form) {
    case 'binary':
      return { kind: 'events', arrived: [arrivedFrom(fromHeaders(headers, json.value))] };
    case 'structured':
      if (!isRecord(json.value)) return { kind: 'unreadable', why: 'expected one CloudEvent, a JSON object' };
      return { kind: 'events', arrived: [arrivedFrom(json.value)] };
    case 'batch':
      if (!Array.isArray(json.value)) return { kind: 'unreadable', why: 'expected a JSON list of CloudEvents' };
      if (json.value.length > MOST_EVENTS)
        return { kind: 'too many', why: `at most ${MOST_EVENTS} events in one request` };
      return { kind: 'events', arrived: json.value.map(arrivedFrom) };
    case 'pagerDuty':
      return readPagerDuty(json.value, arrivedAt);
    default:
      return form satisfies never;
  }
}

function arrivedFrom(value: unknown): Arrived {
  const event = readCloudEvent(value);
  if (typeof event !== 'string') return { id: event.id, drafted: draftEvent(event) };
  const id = isRecord(value) && typeof value.id === 'string' ? value.id.slice(0, 200) : null;
  return { id, drafted: { kind: 'refused', why: event } };
}

function readPagerDuty(value: unknown, arrivedAt: number): ReadRequest {
  if (Array.isArray(value) && value.some((each) => isRecord(each) && 'eventType' in each)) {
    return {
      kind: 'unreadable',
      why: 'this is Event Grid’s own schema: choose "Cloud Event Schema v1.0" for the subscription',
    };
  }
  const read = PagerDutyChange.safeParse(value);
  if (read.success) {
    const drafted = draftPagerDuty(read.data, arrivedAt);
    return { kind: 'pagerDuty', routingKey: read.data.routing_key, arrived: [{ id: null, drafted }] };
  }
  const why = z.prettifyError(read.error).slice(0, 500);
  return {
    kind: 'unreadable',
    why: `application/json without ce- headers is taken as PagerDuty’s change event, and this is none: ${why}; CloudEvents come as application/cloudevents+json`,
  };
}

function readJson(text: string): { readonly value: unknown } | string {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, DEEPEST) ? `this is nested deeper than ${DEEPEST} levels` : { value };
  } catch {
    return 'this is no JSON';
  }
}

function isDeeper(value: unknown, most: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

function mediaTypeOf(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
