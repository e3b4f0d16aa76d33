import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import { orAborted } from '../../ops/or-aborted.ts';
import { furthest } from '../../playbook/rules.ts';
import type { ChangeCategory } from '../../words/change.ts';
import type { ChangeJournal } from '../ports.ts';
import { categoriesOf, checkLooked } from './check-looked.ts';
import {
  healthAfter,
  type LookOutcome,
  outcomeOf,
  type SourceHealth,
  type SourceState,
  type Trouble,
} from './health.ts';
import { around, missingOf } from './missing.ts';
import { deadlineMs, type Paced, pauseAfterMs } from './pace.ts';
import type { Looked, OutsideSource, Stretch } from './source.ts';

export interface LookingPorts {
  readonly journal: Pick<ChangeJournal, 'add' | 'cover' | 'coverage'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Changes or coverage of this cluster may have come in, or who of its sources is in trouble has changed. */
  onLearned(cluster: string): void;
  /** How long to wait for the next look, in ms. */
  readonly pauseMs?: (paced: Paced) => number;
  /** How long a look at this stretch may take, in ms. */
  readonly withinMs?: (stretch: Stretch) => number;
}

/** One source and its looks, one after the other. */
export interface Looker {
  /** Resolves when it has answered or failed. */
  lookAround(cluster: string, stretch: Stretch): Promise<void>;
  state(): SourceState;
  close(): Promise<void>;
}

/** Somebody asked at `at` for what happened within a stretch. */
interface Wanted {
  readonly cluster: string;
  readonly stretch: Stretch;
  readonly at: number;
}

/** And waits for what has happened until then. */
interface Asked extends Wanted {
  answered(): void;
}

/** Two that ask within this are answered by one look: what they ask about began before. */
const closeEnoughMs = 5_000;
/** What was asked for is asked again, as long as it isn't covered, until so long after it was asked for and should have been told. */
const wantedForMs = 60 * 60_000;
const mostWanted = 50;
/** Who wants to know at once has found it, or something else to do, so long after all of it should have been told. */
const attendedForMs = 30 * 60_000;
/** Changes of one transaction: whoever else wants the store comes in between. */
const keptAtOnce = 5_000;

export function lookAgainAndAgain(source: OutsideSource, ports: LookingPorts): Looker {
  const { journal, clock, log, onLearned, pauseMs = usualPauseMs, withinMs: deadlineFor = deadlineMs } = ports;
  const all = categoriesOf(source);
  const closing = new AbortController();
  const waiting = new Set<Asked>();
  let wanted: readonly Wanted[] = [];
  let wake = new AbortController();
  let health: SourceHealth = { kind: 'notYet' };
  let last: { readonly stretch: Stretch; readonly endedAt: number } | null = null;
  /** Of what the last look answered: what else is missing can't be had at present. */
  let answering: readonly ChangeCategory[] = all;
  let failures = 0;
  const looks: Record<LookOutcome, number> = { whole: 0, partly: 0, failed: 0 };

  async function goOn(): Promise<void> {
    let dueAt = 0;
    while (!closing.signal.aborted) {
      try {
        const isDue = performance.now() >= dueAt;
        const isAsked = waiting.size > 0;
        const missing = await missingOfWaiting();
        if (isDue || missing.length > 0) {
          await look(around([...missing, await ahead()]));
          dueAt = performance.now() + pause();
        } else if (isAsked) dueAt = Math.min(dueAt, performance.now() + pause());
      } catch (error) {
        log.error({ error, ...named(source) }, 'looking with a source of changes broke');
        for (const one of waiting) answer(one);
        note(last?.stretch ?? null, [broke(all, "it could not be asked; the bot's log says why")], []);
        dueAt = performance.now() + pause();
      }
      if (waiting.size === 0) await untilDueOrAsked(dueAt - performance.now());
    }
    for (const one of waiting) answer(one);
  }

  function pause(): number {
    const nowAt = clock.now();
    const toldUpToAt = nowAt - source.lateMs;
    const isWaitedFor = wanted.some(
      ({ stretch, at }) => stretch.toAt > toldUpToAt && nowAt <= at + source.lateMs + attendedForMs,
    );
    return pauseMs({ lookEveryMs: source.lookEveryMs, failures, isWaitedFor });
  }

  async function untilDueOrAsked(ms: number): Promise<void> {
    wake = new AbortController();
    await wait(Math.max(0, ms), undefined, {
      signal: AbortSignal.any([wake.signal, closing.signal]),
      ref: false,
    }).catch(() => {});
  }

  /** What those who wait need; who needs nothing more is answered. */
  async function missingOfWaiting(): Promise<readonly Stretch[]> {
    const needed: Stretch[] = [];
    for (const one of [...waiting]) {
      const { fromAt, toAt } = reached(one.stretch);
      const window = { fromAt, toAt: Math.min(toAt, one.at) };
      const missing = await missingOf(journal, source, one.cluster, window, all);
      if (missing === null || isAnswered(one, missing)) answer(one);
      else needed.push(missing);
    }
    return needed;
  }

  function isAnswered({ at }: Asked, missing: Stretch): boolean {
    if (last === null || last.endedAt < at - closeEnoughMs) return false;
    return last.stretch.fromAt <= missing.fromAt && last.stretch.toAt >= missing.toAt - closeEnoughMs;
  }

  function answer(one: Asked): void {
    waiting.delete(one);
    one.answered();
  }

  /** Of the stretch what it can still, and already, tell of. */
  function reached({ fromAt, toAt }: Stretch): Stretch {
    const nowAt = clock.now();
    return { fromAt: Math.max(fromAt, nowAt - source.reachesBackMs), toAt: Math.min(toAt, nowAt) };
  }

  /** From where something is missing that a rule may ask for; at least from where it may have recorded something late. */
  async function ahead(): Promise<Stretch> {
    const nowAt = clock.now();
    wanted = wanted.filter(({ stretch, at }) => nowAt <= Math.max(at, stretch.toAt + source.lateMs) + wantedForMs);
    const usual = { fromAt: nowAt - furthest.beforeMs - source.lateMs, toAt: nowAt };
    const windows = [...source.clusters.map((cluster) => ({ cluster, stretch: usual })), ...wanted];
    const missing = await Promise.all(
      windows.map(({ cluster, stretch }) => missingOf(journal, source, cluster, reached(stretch), answering)),
    );
    const overlap = last === null ? [] : [last.stretch.toAt - source.lateMs];
    const fromAt = Math.min(nowAt, ...overlap, ...missing.flatMap((one) => one?.fromAt ?? []));
    return reached({ fromAt, toAt: nowAt });
  }

  async function look(stretch: Stretch | null): Promise<void> {
    if (stretch === null) return;
    const { looked, own, settled } = await ask(stretch);
    const checked = checkLooked(looked, source, stretch);
    const troubles: Trouble[] = [...own, ...checked.troubles];
    let covered = checked.covered;
    try {
      for (const cluster of source.clusters) {
        const changes = checked.changes.get(cluster) ?? [];
        for (let from = 0; from < changes.length; from += keptAtOnce) {
          await journal.add(cluster, changes.slice(from, from + keptAtOnce));
          await nextTurn();
        }
        for (const { fromAt, toAt, categories } of checked.covered) {
          await journal.cover(cluster, {
            source: source.name,
            instance: source.instance,
            categories: [...categories],
            fromAt,
            toAt,
          });
        }
      }
    } catch (error) {
      log.error({ error, ...named(source) }, 'what a source of changes told could not be kept');
      troubles.push(broke(all, 'what it told could not be kept'));
      covered = [];
    }
    note(stretch, troubles, [...new Set(covered.flatMap(({ categories }) => categories))]);
    for (const cluster of source.clusters) onLearned(cluster);
    // Never two looks at once, also of a source that does not stop when its time is over.
    await settled;
  }

  /** `own`: what failed beside what it says itself. `settled`: resolves when it has really ended. */
  async function ask(
    stretch: Stretch,
  ): Promise<{ looked: Looked; own: readonly Trouble[]; settled: Promise<unknown> }> {
    const withinMs = deadlineFor(stretch);
    const deadline = AbortSignal.timeout(withinMs);
    const signal = AbortSignal.any([closing.signal, deadline]);
    const looked = { changes: [], covered: [], troubles: [] };
    const answered = source.look(stretch, signal);
    const settled = answered.catch(() => {});
    try {
      return { looked: await orAborted(answered, signal), own: [], settled };
    } catch (error) {
      if (closing.signal.aborted) return { looked, own: [], settled };
      if (deadline.aborted) {
        for (const one of waiting) answer(one);
        const words = `it did not answer within ${Math.round(withinMs / 1_000)} s; it is asked again`;
        return { looked, own: [{ kind: 'timedOut', categories: all, words }], settled };
      }
      log.error({ error, ...named(source) }, 'a source of changes broke');
      return { looked, own: [broke(all, "it broke; the bot's log says how")], settled };
    }
  }

  function note(stretch: Stretch | null, troubles: readonly Trouble[], covered: readonly ChangeCategory[]): void {
    if (closing.signal.aborted) return;
    const endedAt = clock.now();
    const outcome = outcomeOf(troubles, covered.length > 0);
    if (stretch !== null) last = { stretch, endedAt };
    answering = outcome === 'partly' ? covered : all;
    looks[outcome] += 1;
    failures = outcome === 'failed' || troubles.some(({ kind }) => kind === 'limited') ? failures + 1 : 0;
    const before = health;
    health = healthAfter(before, troubles, endedAt);
    if (health.kind === before.kind) return;
    if (health.kind === 'inTrouble') {
      log.warn({ ...named(source), troubles }, 'a source of changes is in trouble');
    } else log.info(named(source), 'a source of changes works');
  }

  const going = goOn();
  return {
    async lookAround(cluster, stretch) {
      if (closing.signal.aborted) return;
      const one = { cluster, stretch, at: clock.now() };
      wanted = [...wanted.filter((other) => !isSame(other, one)), one].slice(-mostWanted);
      const done = Promise.withResolvers<void>();
      waiting.add({ ...one, answered: done.resolve });
      wake.abort();
      await done.promise;
    },
    state: () => ({ source, health, lastLookedAt: last?.endedAt ?? null, looks: { ...looks } }),
    async close() {
      closing.abort(new Error('the bot stops'));
      await going;
      await source.close?.();
    },
  };
}

function usualPauseMs(paced: Paced): number {
  return pauseAfterMs(paced, Math.random());
}

function isSame(a: Wanted, b: Wanted): boolean {
  return a.cluster === b.cluster && a.stretch.fromAt === b.stretch.fromAt && a.stretch.toAt === b.stretch.toAt;
}

function broke(categories: readonly ChangeCategory[], words: string): Trouble {
  return { kind: 'broke', categories, words };
}

function named({ name, instance }: OutsideSource) {
  return { source: name, instance };
}
