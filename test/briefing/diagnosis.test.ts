import { describe, expect, test } from 'vitest';
import { causeWords } from '../../src/briefing/cause-words.ts';
import { briefDiagnosis } from '../../src/briefing/diagnosis.ts';
import { leadingLine } from '../../src/briefing/leading-line.ts';
import { foundWords, otherOnsets, scopeWords, sinceWords } from '../../src/briefing/onset-words.ts';
import { plainPhrase } from '../../src/briefing/phrase.ts';
import { distance } from '../../src/briefing/time.ts';
import { wideningWords, windowWords } from '../../src/briefing/window-words.ts';
import { inTheWindows, justOutside, outsideWords } from '../../src/briefing/windows.ts';
import { replay } from '../../src/investigation/evolve.ts';
import { ruleById, rules } from '../../src/playbook/rules.ts';
import { answer, beganAt, cause, decoy, diagnosis, hit, onset, report, typical } from './diagnoses.ts';

describe('windows in words', () => {
  test.each([
    ['firewall', '10 min before', '30 min before, widened', '10 → 30 min'],
    [
      'control-plane',
      '5 min before or after',
      '15 min before or after, widened, our extension',
      '5 → 15 min, our extension',
    ],
    ['load-balancer', '10 min before or after', '30 min before or after, widened', '10 → 30 min'],
    ['maintenance', '1 h before or after', '2 h before or after, widened', '1 → 2 h'],
  ] as const)('%s', (rule, narrow, wide, widening) => {
    expect(windowWords(ruleById(rule), false)).toBe(narrow);
    expect(windowWords(ruleById(rule), true)).toBe(wide);
    expect(wideningWords(ruleById(rule))).toBe(widening);
  });
});

describe('what lies in the windows and just outside', () => {
  test('is counted once, though two rules look at the same changes', () => {
    const both = { hits: [decoy(1), decoy(2)], moreHits: 3, justOutside: 4 };
    const answers = [
      answer('load-balancer', both),
      answer('load-balancer-history', both),
      answer('dns', { hits: [hit()] }),
    ];
    expect(inTheWindows({ answers })).toBe(6);
    expect(justOutside({ answers })).toBe(4);
  });

  test('lies before where no window looks behind, else outside', () => {
    const firewall = answer('firewall', { justOutside: 1 });
    expect(outsideWords([answer('dns')])).toBeNull();
    expect(outsideWords([firewall, answer('dns')])).toBe('1 change lies just before the windows');
    expect(outsideWords([firewall, answer('dns', { justOutside: 2 })])).toBe('3 changes lie just outside the windows');
  });
});

describe('an onset', () => {
  test.each([
    [onset(), 'Failing since 14:03:30 UTC, to within 5 s'],
    [onset({ latestAt: beganAt }), 'Failing since 14:03:30 UTC'],
    [
      onset({ recovery: { earliestAt: beganAt + 60_000, latestAt: beganAt + 65_000 } }),
      'Failed from 14:03:30 UTC for 60 s, to within 5 s',
    ],
  ])('%#: says since when, how sure, how long', (one, said) => {
    expect(plainPhrase(sinceWords(one))).toBe(said);
  });

  test('says how it was found, from where it fails, and for whom', () => {
    expect(foundWords(onset({ words: ' ', method: 'active-at' }))).toBe('told by the alert');
    expect(scopeWords(onset({ sources: ['192.0.2.1'] }))).toBe('from everywhere');
    const sources = ['10.0.0.0/8', '192.0.2.1', '192.0.2.2', '192.0.2.3'];
    expect(scopeWords({ ...report(), sources })).toBe('for clients in 10.0.0.0/8, 192.0.2.1, 192.0.2.2 and 1 more');
    expect(scopeWords({ ...report(), sources, words: 'clients from 10.0.0.0/8 began to fail' })).toBe('');
  });

  test('names those that agree and those that do not; of corrections only the one that counts', () => {
    const first = onset({ id: 'correction:1', method: 'correction' });
    const newer = onset({ id: 'correction:2', method: 'correction', earliestAt: beganAt - 60_000, latestAt: beganAt });
    const said = otherOnsets({ onsets: [onset(), report(), first, newer] }).map(plainPhrase);
    expect(said).toEqual([
      'Agrees: own probes say 14:03:30 UTC',
      'Disagrees: a report says 13:38:30 UTC, 23 min earlier',
    ]);
    expect(otherOnsets({ onsets: [] })).toEqual([]);
  });
});

describe('a cause', () => {
  test.each([
    [-20_000, -20_000, 'it 14:03:10 UTC, 20 s before the first failures'],
    [-90_000, -20_000, 'it between 14:02:00 UTC and 14:03:10 UTC, 20 s before the first failures'],
    [-20_000, 0, 'it between 14:03:10 UTC and 14:03:30 UTC, as the failures began'],
    [65_000, 65_000, 'it 14:04:35 UTC, 60 s after the first failures'],
  ])('from %i to %i ms of the onset', (from, to, said) => {
    const at = { earliestAt: beganAt + from, latestAt: beganAt + to };
    expect(plainPhrase(causeWords({ title: 'it', at }, onset()))).toBe(said);
  });

  test('that rests on evidence alone has no time', () => {
    expect(plainPhrase(causeWords({ title: 'the certificate expired', at: null }, onset()))).toBe(
      'the certificate expired',
    );
  });
});

test('the leading line holds for a terminal as well', () => {
  const by = { kind: 'itself' as const };
  const opened = { kind: 'opened' as const, at: beganAt, by, id: 'inv-a', cluster: 'prod', endpoint: null, room: null };
  const found = { kind: 'onset-found' as const, at: beganAt, by, onset: onset() };
  const state = replay([opened, found, { kind: 'diagnosed', at: beganAt, by, diagnosis: typical() }]);
  if (state === null) throw new Error('nothing was opened');
  const { kind, label, said } = leadingLine(state);
  expect([kind, label, plainPhrase(said)]).toEqual([
    'cause',
    'Leading cause (explains)',
    'nftables on cp-1: rule "tcp dport 6443 drop" added 14:03:10 UTC, 20 s before the first failures',
  ]);
});

describe('a diagnosis in words', () => {
  test('answers every rule; looks are folded until they hit or are widened', () => {
    const given = [answer('dns', { hits: [decoy(5)] }), answer('routing', { widened: true })];
    const { rules: shown, folded } = briefDiagnosis(diagnosis(given));
    expect(shown.map(({ rule }) => rule.id)).toEqual([
      ...rules.filter(({ kind }) => kind === 'rule').map(({ id }) => id),
      'routing',
      'dns',
    ]);
    expect(folded.map(({ rule }) => rule.id)).toEqual(['cloud-logs', 'load-balancer-history', 'api-endpoints']);
  });

  test('a hit that is a cause points at it, others give their first reason', () => {
    const symptom = decoy(4, { standing: 'explains', reasons: ['it came 7 s after another'] });
    const hits = [hit(), decoy(3), hit({ isEffect: true, reasons: ['it came after'] }), symptom];
    const { rules: shown } = briefDiagnosis(diagnosis([answer('firewall', { hits })], { causes: [cause()] }));
    expect(shown[0]?.hits.map(({ standing }) => standing)).toEqual([
      'explains, cause 1',
      'coincides: It has nothing to do with the way to the API server.',
      'an effect: it came after',
      'goes with another: it came 7 s after another',
    ]);
  });

  test.each([
    [{ kind: 'nothing' }, '▫️', 'nothing'],
    [{ kind: 'nothing', widened: true }, '▫️', 'nothing here either'],
    [{ kind: 'nothingInWhatWasSeen' }, '❔', 'nothing in what was seen'],
    [{ kind: 'noData' }, '❔', 'no data'],
    [{ kind: 'notApplicable' }, '➖', 'does not apply here'],
    [{ kind: 'pending' }, '⏳', 'not yet known: some sources report late and are asked again'],
    [
      { kind: 'pending', hits: [decoy(1)], pendingUntilAt: beganAt },
      '▫️',
      '1 change so far, not yet known: some sources report late and are asked again until 14:03:30 UTC',
    ],
    [{ hits: [decoy(1)], moreHits: 4 }, '▫️', '5 changes'],
    [{ hits: [hit(), decoy(1, { onlyWidened: true })], widened: true }, '🎯', '2 changes, 1 new'],
    [{ hits: [decoy(1), hit()], widened: true }, '🎯', '2 changes, nothing new'],
  ] as const)('%#: says what a rule answers', (given, symbol, said) => {
    const { hits = [], ...rest } = { hits: [], ...given };
    const [brief] = briefDiagnosis(
      diagnosis([answer('firewall', { ...rest, hits: [...hits] })], { causes: [cause()] }),
    ).rules;
    expect([brief?.mark.symbol, plainPhrase(brief?.said ?? [])]).toEqual([symbol, said]);
  });
});

test('what lasts into the failure is under way', () => {
  const work = decoy(60, { distanceMs: 0 });
  const said = (untilAt: number | null) => {
    const hits = [{ ...work, change: { ...work.change, untilAt } }];
    return plainPhrase(briefDiagnosis(diagnosis([answer('maintenance', { hits })])).rules[5]?.hits[0]?.said ?? []);
  };
  expect(said(beganAt + 60_000)).toContain('14:02:30 UTC, under way: ');
  expect(said(null)).toContain('14:02:30 UTC, at that moment: ');
});

test('distances are told without a zero that tells nothing', () => {
  expect([5_000, 1_400, 20_000, 90_000].map(distance)).toEqual(['5 s', '1.4 s', '20 s', '2 min']);
});
