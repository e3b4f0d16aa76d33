import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWrittenTime, zoneOf } from '../../../../src/changes/sources/github/read-time.ts';

function read(text: string, zone = 'UTC', onTwice: 'earlier' | 'later' = 'earlier'): string {
  const time = readWrittenTime(text, zone, onTwice);
  return time.kind === 'at' ? new Date(time.at).toISOString() : time.why;
}

describe('a time that somebody wrote', () => {
  test.each([
    ['2026-11-28T14:00:00.220Z', '2026-11-28T14:00:00.220Z'],
    ['2026-11-28T14:00:00+01:00', '2026-11-28T13:00:00.000Z'],
    ['2026-11-28T14:00+0530', '2026-11-28T08:30:00.000Z'],
    ['2026-11-28T14:00+01:00[Europe/Berlin]', '2026-11-28T13:00:00.000Z'],
    ['2026-11-28 14:00 UTC', '2026-11-28T14:00:00.000Z'],
    ['2026-11-28 14:00 (UTC)', '2026-11-28T14:00:00.000Z'],
    ['2026-11-28 14:00:30Z', '2026-11-28T14:00:30.000Z'],
    ['2026-11-28, 9:05 UTC+2', '2026-11-28T07:05:00.000Z'],
    ['2026-11-28 at 14:00 gmt', '2026-11-28T14:00:00.000Z'],
    ['  2026-07-01 14:00 Europe/Berlin ', '2026-07-01T12:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('without a zone is in the one that was configured, and says that it gave none', () => {
    expect(readWrittenTime('2026-11-28 14:00', 'Europe/Berlin', 'earlier')).toEqual({
      kind: 'at',
      at: Date.parse('2026-11-28T13:00:00Z'),
      zoneGiven: false,
    });
    expect(readWrittenTime('2026-11-28 14:00 UTC', 'Europe/Berlin', 'earlier')).toMatchObject({ zoneGiven: true });
  });

  test('that clocks showed twice is the earlier for a start and the later for an end', () => {
    expect(read('2026-10-25 02:30', 'Europe/Berlin', 'earlier')).toBe('2026-10-25T00:30:00.000Z');
    expect(read('2026-10-25 02:30', 'Europe/Berlin', 'later')).toBe('2026-10-25T01:30:00.000Z');
  });

  test.each([
    ['2026-03-29 02:30 Europe/Berlin', /clocks never showed it/],
    ['2026-02-30 14:00 UTC', /no such time/],
    ['2026-11-28 25:00 UTC', /no such time/],
    ['2026-11-28 14:00 CEST', /zone is not known/],
    ['2026-11-28 14:00 Mars/Olympus', /zone is not known/],
    ['2026-11-28 14:00 UTC+99', /zone is not known/],
    ['tomorrow at 5', /write it as 2026-11-28 14:00 UTC/],
    ['28/11/2026 14:00', /write it as/],
    ['2026-11-28', /write it as/],
    ['', /write it as/],
    [`2026-11-28 14:00 ${' '.repeat(50_000)}UTC`, /write it as/],
  ])('%s is told to be unreadable, never taken for now', (text, why) => {
    expect(read(text)).toMatch(why);
  });

  test('every moment that is written out is read as that moment, in whichever zone', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland');
    const moments = fc.integer({ min: Date.parse('2000-01-01T00:00Z'), max: Date.parse('2099-12-31T00:00Z') });
    fc.assert(
      fc.property(moments, fc.integer({ min: -12 * 4, max: 14 * 4 }), zones, (ms, quarters, zone) => {
        const iso = new Date(ms).toISOString();
        expect(read(iso, zone)).toBe(iso);
        const offsetMs = quarters * 15 * 60_000;
        const sign = offsetMs < 0 ? '-' : '+';
        const [hours, minutes] = [Math.floor(Math.abs(quarters) / 4), (Math.abs(quarters) % 4) * 15].map((part) =>
          String(part).padStart(2, '0'),
        );
        const local = new Date(ms + offsetMs).toISOString().slice(0, 23);
        expect(read(`${local}${sign}${hours}:${minutes}`, zone)).toBe(iso);
        expect(read(`${local.replace('T', ' ')} UTC${sign}${hours}:${minutes}`, zone)).toBe(iso);
      }),
    );
  });

  test('any text is read or told to be unreadable', () => {
    const pieces = fc.constantFrom('2026-11-28', '2026-02-29', 'T', ' ', '14:00', '99:99', 'Z', '+01:00', '[x]', 'UTC');
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 8 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(['at', 'unreadable']).toContain(readWrittenTime(text, 'Europe/Berlin', 'later').kind);
        zoneOf(text);
      }),
      { numRuns: 500 },
    );
  });
});
