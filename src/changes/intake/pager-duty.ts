import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Drafted } from './draft.ts';
import { isRecord, Link, readFields } from './fields.ts';
import { Moment } from './moment.ts';

/** Go's client sends what it was not given as empty. */
const given = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : (value ?? undefined)), schema.optional());

/**
 * The body of a PagerDuty change event; of it what is used.
 * Source: https://developer.pagerduty.com/docs/events-api-v2/send-change-events/
 */
export const PagerDutyChange = z.object({
  routing_key: z.string().max(1_000),
  payload: z.object({
    summary: z.string().min(1),
    source: given(z.string()),
    timestamp: z.unknown().optional(),
    custom_details: z.unknown().optional(),
  }),
  links: z.preprocess((value) => value ?? [], z.array(z.unknown())),
});
export type PagerDutyChange = z.infer<typeof PagerDutyChange>;

/** What is sent without a time is sent as it happens, by build systems mostly: so long before it came it may have happened. */
const beforeArrivalMs = 5 * 60_000;

/** Fields of `custom_details` that say something here; the others are shown. */
const known = new Set([
  'cluster',
  'category',
  'action',
  'actor',
  'startTime',
  'endTime',
  'until',
  'target',
  'diff',
  'link',
  'summary',
]);

export function draftPagerDuty({ payload, links }: PagerDutyChange, arrivedAt: number): Drafted {
  const at = given(Moment).safeParse(payload.timestamp);
  if (!at.success) {
    return { kind: 'refused', why: 'payload.timestamp: expected a time as RFC 3339 writes it, or nothing' };
  }
  const fields = readFields(payload.custom_details);
  if (typeof fields === 'string') return { kind: 'refused', why: `payload.custom_details.${fields}` };
  const beganAt = fields.startAt ?? at.data;
  const untimed = beganAt === undefined;
  const source = payload.source ?? 'pagerduty';
  return {
    kind: 'draft',
    draft: {
      source,
      id: contentHash(payload, links),
      subject: null,
      earliestAt: beganAt ?? arrivedAt - beforeArrivalMs,
      latestAt: beganAt ?? arrivedAt,
      untilAt: fields.untilAt,
      clusters: fields.clusters,
      category: fields.category ?? 'maintenance',
      action: fields.action ?? (fields.untilAt === null ? 'update' : 'start'),
      actor: fields.actor,
      target: { kind: 'change', name: source, addresses: [], ports: [], ...fields.target },
      summary: payload.summary,
      diff: [
        ...(untimed ? ['told without a time: taken as within the 5 min before it arrived'] : []),
        ...fields.diff,
        ...others(payload.custom_details),
      ],
      effect: null,
      link: fields.link ?? firstLink(links),
      known: 'leave',
      notes: [
        ...fields.notes,
        ...(untimed ? ['without a timestamp: taken as within the 5 min before it arrived'] : []),
      ],
    },
  };
}

/** The body has no id: what it says is one. The routing key is no part of it, and may be replaced. */
function contentHash(payload: PagerDutyChange['payload'], links: PagerDutyChange['links']): string {
  return createHash('sha256')
    .update(JSON.stringify([payload, links]))
    .digest('hex');
}

function others(details: unknown): readonly string[] {
  return Object.entries(isRecord(details) ? details : {}).flatMap(([name, value]) =>
    !known.has(name) && /^(string|number|boolean)$/.test(typeof value) ? [`${name}: ${value}`] : [],
  );
}

function firstLink(links: PagerDutyChange['links']): string | null {
  for (const link of links) {
    const href = Link.safeParse(isRecord(link) ? link.href : null);
    if (href.success) return href.data;
  }
  return null;
}
