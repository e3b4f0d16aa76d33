import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../../src/onset/report.ts';

const BERLIN = 'Europe/Berlin';
/** 14:20:30 in Berlin, in winter. */
const NOW = at('2026-11-22T13:20:30Z');

describe('a report', () => {
  it('is what was said before, since when, and from where', () => {
    const report = read('prod since 14:05 from 203.0.113.0/24');
    expect(report).toMatchObject({
      rest: 'prod',
      since: { earliestAt: at('2026-11-22T13:05:00Z'), latestAt: at('2026-11-22T13:05:59.999Z') },
      sources: ['203.0.113.0/24'],
      understood: { at: '2026-11-22T14:05:00+01:00', zone: BERLIN, sources: ['203.0.113.0/24'], notes: [] },
    });
  });

  it.each([
    ['prod', 'prod', null, []],
    ['', '', null, []],
    ['since 14:05', '', '2026-11-22T14:05:00+01:00', []],
    ['from 10.0.0.1 since 14:05', '', '2026-11-22T14:05:00+01:00', ['10.0.0.1']],
    ['prod FROM 10.0.0.1 Since 14:05', 'prod', '2026-11-22T14:05:00+01:00', ['10.0.0.1']],
    ['since-prod', 'since-prod', null, []],
  ])('%j', (text, rest, said, sources) => {
    expect(read(text)).toMatchObject({ rest, sources, understood: { at: said } });
  });

  it.each([
    ['prod since', 'since', 'since 14:05'],
    ['prod from', 'from', '203.0.113.0/24'],
    ['since 14:05 since 14:06', 'since 14:06', 'once'],
    ['since 14:05 prod', 'prod', 'before "since"'],
  ])('%j is not clear, and says which part', (text, part, why) => {
    expect(parseReport(text, { nowAt: NOW, zone: BERLIN })).toEqual({
      kind: 'unclear',
      part,
      why: expect.stringContaining(why),
    });
  });
});

describe('the time', () => {
  it.each([
    ['14:05', '2026-11-22T14:05:00+01:00', 59_999],
    ['09:05', '2026-11-22T09:05:00+01:00', 59_999],
    ['14:05:30', '2026-11-22T14:05:30+01:00', 999],
    ['14:05:30.250', '2026-11-22T14:05:30+01:00', 0],
    ['2:05pm', '2026-11-22T14:05:00+01:00', 59_999],
    ['2:05 PM', '2026-11-22T14:05:00+01:00', 59_999],
    ['12:05 a.m.', '2026-11-22T00:05:00+01:00', 59_999],
    ['12:05pm', '2026-11-22T12:05:00+01:00', 59_999],
    ['today 14:05', '2026-11-22T14:05:00+01:00', 59_999],
    ['yesterday 23:55', '2026-11-21T23:55:00+01:00', 59_999],
    ['yesterday at 23:55', '2026-11-21T23:55:00+01:00', 59_999],
    ['23:55 yesterday', '2026-11-21T23:55:00+01:00', 59_999],
    ['2026-11-20 14:05', '2026-11-20T14:05:00+01:00', 59_999],
    ['2026-11-20T14:05:30', '2026-11-20T14:05:30+01:00', 999],
    ['2026-11-22T13:05:30Z', '2026-11-22T13:05:30+00:00', 999],
    ['2026-11-22T15:05:30+02:00', '2026-11-22T15:05:30+02:00', 999],
    ['2026-11-22T08:05:30.5-0500', '2026-11-22T08:05:30-05:00', 0],
    ['13:05 UTC', '2026-11-22T13:05:00+00:00', 59_999],
    ['13:05Z', '2026-11-22T13:05:00+00:00', 59_999],
    ['08:05 America/New_York', '2026-11-22T08:05:00-05:00', 59_999],
    ['15:05 UTC+2', '2026-11-22T15:05:00+02:00', 59_999],
    ['yesterday 23:55 UTC', '2026-11-21T23:55:00+00:00', 59_999],
    ['23:55 UTC yesterday', '2026-11-21T23:55:00+00:00', 59_999],
  ])('%s', (words, said, widthMs) => {
    const { since, understood } = read(`since ${words}`);
    expect(understood.at).toBe(said);
    expect(Math.floor((since?.earliestAt ?? 0) / 1000) * 1000).toBe(at(said));
    expect((since?.latestAt ?? 0) - (since?.earliestAt ?? 0)).toBe(widthMs);
  });

  it.each([
    ['25 min ago', 25 * 60_000, 30_000],
    ['10m ago', 10 * 60_000, 30_000],
    ['10minutes ago', 10 * 60_000, 30_000],
    ['1h 20m ago', 80 * 60_000, 30_000],
    ['1 hour and 20 minutes ago'.replace(' and', ','), 80 * 60_000, 30_000],
    ['an hour ago', 60 * 60_000, 30 * 60_000],
    ['90 s ago', 90_000, 5_000],
  ])('%s is as sure as its smallest unit', (words, agoMs, sureToMs) => {
    expect(read(`since ${words}`).since).toMatchObject({
      earliestAt: NOW - agoMs - sureToMs,
      latestAt: NOW - agoMs + sureToMs,
    });
  });

  it('never ends ahead of now', () => {
    expect(read('since 14:20').since?.latestAt).toBe(NOW);
    expect(read('since 2 s ago').since?.latestAt).toBe(NOW);
  });

  it('said shortly after midnight without a day is of yesterday, and said so', () => {
    const report = read('since 23:55', at('2026-11-22T23:10:00Z'));
    expect(report.understood).toMatchObject({
      at: '2026-11-22T23:55:00+01:00',
      notes: [expect.stringContaining('yesterday')],
    });
  });

  it.each([
    ['14:21', 'ahead of now (2026-11-22 14:20 in Europe/Berlin)'],
    ['today 23:55', 'ahead of now'],
    ['2026-11-22 14:21', 'ahead of now'],
    ['2026-12-01 14:05', 'ahead of now'],
    ['2025-11-22 14:05', 'more than 31 days ago'],
    ['2:05', 'say 2:05am or 2:05pm'],
    ['yesterday 9:05', 'say 9:05am or 9:05pm'],
    ['24:00', 'no such time of day'],
    ['14:60', 'no such time of day'],
    ['13:05pm', 'no such time of day'],
    ['2026-11-31 14:05', 'no such day'],
    ['14:05 CST', 'abbreviations of zones mean several'],
    ['14:05 Europe/Nowhere', 'such as Europe/Berlin'],
    ['1405', 'with a colon: 14:05'],
    ['14.05', 'with a colon: 14:05'],
    ['2pm', 'minutes as well'],
    ['yesterday', 'time of day as well'],
    ['monday 14:05', 'say it as 14:05'],
    ['11/22 14:05', 'say it as 14:05'],
    ['this morning', 'say it as 14:05'],
    ['yesterday 14:05 yesterday', 'the day once'],
    ['20m 1h ago', '25 min ago'],
    ['ten minutes ago', '25 min ago'],
    ['a few minutes ago', '25 min ago'],
    ['1.5 h ago', '25 min ago'],
    ['-5 min ago', '25 min ago'],
  ])('%s is refused', (words, why) => {
    const read = parseReport(`since ${words}`, { nowAt: NOW, zone: BERLIN });
    expect(read).toMatchObject({ kind: 'unclear', why: expect.stringContaining(why) });
  });

  it('without a leading zero is the nearer half of the day, or is asked about', () => {
    const morning = at('2026-11-22T09:10:00Z');
    expect(read('since 9:55', morning).understood.at).toBe('2026-11-22T09:55:00+01:00');
    expect(parseReport('since 12:30', { nowAt: at('2026-11-21T23:45:00Z'), zone: BERLIN })).toMatchObject({
      why: expect.stringContaining('12:30am or 12:30pm'),
    });
    expect(read('since 02:05').understood.at).toBe('2026-11-22T02:05:00+01:00');
  });

  it('is read in UTC, and says so, when the zone is not known', () => {
    expect(read('since 13:05', NOW, 'Mars/Olympus').understood).toMatchObject({
      at: '2026-11-22T13:05:00+00:00',
      zone: 'UTC',
      notes: [expect.stringContaining('Mars/Olympus')],
    });
  });

  it('that clocks showed twice is the later one that has passed, with the other said', () => {
    const afterBoth = read('since 02:30', at('2026-10-25T02:00:00Z'));
    expect(afterBoth.understood).toMatchObject({
      at: '2026-10-25T02:30:00+01:00',
      notes: [expect.stringContaining('the earlier was 2026-10-25T02:30:00+02:00')],
    });
    const between = read('since 02:30', at('2026-10-25T01:10:00Z'));
    expect(between.understood).toMatchObject({ at: '2026-10-25T02:30:00+02:00', notes: [] });
  });

  it('that clocks never showed is refused', () => {
    const read = parseReport('since 02:30', { nowAt: at('2026-03-29T02:00:00Z'), zone: BERLIN });
    expect(read).toMatchObject({ kind: 'unclear', why: expect.stringContaining('put forward past that time') });
  });
});

describe('the sources', () => {
  it.each([
    ['203.0.113.7', ['203.0.113.7']],
    ['203.0.113.0/24, 198.51.100.7 and 2001:DB8::/48', ['203.0.113.0/24', '198.51.100.7', '2001:db8::/48']],
    ['203.0.113.0/24,203.0.113.0/24;10.0.0.0/8', ['203.0.113.0/24', '10.0.0.0/8']],
    ['[2001:db8::1]', ['2001:db8::1']],
    ['::ffff:203.0.113.7', ['203.0.113.7']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('%s', (words, sources) => {
    expect(read(`from ${words}`).sources).toEqual(sources);
  });

  it('are ranges, whichever of their addresses was said', () => {
    const report = read('from 203.0.113.77/24');
    expect(report.sources).toEqual(['203.0.113.0/24']);
    expect(report.understood.notes).toEqual(['203.0.113.77/24 was taken as 203.0.113.0/24']);
  });

  it.each([
    ['ci.example.com', 'names are not looked up'],
    ['the office', 'names are not looked up'],
    ['203.0.113.7:443', 'leave the port out'],
    ['203.0.113.1-203.0.113.9', 'as CIDR'],
    ['203.0.113.0/33', 'neither an address nor a range'],
    ['203.0.113', 'neither an address nor a range'],
    ['1', 'neither an address nor a range'],
    ['fe80::1%eth0', 'names are not looked up'],
    ['14:05', 'a time goes after "since"'],
    [',', 'addresses or ranges'],
    [Array.from({ length: 65 }, (_, index) => `10.0.0.${index}`).join(' '), 'at most 64'],
  ])('%s are refused', (words, why) => {
    const read = parseReport(`from ${words}`, { nowAt: NOW, zone: BERLIN });
    expect(read).toMatchObject({ kind: 'unclear', why: expect.stringContaining(why) });
  });
});

describe('in every zone, on every day', () => {
  const zones = [
    'UTC',
    BERLIN,
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/St_Johns',
  ];
  const zone = fc.constantFrom(...zones);
  /** Around changes of clocks more often than not. */
  const now = fc.oneof(
    fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') }),
    ...[
      '2026-03-08T07:00Z',
      '2026-03-29T01:00Z',
      '2026-04-04T15:00Z',
      '2026-10-03T15:30Z',
      '2026-10-25T01:00Z',
      '2026-11-01T06:00Z',
    ].map((change) => fc.integer({ min: at(change) - 6 * 3_600_000, max: at(change) + 6 * 3_600_000 })),
  );
  const agoMs = fc.integer({ min: 0, max: 11 * 3_600_000 });

  it('a moment of the last hours, said as the clock on the wall showed it, is in the interval, or was shown twice', () => {
    fc.assert(
      fc.property(zone, now, agoMs, fc.boolean(), (zone, nowAt, agoMs, withSeconds) => {
        const truthAt = nowAt - agoMs;
        const wall = local(truthAt, zone);
        const words = withSeconds ? wall.slice(11, 19) : wall.slice(11, 16);
        const report = read(`since ${padded(words)}`, nowAt, zone);
        const { earliestAt = 0, latestAt = 0 } = report.since ?? {};
        const inside = earliestAt <= truthAt && truthAt <= latestAt;
        const twice = report.understood.notes.some((note) => note.includes('showed it twice'));
        expect(inside || twice).toBe(true);
        expect(latestAt).toBeLessThanOrEqual(nowAt);
      }),
      { numRuns: 2_000 },
    );
  });

  it('with its offset it is in the interval always', () => {
    fc.assert(
      fc.property(zone, now, fc.integer({ min: 0, max: 20 * 86_400_000 }), (zone, nowAt, agoMs) => {
        const truthAt = nowAt - agoMs;
        const report = read(`since ${local(truthAt, zone)}`, nowAt, 'UTC');
        expect(report.since?.earliestAt).toBeLessThanOrEqual(truthAt);
        expect(report.since?.latestAt).toBeGreaterThanOrEqual(truthAt);
        expect(report.understood.notes).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('whatever is said, what is understood reads the same again', () => {
    fc.assert(
      fc.property(zone, now, agoMs, (zone, nowAt, agoMs) => {
        const first = read(`since ${padded(local(nowAt - agoMs, zone).slice(11, 19))}`, nowAt, zone);
        const again = read(`since ${first.understood.at}`, nowAt, 'UTC');
        expect(again.since?.earliestAt).toBe(first.since?.earliestAt);
      }),
      { numRuns: 500 },
    );
  });

  it('no words make it throw, and none are taken as a time ahead of now', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'since',
        'from',
        'ago',
        'today',
        'yesterday',
        '14:05',
        '2:05pm',
        '25',
        'min',
        'UTC',
        '10.0.0.0/8',
        '2026-10-25',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), zone, now, (words, zone, nowAt) => {
        const report = parseReport(words.join(' '), { nowAt, zone });
        if (report.kind === 'unclear') expect(report.why).not.toBe('');
        else expect(report.since?.latestAt ?? 0).toBeLessThanOrEqual(nowAt);
      }),
      { numRuns: 2_000 },
    );
  });
});

function read(text: string, nowAt = NOW, zone = BERLIN): Report {
  const report = parseReport(text, { nowAt, zone });
  if (report.kind === 'unclear') throw new Error(`${report.part}: ${report.why}`);
  return report;
}

function at(iso: string): number {
  return Date.parse(iso);
}

function local(at: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** `10:05` and the like may be taken for the other half of the day: said with their half they may not. */
function padded(clock: string): string {
  const hour = Number(clock.slice(0, 2));
  if (hour < 10 || hour > 12) return clock;
  return `${hour}${clock.slice(2)}${hour === 12 ? 'pm' : 'am'}`;
}
