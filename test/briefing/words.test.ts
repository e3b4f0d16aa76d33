import { describe, expect, test } from 'vitest';
import { handCommands } from '../../src/briefing/hand-commands.ts';
import { stepMark } from '../../src/briefing/marks.ts';
import { phaseWords, probesIn } from '../../src/briefing/phases.ts';
import { firstSentence, progressWords, stepRow } from '../../src/briefing/step-row.ts';
import { duration, lasted, utcDayAndTime, utcTime } from '../../src/briefing/time.ts';
import { leavesByWords } from '../../src/briefing/vantage-words.ts';
import type { StepRun, StepState } from '../../src/investigation/state.ts';
import type { ProbeResult } from '../../src/words/probe.ts';

const blank: StepRun = {
  run: 1,
  status: 'done',
  by: { kind: 'itself' },
  startedAt: 1,
  finishedAt: 2,
  asked: [],
  evidence: [],
  missing: [],
  verdict: 'ok',
  reason: 'It listens. On 10.0.0.10:6443.',
  record: null,
};

const stepOf = (...runs: Partial<StepRun>[]): StepState => {
  const made = runs.map((run, index) => ({ ...blank, run: index + 1, ...run }));
  return {
    id: 'listening',
    status: made.at(-1)?.status === 'running' ? 'running' : 'done',
    runs: made,
    reached: true,
    skippedBy: null,
  };
};

describe('the mark of a step has a symbol and the same in words', () => {
  test.each([
    [stepOf({}), '✅', 'ok'],
    [stepOf({ verdict: 'problem' }), '❌', 'problem'],
    [stepOf({ verdict: 'unknown' }), '❔', 'unknown'],
    [stepOf({ verdict: 'notApplicable' }), '➖', 'not applicable'],
    [stepOf({ status: 'failed', verdict: 'unknown' }), '❔', 'could not run'],
    [stepOf({ status: 'interrupted', verdict: 'unknown' }), '❔', 'interrupted'],
    [stepOf({ status: 'recorded', verdict: 'problem' }), '❌', 'problem, by hand'],
    [stepOf({ status: 'running', verdict: null }), '⏳', 'running'],
    [stepOf({}, { status: 'running', verdict: null }), '⏳', 'running again'],
    [{ ...stepOf(), status: 'waiting' as const }, '▫️', 'waiting'],
    [{ ...stepOf({}), status: 'skipped' as const }, '⏭️', 'skipped'],
  ])('%#: %s %s', (step, symbol, words) => {
    expect(stepMark(step)).toEqual({ symbol, words });
  });
});

test('a row gives the first sentence of the reason', () => {
  expect(stepRow(stepOf({}))).toMatchObject({ number: 3, title: 'Listening', reason: 'It listens.' });
  expect(firstSentence('Port 10.0.0.10:6443 is v1.31. Ok')).toBe('Port 10.0.0.10:6443 is v1.31.');
  expect(firstSentence('no end')).toBe('no end');
});

test('progress says who was asked and who is awaited', () => {
  const node = { kind: 'node' as const, instance: 'cp-1', leavesBy: [] };
  expect(progressWords(blank)).toBe('about to ask');
  const asked = [{ vantage: node, check: 'listening' as const }];
  expect(progressWords({ ...blank, asked })).toBe('asked 1 vantage, 0 answered, waiting for node cp-1');
});

test('one that is asked for two things has answered when both are there', () => {
  const bot = { kind: 'outside' as const, instance: 'bot', leavesBy: [] };
  const asked = (['endpoint', 'endpoint-path'] as const).map((check) => ({ vantage: bot, check }));
  const answer = (check: 'endpoint' | 'endpoint-path') => ({
    ...{ check, vantage: bot, verdict: 'ok' as const, reason: 'It is.', details: [], facts: null },
    ...{ gatheredAt: 1, asOfAt: 1, tookMs: 1 },
  });
  expect(progressWords({ ...blank, asked, evidence: [answer('endpoint')] })).toBe(
    'asked 1 vantage, 0 answered, waiting for the bot',
  );
  expect(progressWords({ ...blank, asked, evidence: [answer('endpoint'), answer('endpoint-path')] })).toBe(
    'asked 1 vantage, 1 answered',
  );
});

test('how long something took is in one unit that fits', () => {
  const said = [0, 12.4, 999, 1400, 59_000, 180_000, 7_200_000, 172_800_000].map(duration);
  expect(said).toEqual(['0 ms', '12 ms', '999 ms', '1.4 s', '59 s', '3 min', '2 h', '2 days']);
  expect(utcTime(Date.UTC(2026, 1, 3, 14, 2, 10))).toBe('14:02:10');
  expect(utcDayAndTime(Date.UTC(2026, 1, 3, 14, 2, 10))).toBe('2026-02-03 14:02:10');
});

test('of many addresses the first are shown and the rest counted', () => {
  expect(leavesByWords({ kind: 'node', instance: 'a', leavesBy: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] })).toBe(
    '10.0.0.1, 10.0.0.2 and 1 more',
  );
  expect(leavesByWords({ kind: 'node', instance: 'a', leavesBy: [] })).toBeNull();
});

describe('phases', () => {
  const probe: ProbeResult = {
    target: { path: 'endpoint', host: 'api', port: 6443 },
    address: '10.0.0.10',
    startedAt: 1,
    tookMs: 1000,
    phases: { resolve: 2, connect: 1, tls: 990 },
    failure: { phase: 'tls', kind: 'timeout', message: 'no answer' },
    tlsFaults: [],
    certificate: null,
    byClusterCa: null,
    httpStatus: null,
    good: false,
  };

  test('say how long each took, and which one failed', () => {
    expect(phaseWords(probe)).toBe('resolve 2 ms, connect 1 ms, tls failed');
  });

  test('are found among facts of any shape', () => {
    expect(probesIn({ results: [probe], other: 3 })).toEqual([probe]);
    expect([null, 'x', 3, { results: 'none' }, { results: [{}] }].flatMap(probesIn)).toEqual([]);
  });
});

test('commands carry the endpoint, or say what to fill in', () => {
  const [known] = handCommands({ endpoint: 'https://10.0.0.10:7443' }, 'listening');
  expect(known).toMatchObject({ command: "ss -Hltnp 'sport = :7443'", complete: true });
  for (const endpoint of [null, 'not a url;$(reboot)']) {
    const commands = handCommands({ endpoint }, 'inside')
      .map(({ command }) => command)
      .join();
    expect(commands).toContain('<url>');
    expect(commands).not.toContain('reboot');
  }
});

test.each([
  [12_000, '12 s'],
  [30 * 60_000, '30 min'],
  [60 * 60_000, '1 h'],
  [95 * 60_000, '1 h 35 min'],
  [47.5 * 3_600_000, '47 h 30 min'],
  [51 * 3_600_000, '2 days 3 h'],
])('an outage of %d ms lasted %s', (ms, words) => {
  expect(lasted(ms)).toBe(words);
});
