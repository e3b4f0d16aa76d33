import { z } from 'zod';
import { epochMs, Metadata, optional } from '../../kube/metadata.ts';
import { NoteBase, noteBase } from './note-base.ts';
import { nameOf, type Told, withinSecond } from './told.ts';

/** An Event of the control plane's pods or of a node that says more than their state does. */
export const EventNote = NoteBase.extend({
  kind: z.literal('Event'),
  reason: z.string(),
  about: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
  message: z.string(),
  count: z.number(),
  /** The newest time it was seen by who tells it. Epoch ms. */
  lastAt: z.number().nullable(),
  by: z.string().nullable(),
});
type EventNote = z.infer<typeof EventNote>;

/** Those worth keeping, by what they are about. The rest repeats what the objects themselves say. */
const WORTH_KEEPING: Readonly<Record<'Pod' | 'Node', ReadonlySet<string>>> = {
  Pod: new Set([
    'Killing',
    'Unhealthy',
    'BackOff',
    'Failed',
    'FailedMount',
    'FailedCreatePodSandBox',
    'FailedPostStartHook',
    'Evicted',
    'Preempting',
    'OOMKilling',
    'NodeNotReady',
  ]),
  Node: new Set([
    'NodeNotReady',
    'Rebooted',
    'Shutdown',
    'Starting',
    'SystemOOM',
    'OOMKilling',
    'EvictionThresholdMet',
    'FreeDiskSpaceFailed',
    'ContainerGCFailed',
    'ImageGCFailed',
    'KernelDeadlock',
    'KubeletIsDown',
    'ContainerdStart',
    'NodeHasDiskPressure',
    'NodeHasInsufficientMemory',
    'NodeHasInsufficientPID',
    'CIDRNotAvailable',
    'DeletingNode',
    'RemovingNode',
  ]),
};
const CONTROL_PLANE_POD = /^(kube-apiserver|etcd|kube-controller-manager|kube-scheduler|cloud-controller-manager)(-|$)/;
/** One that goes on is told again after it was quiet for this long. */
const QUIET_MS = 5 * 60_000;
const LONGEST_MESSAGE = 300;

const Event = z.object({
  metadata: Metadata,
  reason: optional(z.string(), ''),
  message: optional(z.string(), ''),
  count: z.number().nullish(),
  eventTime: z.string().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  series: z.object({ count: z.number().nullish(), lastObservedTime: z.string().nullish() }).nullish(),
  involvedObject: z.object({
    kind: optional(z.string(), ''),
    namespace: optional(z.string(), ''),
    name: optional(z.string(), ''),
  }),
  source: z.object({ component: z.string().nullish() }).nullish(),
  reportingComponent: z.string().nullish(),
});

export function noteEvent(raw: unknown): EventNote | null {
  const event = Event.parse(raw);
  const { kind, name } = event.involvedObject;
  if (kind !== 'Pod' && kind !== 'Node') return null;
  if (!WORTH_KEEPING[kind].has(event.reason) || (kind === 'Pod' && !CONTROL_PLANE_POD.test(name))) return null;
  return {
    kind: 'Event',
    ...noteBase(event.metadata),
    reason: event.reason,
    about: event.involvedObject,
    message: event.message.slice(0, LONGEST_MESSAGE),
    count: event.series?.count ?? event.count ?? 1,
    lastAt: epochMs(event.series?.lastObservedTime) ?? epochMs(event.lastTimestamp) ?? epochMs(event.eventTime),
    by: event.source?.component || event.reportingComponent || null,
  };
}

/** Events are never changed or deleted by anybody: they repeat, and they expire. */
export function tellEvent(before: EventNote | null, after: EventNote | null): Told[] {
  if (after === null) return [];
  const quietMs = (after.lastAt ?? 0) - (before?.lastAt ?? 0);
  if (before !== null && (after.count <= before.count || quietMs < QUIET_MS)) return [];
  const { about, reason, message, count, lastAt, by } = after;
  return [
    {
      part: `event:${count}`,
      category: 'control-plane',
      action: 'update',
      kind: 'Event',
      actor: by,
      node: about.kind === 'Node' ? about.name : null,
      summary: `${about.kind === 'Node' ? 'node' : 'pod'} ${nameOf(about)}: ${reason}${message === '' ? '' : `: ${message}`}`,
      diff: count > 1 ? [`seen ${count} times`] : [],
      ...(lastAt === null ? {} : { happened: withinSecond(lastAt) }),
    },
  ];
}
