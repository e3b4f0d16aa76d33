import { ChangeCategory } from '../../words/change.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { Drafted } from './draft.ts';
import { readFields } from './fields.ts';

/**
 * An event whose type is known to nobody here: its data may say what the change is. Without a category it goes under
 * planned changes, where people look for "something was done", and never under a rule that it says nothing about.
 */
export function draftGeneric(event: CloudEvent): Drafted {
  const fields = readFields(event.data);
  if (typeof fields === 'string') return { kind: 'refused', why: fields };
  const named = event.apidowncategory === null ? null : ChangeCategory.safeParse(event.apidowncategory);
  if (named?.success === false) {
    return { kind: 'refused', why: `apidowncategory: expected one of ${ChangeCategory.options.join(', ')}` };
  }
  const beganAt = fields.startAt ?? event.at;
  return {
    kind: 'draft',
    draft: {
      source: event.source,
      id: event.id,
      subject: event.subject,
      earliestAt: beganAt,
      latestAt: beganAt,
      untilAt: fields.untilAt,
      clusters: fields.clusters,
      category: named?.data ?? fields.category ?? 'maintenance',
      action: fields.action ?? (fields.untilAt === null ? 'update' : 'start'),
      actor: fields.actor,
      target: { kind: 'change', name: event.subject ?? event.source, addresses: [], ports: [], ...fields.target },
      summary: fields.summary ?? [event.type, event.subject].filter((part) => part !== null).join(' '),
      diff: fields.diff,
      effect: null,
      link: fields.link,
      known: 'leave',
      notes: fields.notes,
    },
  };
}
