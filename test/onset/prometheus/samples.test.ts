import { describe, expect, it } from 'vitest';
import { onsetsOfSamples } from '../../../src/onset/prometheus/samples.ts';
import { Onset } from '../../../src/words/onset.ts';

const S = 15_000;
const UP = 'up{job="apiserver"}';

describe('the onsets of several series', () => {
  it('are one where all begin to fail at once, from the first that fails', () => {
    const { onsets, notes } = look({ a: '111000', b: '111000' });
    expect(notes).toEqual([]);
    expect(onsets).toHaveLength(1);
    expect(Onset.parse(onsets[0])).toMatchObject({
      method: 'prometheus-samples',
      earliestAt: 2 * S - 2,
      scope: 'unknown',
      words: expect.stringContaining('2 of 2 series fail by then: a, b'),
    });
  });

  it('are one for each time at which some begin to fail', () => {
    const { onsets } = look({ a: '100000', b: '111100', c: '111100' });
    expect(onsets.map(({ earliestAt, scope }) => [earliestAt, scope])).toEqual([
      [-2, 'oneAddress'],
      [3 * S - 2, 'unknown'],
    ]);
    expect(onsets.map(({ words }) => words)).toEqual([
      expect.stringContaining('1 of 3 series fail by then: a.'),
      expect.stringContaining('3 of 3 series fail by then: b, c'),
    ]);
  });

  it('keep their ids when more is known of them', () => {
    const ids = (series: string) => look({ a: series }).onsets.map(({ id }) => id);
    expect(ids('1110')).toEqual(ids('1110011'));
    expect(ids('1110')).not.toEqual(ids('11110'));
  });

  it('are over when the last of them is', () => {
    expect(look({ a: '110111', b: '110011' }).onsets[0]?.recovery?.earliestAt).toBe(3 * S - 2);
    expect(look({ a: '110111', b: '110000' }).onsets[0]?.recovery).toBeNull();
  });

  it('are none where nothing failed, and why is said of each', () => {
    const { onsets, notes, older, vanishedAt } = look({ a: '111111', b: '11....', c: '000000', d: '555555' });
    expect(onsets).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(/of a: no bad sample up to 1970-01-01T00:01:15Z/),
      expect.stringMatching(/of b: its samples end at 1970-01-01T00:00:15Z with a good one, which is no data/),
      expect.stringMatching(/of c: bad as far back as was looked/),
      expect.stringMatching(/of d: a value of 5, where 1 \(good\) and 0 \(bad\) are expected/),
    ]);
    expect({ older, vanishedAt }).toEqual({ older: true, vanishedAt: S });
  });

  it('warn that up may notice late, and do not where every probe connects anew', () => {
    expect(look({ a: '110' }).onsets[0]?.words).toContain('keeps connections open');
    expect(look({ a: '110' }, 'probe_success').onsets[0]?.words).not.toContain('keeps connections open');
  });
});

function look(series: Readonly<Record<string, string>>, selector = UP) {
  const untilAt = (Object.values(series)[0]?.length ?? 0) * S - 1;
  const all = Object.entries(series).map(([instance, letters]) => ({
    labels: { instance },
    points: [...letters].flatMap((letter, index) => (letter === '.' ? [] : [{ at: index * S, value: Number(letter) }])),
  }));
  return onsetsOfSamples(selector, all, { nearAt: untilAt, untilAt, tookMs: () => 300 });
}
