import { describe, expect, test } from 'vitest';
import { timelinePicture } from '../../../src/briefing/picture/timeline-picture.ts';
import { pngOf } from '../../../src/ops/png.ts';
import { onsetAt, withChanges } from './states.ts';

const given = { nowAt: onsetAt + 4 * 60_000, zone: 'Europe/Berlin' };

function drawn(amount: number) {
  const picture = timelinePicture(withChanges(amount), given);
  if (picture === null) throw new Error('nothing was drawn');
  return picture;
}

describe('the timeline picture', () => {
  test.each([0, 1, 20, 500])('of %i changes is drawn, at a width that is read on a phone', async (amount) => {
    const png = await pngOf(drawn(amount).svg);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(1080);
    expect(png.readUInt32BE(20)).toBeGreaterThan(700);
    expect(png.readUInt32BE(20)).toBeLessThan(2_400);
  });

  test('tells the onset in UTC and in the zone of the one who asked', () => {
    expect(drawn(1).svg).toContain('Fails since 14:03:12–14:03:17 UTC (15:03 Europe/Berlin)');
  });

  test('of an outage that is over says how long it was, within its width', () => {
    const state = withChanges(1);
    const recovery = { earliestAt: onsetAt + 60_000, latestAt: onsetAt + 65_000 };
    const diagnoses = state.diagnoses.map((one) => ({ ...one, onset: { ...one.onset, recovery } }));
    const onsets = state.onsets.map((one) => ({ ...one, recovery }));
    const { svg = '' } = timelinePicture({ ...state, onsets, diagnoses }, given) ?? {};
    const head = [...svg.matchAll(/<text[^>]* font-size="30"[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words ?? '');
    expect(head.slice(0, 2)).toEqual(['Failed from 14:03:12–14:03:17 UTC (15:03 Europe/Berlin),', 'over after 60 s']);
  });

  test('shows text, not only shapes: letters change the pixels', async () => {
    const { svg } = drawn(1);
    const [withWords, without] = await Promise.all([
      pngOf(svg),
      pngOf(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, '')),
    ]);
    expect(withWords.length).toBeGreaterThan(1.5 * without.length);
  });

  test('says the same in words', () => {
    expect(drawn(1).alt).toMatch(
      /^Timeline of prod, 2026-11-22 14:03:12 UTC\. Fails since .* 1: nftables on cp-1: .*, 72 s before the first failures, explains\./,
    );
    expect(drawn(500).alt.length).toBeLessThanOrEqual(2_000);
    expect(drawn(0).alt).toMatch(/Security groups: no data/);
  });

  test('names from a cluster can not break it', async () => {
    const state = withChanges(1);
    const picture = timelinePicture({ ...state, cluster: '</text>&\u0001<script>' }, given);
    expect(picture?.svg).not.toContain('<script>');
    await expect(pngOf(picture?.svg ?? '')).resolves.toBeInstanceOf(Buffer);
  });

  test('shows code as it is, without the marks around it', () => {
    const { svg } = timelinePicture({ ...withChanges(1), cluster: '`prod`' }, given) ?? { svg: '' };
    expect(svg).toContain('prod: API server');
    expect(svg).not.toContain('`');
  });

  test('without an onset there is nothing to draw', () => {
    expect(timelinePicture({ ...withChanges(0), onsets: [] }, given)).toBeNull();
  });
});
