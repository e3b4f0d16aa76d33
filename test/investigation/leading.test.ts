import { describe, expect, test } from 'vitest';
import { leadingCause, leadingOnset } from '../../src/investigation/leading.ts';
import type { Cause, Diagnosis } from '../../src/words/diagnosis.ts';
import type { Onset } from '../../src/words/onset.ts';
import { proberOnset, reportOnset } from './onset.ts';

const cause = (key: string, standing: Cause['standing']): Cause => ({
  key,
  standing,
  title: key,
  rule: 'firewall',
  at: null,
  changeId: null,
  reasons: [],
  against: [],
});
const diagnosis = (onset: Onset, ...causes: Cause[]): Diagnosis => ({ onset, answers: [], causes, notes: [] });

describe('the onset that leads', () => {
  test('a prober stands before a report, whichever came first', () => {
    const onsets = [reportOnset(9_000), proberOnset(50_000)];
    expect(leadingOnset({ onsets })?.method).toBe('prober');
    expect(leadingOnset({ onsets: onsets.toReversed() })?.method).toBe('prober');
  });

  test('what a person set right stands before everything, the newest of it first', () => {
    const onsets: Onset[] = [
      { ...reportOnset(1_000), id: 'correction:1', method: 'correction' },
      { ...reportOnset(2_000), id: 'correction:2', method: 'correction' },
      proberOnset(50_000),
    ];
    expect(leadingOnset({ onsets })?.id).toBe('correction:2');
  });

  test('of several stretches the one that lasts, else the longest', () => {
    const flap = proberOnset(100_000, 110_000);
    const real = proberOnset(200_000);
    expect(leadingOnset({ onsets: [flap, real] })?.id).toBe(real.id);
    expect(leadingOnset({ onsets: [real, flap] })?.id).toBe(real.id);
    const over = proberOnset(200_000, 500_000);
    expect(leadingOnset({ onsets: [over, flap] })?.id).toBe(over.id);
  });

  test('none is known', () => {
    expect(leadingOnset({ onsets: [] })).toBeNull();
  });
});

describe('the cause that leads', () => {
  const prober = proberOnset(50_000);
  const report = reportOnset(9_000);

  test('the first of the leading onset that is a cause', () => {
    const state = {
      onsets: [prober],
      diagnoses: [diagnosis(prober, cause('a', 'possible'), cause('b', 'contradicted'))],
    };
    expect(leadingCause(state)?.cause.key).toBe('a');
  });

  test('what is contradicted or merely coincides is no cause', () => {
    const state = {
      onsets: [prober],
      diagnoses: [diagnosis(prober, cause('a', 'coincides'), cause('b', 'contradicted'))],
    };
    expect(leadingCause(state)).toBeNull();
  });

  test('without one, what explains another onset is told', () => {
    const state = {
      onsets: [prober, report],
      diagnoses: [diagnosis(prober), diagnosis(report, cause('c', 'explains'))],
    };
    expect(leadingCause(state)).toMatchObject({ onsetId: report.id, cause: { key: 'c' } });
  });
});
