import type { Rule } from '../playbook/rules.ts';
import type { Change } from '../words/change.ts';
import type { Interval, Stretch } from './place.ts';

/** A change with the time it is compared by, and what ended it where that was seen. */
export interface Timed {
  readonly change: Change;
  readonly stretch: Stretch;
  /** The end is not known, or planned only. */
  readonly open: boolean;
}

/**
 * What a rule compares with the onset: the moment of each change, or for rules against the whole interval the time from
 * its start to its end. A start and the end seen of the same thing are one; a start without an end lasts until now.
 */
export function stretchesOf(changes: readonly Change[], rule: Rule, nowAt: number): readonly Timed[] {
  if (!rule.againstInterval) return changes.map(atOnce);
  const ends = Map.groupBy(
    changes.filter(({ action }) => action === 'end'),
    sameThing,
  );
  const used = new Set<Change>();
  const timed = changes
    .filter(({ action }) => action !== 'end')
    .map((change) => {
      if (change.action !== 'start') return lasting(change);
      const end = firstAfter(change, ends.get(sameThing(change)) ?? []);
      if (end === undefined) return lasting(change, nowAt);
      used.add(end);
      return { change, stretch: { begun: interval(change), ended: interval(end) }, open: false };
    });
  // When it began was before all that is known here.
  const alone = changes.filter((change) => change.action === 'end' && !used.has(change)).map(atOnce);
  return [...timed, ...alone];
}

function atOnce(change: Change): Timed {
  const at = interval(change);
  return { change, stretch: { begun: at, ended: at }, open: false };
}

/** @param otherwiseUntil for what was told no end of; without it, it happened at once */
function lasting(change: Change, otherwiseUntil?: number): Timed {
  const until = change.untilAt ?? otherwiseUntil;
  if (until === undefined) return atOnce(change);
  const ended = {
    earliestAt: Math.max(until, change.earliestAt),
    latestAt: Math.max(until, change.latestAt),
  };
  return { change, stretch: { begun: interval(change), ended }, open: change.action === 'start' };
}

function interval(change: Change): Interval {
  const { earliestAt, latestAt } = change;
  return earliestAt <= latestAt ? change : { earliestAt, latestAt: earliestAt };
}

/** One to which something is done again and again. */
export function sameThing({ source, target }: Change): string {
  return JSON.stringify([source, target.kind, target.namespace, target.name, target.node]);
}

function firstAfter(start: Change, ends: readonly Change[]): Change | undefined {
  return ends
    .filter(({ latestAt }) => latestAt >= start.earliestAt)
    .reduce<Change | undefined>(
      (first, end) => (first === undefined || isEarlier(end, first) ? end : first),
      undefined,
    );
}

function isEarlier(a: Change, b: Change): boolean {
  return a.latestAt < b.latestAt || (a.latestAt === b.latestAt && a.id < b.id);
}
