import { describe, expect, it, vi } from 'vitest';
import type { Examined, Looked, OutsideSource, SourceTrouble, Stretch } from '../../src/changes/sources/source.ts';
import { Change, type ChangeCategory } from '../../src/words/change.ts';

/**
 * How what the source asks behaves, the whole of it: `well`, or so that the source has this trouble. `timedOut` takes
 * requests and never answers.
 */
export type Staging = 'well' | SourceTrouble['kind'];

interface StagedSource {
  readonly source: OutsideSource;
  /** Holds at least one change that the source tells when all is well. */
  readonly stretch: Stretch;
  /** What the source takes for now. Epoch ms. */
  readonly nowAt: number;
  /** How many requests, or connections, have come to what it asks. */
  requests(): number;
  /** Takes down what the source asks; the source itself is closed before. */
  close(): Promise<void>;
}

export interface SourceContract {
  /**
   * Sets a source of its own before what it asks. Where it is `timedOut`, the source's own patience should be between
   * 0.5 and 5 s.
   */
  stage(how: Staging): Promise<StagedSource>;
  /** What can befall it; each is staged. `timedOut` and `malformed` always can. */
  readonly troubles: readonly SourceTrouble['kind'][];
  /** It knows that nothing is told later: it may cover up to now, whatever `lateMs` is. */
  readonly provesLater?: boolean;
  /** What must stand in no word of it: tokens, passwords. */
  readonly secrets?: readonly string[];
}

/** What everybody may rely on of a source that the bot asks. */
export function changeSourceContract(name: string, contract: SourceContract): void {
  const { stage, troubles, provesLater = false, secrets = [] } = contract;

  async function staged<T>(how: Staging, work: (stage: StagedSource) => Promise<T>): Promise<T> {
    const standing = await stage(how);
    try {
      return await work(standing);
    } finally {
      await standing.source.close?.();
      await standing.close();
    }
  }

  describe(`the source ${name}, as a source of changes`, () => {
    it('says who it is, of which clusters and of what it tells', () =>
      staged('well', async ({ source }) => {
        expect(source.name).toBe(name);
        expect(source.instance).toMatch(/^.{1,253}$/s);
        expect(source.clusters.length).toBeGreaterThan(0);
        expect(categoriesOf(source).length).toBeGreaterThan(0);
        for (const { categories, words } of source.tells) {
          expect(categories.length).toBeGreaterThan(0);
          expect(words.trim()).not.toBe('');
        }
        expect(source.lateMs).toBeGreaterThanOrEqual(0);
        expect(source.reachesBackMs).toBeGreaterThanOrEqual(0);
        expect(source.lookEveryMs).toBeGreaterThan(0);
      }));

    it('asks nothing before it is asked', () =>
      staged('well', async ({ requests }) => {
        expect(requests()).toBe(0);
      }));

    it('tells changes that are whole, its own, and of that stretch', () =>
      staged('well', async ({ source, stretch }) => {
        const { changes, troubles: found } = await source.look(stretch, never);
        expect(found).toEqual([]);
        expect(changes.length).toBeGreaterThan(0);
        for (const { cluster, change } of changes) {
          expect(Change.safeParse(change)).toMatchObject({ success: true });
          expect(change).toMatchObject({ source: name, instance: source.instance });
          expect(change.id.startsWith(`${name}:`)).toBe(true);
          expect(source.clusters).toContain(cluster);
          expect(categoriesOf(source)).toContain(change.category);
          expect(change.earliestAt).toBeLessThanOrEqual(change.latestAt);
        }
        expect(changes.filter(({ change }) => !reachesInto(change, stretch))).toEqual([]);
        const ids = changes.map(({ cluster, change }) => `${cluster} ${change.id}`);
        expect(new Set(ids).size).toBe(ids.length);
      }));

    it('covers no more than was asked, and nothing that it may yet be told', () =>
      staged('well', async ({ source, stretch, nowAt }) => {
        // Up to now: what lies in the last moments is what nobody may be sure of.
        const asked = { fromAt: stretch.fromAt, toAt: Math.max(stretch.toAt, nowAt) };
        const { covered } = await source.look(asked, never);
        expect(covered.length).toBeGreaterThan(0);
        const sureUpTo = provesLater ? nowAt : nowAt - source.lateMs;
        for (const { fromAt, toAt, categories } of covered) {
          expect(fromAt).toBeGreaterThanOrEqual(asked.fromAt);
          expect(toAt).toBeGreaterThanOrEqual(fromAt);
          expect(toAt).toBeLessThanOrEqual(Math.min(asked.toAt, sureUpTo));
          expect(categoriesOf(source)).toEqual(expect.arrayContaining([...categories]));
          expect(categories.length).toBeGreaterThan(0);
        }
      }));

    it('tells nothing of a stretch that lies elsewhere', () =>
      staged('well', async ({ source, stretch }) => {
        const before = { fromAt: stretch.fromAt - 3_600_000, toAt: stretch.fromAt - 1 };
        const { changes, covered } = await source.look(before, never);
        expect(changes.filter(({ change }) => !reachesInto(change, before))).toEqual([]);
        expect(covered.filter(({ fromAt, toAt }) => fromAt < before.fromAt || toAt > before.toAt)).toEqual([]);
      }));

    it('tells the same by the same ids when it is asked again', () =>
      staged('well', async ({ source, stretch }) => {
        const first = await source.look(stretch, never);
        const second = await source.look(stretch, never);
        expect(idsOf(second)).toEqual(idsOf(first));
      }));

    it('may do what it has to, and says so', () =>
      staged('well', async ({ source }) => {
        const examined = await source.examine(never);
        expect(examined.length).toBeGreaterThan(0);
        expect(examined.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
        for (const { what } of examined) expect(what.trim()).not.toBe('');
      }));

    const befalls = [...new Set([...troubles, 'timedOut', 'malformed'] as const)];
    it.each(befalls)('%s: what failed stands in the answer, and nothing is covered', (how) =>
      staged(how, async ({ source, stretch }) => {
        const looked = await source.look(stretch, never);
        expect(looked.troubles.map(({ kind }) => kind)).toContain(how);
        expect(looked.covered).toEqual([]);
        const cannot = new Set<ChangeCategory>(looked.troubles.flatMap(({ categories }) => categories));
        expect([...cannot].sort()).toEqual(categoriesOf(source));
        for (const { words } of looked.troubles) {
          expect(words.trim()).not.toBe('');
          expect(words).not.toMatch(/\n/);
          expect(words.length).toBeLessThanOrEqual(500);
        }
        withoutSecrets(looked);
      }),
    );

    it.each(befalls)('%s: examined, it says what is wrong and how to mend it', (how) =>
      staged(how, async ({ source }) => {
        const examined = await source.examine(never);
        const wrong = examined.filter(({ outcome }) => outcome !== 'ok');
        expect(wrong.length).toBeGreaterThan(0);
        for (const { what, words } of wrong) expect(`${what.trim()} ${words.trim()}`).toMatch(/^\S.* \S/s);
        withoutSecrets(examined);
      }),
    );

    it('stops for its caller, with the reason, and only then rejects', () =>
      staged('timedOut', async ({ source, stretch, requests }) => {
        for (const ask of [
          (signal: AbortSignal) => source.look(stretch, signal),
          (signal: AbortSignal) => source.examine(signal),
        ]) {
          const stop = new AbortController();
          const before = requests();
          const asking = ask(stop.signal);
          const stopped = expect(asking).rejects.toBe(reason);
          await vi.waitFor(() => expect(requests()).toBeGreaterThan(before), { timeout: 5_000, interval: 5 });
          stop.abort(reason);
          await stopped;
        }
      }));

    it('begins nothing for a caller who has left', () =>
      staged('well', async ({ source, stretch, requests }) => {
        const left = AbortSignal.abort(reason);
        await expect(source.look(stretch, left)).rejects.toBe(reason);
        await expect(source.examine(left)).rejects.toBe(reason);
        expect(requests()).toBe(0);
      }));

    it('is closed once or twice, used or not', () =>
      staged('well', async ({ source, stretch, requests }) => {
        await source.look(stretch, never);
        const asked = requests();
        await source.close?.();
        await source.close?.();
        expect(requests()).toBe(asked);
      }));

    function withoutSecrets(told: Looked | readonly Examined[]): void {
      const text = JSON.stringify(told);
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });
}

const never = new AbortController().signal;
const reason = new Error('the caller left');

function categoriesOf({ tells }: OutsideSource): readonly ChangeCategory[] {
  return [...new Set(tells.flatMap(({ categories }) => categories))].sort();
}

function idsOf({ changes }: Looked): readonly string[] {
  return changes.map(({ cluster, change }) => `${cluster} ${change.id}`).sort();
}

/** It can have happened within, or what it began lasts into it. */
function reachesInto({ earliestAt, latestAt, untilAt }: Change, { fromAt, toAt }: Stretch): boolean {
  return earliestAt <= toAt && Math.max(latestAt, untilAt ?? latestAt) >= fromAt;
}
