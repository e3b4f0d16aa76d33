import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { Moment } from './moment.ts';

/** A CloudEvent whose attributes were checked as they came, before anything could fill in what was missing. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  /** Epoch ms. */
  readonly at: number;
  /** Extension attributes of ours: which clusters it is about, separated by commas, and the change's category. */
  readonly apidowncluster: string | null;
  readonly apidowncategory: string | null;
  /** Of JSON; anything else is null. */
  readonly data: unknown;
}

const text = (most: number, wanted: string) =>
  z.string(`${wanted}; it is missing`).min(1, `${wanted}; it is empty`).max(most, `at most ${most} characters`);

/**
 * The attributes that are used, of version 1.0. `id` and `time` are never made up here: an event without an id can't be
 * told from another, and one without its time would be compared with the wrong moment.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
const Attributes = z.object({
  specversion: z.literal('1.0', 'only version 1.0 is understood'),
  id: text(1_000, 'the id that its source gave the event'),
  source: text(2_000, 'where the change came from').regex(/^\S+$/, 'a URI has no spaces'),
  type: text(500, 'what kind of event it is'),
  time: z
    .unknown()
    .optional()
    .transform((value, context) => {
      const moment = Moment.safeParse(value);
      if (moment.success) return moment.data;
      const what = value === undefined ? 'it is missing' : 'this is none';
      context.addIssue({ code: 'custom', message: `when the change was made, as RFC 3339 writes it; ${what}` });
      return z.NEVER;
    }),
  subject: z.string().max(2_000).nullish(),
  datacontenttype: z.string().max(200).nullish(),
  apidowncluster: z.string().max(2_000).nullish(),
  apidowncategory: z.string().max(100).nullish(),
  data: z.unknown().optional(),
  data_base64: z.string().nullish(),
});

/** An event as it stands in JSON, or what is wrong with it, in words. */
export function readCloudEvent(value: unknown): CloudEvent | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'this is no CloudEvent but another value';
  // In JSON null says that an attribute is not there.
  const given = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
  const read = Attributes.safeParse(given);
  if (!read.success) {
    return read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  const { time, subject, datacontenttype, data_base64, data, ...rest } = read.data;
  const decoded = data_base64 === undefined ? data : decode(data_base64 ?? '', datacontenttype);
  return {
    id: rest.id,
    source: rest.source,
    type: rest.type,
    subject: subject || null,
    at: time,
    apidowncluster: rest.apidowncluster ?? null,
    apidowncategory: rest.apidowncategory ?? null,
    data: decoded ?? null,
  };
}

/**
 * Of binary mode: attributes from `ce-…` headers, percent-decoded. Data is what the body holds, never a header.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function fromHeaders(headers: IncomingHttpHeaders, data: unknown): Record<string, unknown> {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') && typeof value === 'string' ? [[name.slice(3), percentDecoded(value)] as const] : [],
  );
  return { ...Object.fromEntries(attributes.filter(([name]) => !name.startsWith('data'))), data };
}

export function isBinary(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith('ce-'));
}

export function isJson(contentType: string): boolean {
  return /^[a-z]+\/([\w.-]+\+)?json$/.test(contentType);
}

function decode(base64: string, contentType: string | null | undefined): unknown {
  if (!isJson((contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '')) return null;
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return null;
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
