import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWindow } from '../../../../src/changes/sources/github/read-window.ts';
import { at, settingsWith } from './given.ts';

const { form } = settingsWith({});
const read = (body: string, zone = 'UTC') => readWindow(body, form, zone);

describe("Upptime's convention", () => {
  const body = [
    '<!--',
    'start: 2026-11-28T13:00:00.220Z',
    'end: 2026-11-28T14:00:00.220Z',
    'expectedDown: google, hacker-news',
    'expectedDegraded: facebook',
    '-->',
    'We move to new load balancers.',
  ].join('\n');

  test('a comment gives start, end, and what is expected to fail', () => {
    expect(read(body)).toEqual({
      startAt: at('13:00:00.220'),
      endAt: at('14:00:00.220'),
      notes: [],
      expected: ['google down', 'hacker-news down', 'facebook degraded'],
      clusters: ['google', 'hacker-news', 'facebook'],
    });
  });

  test.each([
    ['lines of Windows', body.replaceAll('\n', '\r\n')],
    ['names in other case, values in quotes', body.replace('start: ', 'Start :  "').replace('220Z', '220Z"')],
    ['behind a comment of the template', `<!-- Tell us\nwhat: you do -->\n${body}`],
  ])('%s make no difference', (_name, text) => {
    expect(read(text)).toMatchObject({ startAt: at('13:00:00.220'), endAt: at('14:00:00.220'), notes: [] });
  });

  test('a comment without an end gives the start alone; one that never ends gives nothing', () => {
    expect(read('<!--\nstart: 2026-11-28T13:00:00Z\n-->')).toMatchObject({ startAt: at('13:00:00'), endAt: null });
    expect(read('<!--\nstart: 2026-11-28T13:00:00Z\n')).toMatchObject({ startAt: null, endAt: null, notes: [] });
  });
});

describe('issue forms', () => {
  const body = (start: string, end: string, zone = '_No response_') =>
    `### Start\n\n${start}\n\n### End\n\n${end}\n\n### Time zone\n\n${zone}\n\n### What will be done\n\n_No response_\n`;

  test('headings give start and end', () => {
    expect(read(body('2026-11-28 13:00 UTC', '2026-11-28T14:00:00Z'))).toEqual({
      startAt: at('13:00:00'),
      endAt: at('14:00:00'),
      notes: [],
      expected: [],
      clusters: [],
    });
  });

  test('a field for the time zone is heeded, and what it gives counts as given', () => {
    expect(read(body('2026-11-28 14:00', '2026-11-28 15:00', 'Europe/Berlin'))).toMatchObject({
      startAt: at('13:00:00'),
      endAt: at('14:00:00'),
      notes: [],
    });
  });

  test('without any zone the configured one is taken, and that is said', () => {
    const window = read(body('2026-11-28 14:00', '2026-11-28 15:00'), 'Europe/Berlin');
    expect(window.startAt).toBe(at('13:00:00'));
    expect(window.notes).toEqual([
      'Its start gives no time zone: Europe/Berlin was taken.',
      'Its end gives no time zone: Europe/Berlin was taken.',
    ]);
  });

  test('what is unreadable is said in words', () => {
    const window = read(body('tomorrow at five', '2026-11-28 14:00 UTC', 'Berlin'));
    expect(window).toMatchObject({ startAt: null, endAt: at('14:00:00') });
    expect(window.notes).toEqual([
      "Its time zone “Berlin” can't be read: UTC was taken.",
      "Its start “tomorrow at five” can't be read: write it as 2026-11-28 14:00 UTC.",
    ]);
  });

  test('an end before the start makes both worthless', () => {
    expect(read(body('2026-11-28 14:00 UTC', '2026-11-28 13:00 UTC'))).toMatchObject({
      startAt: null,
      endAt: null,
      notes: ['Its end is before its start, so neither counts.'],
    });
  });

  test('what was not answered is not there', () => {
    expect(read(body('_No response_', '_No response_'))).toMatchObject({ startAt: null, endAt: null, notes: [] });
  });

  test('clusters are those that are checked, or listed', () => {
    const text = '### Clusters\n\n- [X] prod\n- [ ] stage\n- [x] edge-eu\n\n### Other\n\n- [x] dev\n';
    expect(read(text).clusters).toEqual(['prod', 'edge-eu']);
    expect(read('## Cluster:\nprod, stage\n').clusters).toEqual(['prod', 'stage']);
  });
});

describe('any body at all', () => {
  const pieces = fc.constantFrom(
    '<!--',
    '-->',
    'start:',
    'end:',
    'start: 2026-11-28T13:00:00Z',
    'end: 2026-11-28 12:00',
    'expectedDown: a,b,,c',
    '\n',
    '\r\n',
    '### Start',
    '### End',
    '# Time zone',
    '2026-11-28 13:00 UTC',
    '`2026-11-28T13:00`',
    '_No response_',
    '- [x] prod',
    ':',
    '\u202e',
  );

  test('is read without fault, and gives times that were written or none', () => {
    const bodies = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(fc.oneof(pieces, fc.string({ maxLength: 10 })), { maxLength: 40 }).map((all) => all.join('')),
      fc.array(pieces, { maxLength: 40 }).map((all) => all.join('\n')),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const { startAt, endAt, notes } = read(body, 'Europe/Berlin');
        const written = body.includes('2026-11-28');
        if (!written) expect([startAt, endAt]).toEqual([null, null]);
        if (startAt !== null && endAt !== null) expect(endAt).toBeGreaterThanOrEqual(startAt);
        for (const note of notes) expect(note.length).toBeLessThanOrEqual(400);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a window is read back from either format, whatever stands around it', () => {
    const moment = fc.integer({ min: Date.parse('2020-01-01T00:00Z'), max: Date.parse('2040-01-01T00:00Z') });
    const around = fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[<#-]/g, ''));
    fc.assert(
      fc.property(moment, fc.nat({ max: 1e9 }), around, around, (startAt, lasts, before, behind) => {
        const [start, end] = [startAt, startAt + lasts].map((ms) => new Date(ms).toISOString());
        const comment = `${before}\n<!--\nstart: ${start}\nend: ${end}\n-->\n${behind}`;
        expect(read(comment)).toMatchObject({ startAt, endAt: startAt + lasts, notes: [] });
        const answers = `${before}\n### Start\n\n${start}\n\n### End\n\n${end}\n\n### Why\n\n${behind}`;
        expect(read(answers)).toMatchObject({ startAt, endAt: startAt + lasts, notes: [] });
      }),
    );
  });

  test('a long one takes no time to speak of', () => {
    const long = [
      `<!--${'start:'.repeat(10_000)}`,
      '<!--'.repeat(16_000),
      `${'#'.repeat(60_000)} Start`,
      ' '.repeat(65_000),
      `### Start${' '.repeat(30_000)}:${'*'.repeat(30_000)}x`,
    ];
    const began = performance.now();
    for (const body of long) read(body);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
