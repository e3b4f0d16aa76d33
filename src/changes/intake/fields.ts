import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { ChangeAction, ChangeCategory } from '../../words/change.ts';
import type { Draft } from './draft.ts';
import { Moment } from './moment.ts';

/** What a sender may say of a change in an event's `data`, or in PagerDuty's `custom_details`. */
export interface Fields extends Pick<Draft, 'clusters' | 'actor' | 'link' | 'diff' | 'notes'> {
  readonly category: ChangeCategory | null;
  readonly action: ChangeAction | null;
  readonly summary: string | null;
  readonly startAt: number | null;
  readonly untilAt: number | null;
  readonly target: Partial<Draft['target']>;
}

/**
 * Reads the fields one by one. What would put the change into a wrong place or time is refused, and then this is why in
 * words; what only describes it is left out with a note, since a change is worth more than its description.
 */
export function readFields(data: unknown): Fields | string {
  const fields = isRecord(data) ? data : {};
  const notes: string[] = [];
  const wrong: string[] = [];

  function must<T>(name: string, schema: z.ZodType<T>, wanted: string): T | null {
    const read = schema.nullish().safeParse(fields[name] === '' ? null : fields[name]);
    if (!read.success) wrong.push(`${name}: expected ${wanted}`);
    return read.data ?? null;
  }
  function may<T>(name: string, from: Record<string, unknown>, schema: z.ZodType<T>, wanted: string): T | null {
    const read = schema.nullish().safeParse(from[name] === '' ? null : from[name]);
    if (!read.success) notes.push(`${name} was left out: expected ${wanted}`);
    return read.data ?? null;
  }

  const category = must('category', ChangeCategory, `one of ${ChangeCategory.options.join(', ')}`);
  const action = must('action', ChangeAction, `one of ${ChangeAction.options.join(', ')}`);
  const clusters = must('cluster', Clusters, 'the name of a cluster, or a list of names');
  const startAt = must('startTime', Moment, 'a time as RFC 3339 writes it');
  const endAt = must('endTime', Moment, 'a time as RFC 3339 writes it');
  const untilAt = endAt ?? must('until', Moment, 'a time as RFC 3339 writes it');
  const target = may('target', fields, z.record(z.string(), z.unknown()), 'an object with kind and name') ?? {};
  const kind = may('kind', target, z.string(), 'a text');
  const name = may('name', target, z.string(), 'a text');
  const read: Fields = {
    category,
    action,
    clusters,
    startAt,
    untilAt,
    summary: may('summary', fields, z.string(), 'a text'),
    actor: may('actor', fields, z.string(), 'a text'),
    link: may('link', fields, Link, 'an http or https URL'),
    diff: may('diff', fields, Lines, 'a list of lines') ?? [],
    target: {
      ...(kind === null ? {} : { kind }),
      ...(name === null ? {} : { name }),
      namespace: may('namespace', target, z.string(), 'a text'),
      node: may('node', target, z.string(), 'a text'),
      addresses: may('addresses', target, Addresses, 'a list of at most 64 addresses or ranges') ?? [],
      ports: may('ports', target, Ports, 'a list of at most 64 port numbers') ?? [],
    },
    notes,
  };
  return wrong.length > 0 ? wrong.join('; ') : read;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const Link = z.url({ protocol: /^https?$/ }).max(2_000);

/** Names separated by commas, or a list of them. */
const Clusters = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
  .transform((names) => [...new Set(names.map((name) => name.trim()))].filter((name) => name !== ''))
  .pipe(z.array(z.string()).min(1).max(100));

const Lines = z.union([z.string().transform((text) => text.split('\n')), z.array(z.string())]);

const Addresses = z
  .array(
    z
      .string()
      .refine(
        (text) => ipaddr.isValidCIDR(text) || ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text),
      ),
  )
  .max(64);

const Ports = z.array(z.int().min(1).max(65_535)).max(64);
