import { describe, expect, test } from 'vitest';
import { aSetUp, doctor, type SetUp } from './set-up.ts';

interface Fault {
  readonly what: string;
  readonly does: (setUp: SetUp) => void | Promise<void>;
  readonly check: string;
  readonly outcome: 'failed' | 'warning';
  readonly words: RegExp;
  readonly mend: RegExp;
}

/** Each, done to a set-up in which nothing else is wrong. */
export function theseFaultsAreNamed(faults: readonly Fault[]): void {
  describe('what is wrong is named, and how to mend it', () => {
    test.each(faults)('$what', async (fault) => {
      const setUp = await aSetUp();
      await fault.does(setUp);
      const { findings, code } = await doctor(setUp);
      const found = findings.filter(
        ({ check, about, words }) => check === fault.check && fault.words.test(`${about}: ${words}`),
      );
      expect(
        found,
        JSON.stringify(
          findings.filter(({ outcome }) => outcome !== 'ok'),
          null,
          1,
        ),
      ).toHaveLength(1);
      expect(found[0]?.outcome).toBe(fault.outcome);
      expect(found[0]?.mend).toMatch(fault.mend);
      expect(code).toBe(findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0);
    });
  });
}
