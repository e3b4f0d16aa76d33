import { createHash } from 'node:crypto';
import { maskSecrets } from '../../ops/secrets.ts';
import type { Change } from '../../words/change.ts';
import { type ClusterRule, clustersOf } from './clusters.ts';
import type { Draft } from './draft.ts';

const INTAKE = 'intake';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Clocks differ by seconds, seldom by minutes. */
const aheadMs = 5 * minuteMs;
/** As long as changes are kept. */
const longAgoMs = 30 * dayMs;
/** Work may be announced, and may last. */
const plannedMs = 365 * dayMs;

export type Settled =
  | {
      readonly kind: 'change';
      readonly change: Change;
      readonly clusters: readonly string[];
      readonly known: Draft['known'];
      readonly notes: readonly string[];
    }
  | { readonly kind: 'refused'; readonly why: string };

/** Makes a change of what an event says, if its times can be and its clusters are known. */
export function settle(
  draft: Draft,
  settings: { clusters: readonly string[]; rules: readonly ClusterRule[] },
  nowAt: number,
): Settled {
  const clusters = clustersOf(draft, settings.clusters, settings.rules);
  if (typeof clusters === 'string') return { kind: 'refused', why: clusters };
  const wrong = wrongTime(draft, nowAt);
  if (wrong !== null) return { kind: 'refused', why: wrong };

  // Only what lasts may begin later than now; see `wrongTime`.
  const early = draft.untilAt === null && draft.latestAt > nowAt;
  const put = early
    ? `told for ${time(draft.latestAt)}, ${inWords(draft.latestAt - nowAt)} ahead of the bot's clock: taken as of its arrival`
    : null;
  const { target } = draft;
  const change: Change = {
    id: idOf(draft),
    source: INTAKE,
    instance: line(draft.source, 253),
    category: draft.category,
    earliestAt: early ? Math.min(draft.earliestAt, nowAt) : draft.earliestAt,
    latestAt: early ? nowAt : draft.latestAt,
    observedAt: nowAt,
    certainty: 'seen',
    actor: orNull(draft.actor, 253),
    action: draft.action,
    target: {
      kind: line(target.kind, 100) || 'change',
      namespace: orNull(target.namespace, 253),
      name: line(target.name, 500),
      node: orNull(target.node, 253),
      addresses: target.addresses.filter((address) => address.length <= 100).slice(0, 64),
      ports: target.ports.slice(0, 64),
    },
    summary: line(draft.summary, 500) || 'a change without a word',
    diff: [...(put === null ? [] : [put]), ...draft.diff.slice(0, 100).map((each) => line(each, 500))]
      .filter((each) => each !== '')
      .slice(0, 40),
    effect: draft.effect,
    untilAt: draft.untilAt,
    link: draft.link,
  };
  return {
    kind: 'change',
    change,
    clusters,
    known: draft.known,
    notes: [...(put === null ? [] : [put]), ...draft.notes],
  };
}

/** A wrong time would have it compared with the wrong onset: better not to have it. */
function wrongTime({ latestAt: beganAt, untilAt }: Draft, nowAt: number): string | null {
  if (untilAt === null) {
    if (beganAt > nowAt + aheadMs) {
      return `its time ${time(beganAt)} is ${inWords(beganAt - nowAt)} ahead of the bot's clock: set the sender's clock, or give work that is planned its endTime`;
    }
    return beganAt < nowAt - longAgoMs ? `its time ${time(beganAt)} is more than 30 days ago` : null;
  }
  if (untilAt < beganAt) return `it ends (${time(untilAt)}) before it begins (${time(beganAt)})`;
  if (untilAt < nowAt - longAgoMs) return `it ended ${time(untilAt)}, more than 30 days ago`;
  const far = [beganAt, untilAt].find((at) => Math.abs(at - nowAt) > plannedMs);
  return far === undefined ? null : `${time(far)} is more than a year from now`;
}

/** Its source and its id there, where that is short and plain; else a hash of them. Never the same for two. */
function idOf({ source, id }: Draft): string {
  const plain = `${INTAKE}:${source} ${id}`;
  const isPlain = plain.length <= 500 && /^[\x21-\x7e]+$/.test(source) && /^[\x21-\x7e]+$/.test(id);
  return isPlain
    ? plain
    : `${INTAKE}:${createHash('sha256')
        .update(JSON.stringify([source, id]))
        .digest('hex')}`;
}

/** On one line, no longer than `most`, and without what looks like a secret. */
function line(text: string, most: number): string {
  const short = text
    .slice(0, most * 4)
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .trim();
  const masked = maskSecrets(short);
  return masked.length <= most ? masked : `${masked.slice(0, most - 1).toWellFormed()}…`;
}

function orNull(text: string | null | undefined, most: number): string | null {
  return line(text ?? '', most) || null;
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function inWords(ms: number): string {
  if (ms < 2 * minuteMs) return `${Math.ceil(ms / 1_000)} s`;
  return ms < 2 * 60 * minuteMs ? `${Math.round(ms / minuteMs)} min` : `${Math.round(ms / (60 * minuteMs))} h`;
}
