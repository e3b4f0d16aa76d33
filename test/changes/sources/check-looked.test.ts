import { describe, expect, test } from 'vitest';
import { checkLooked } from '../../../src/changes/sources/check-looked.ts';
import type { Looked } from '../../../src/changes/sources/source.ts';
import type { Change } from '../../../src/words/change.ts';
import { change, minute, T } from '../../correlation/given.ts';
import { scriptedSource } from '../../fakes/outside-source.ts';

const source = scriptedSource({ tells: [{ categories: ['security-group', 'cloud'], words: 'AWS (prod-eu)' }] });
const asked = { fromAt: T - 10 * minute, toAt: T };
const good = change({ id: 'aws:1', source: 'aws', instance: 'prod-eu', category: 'security-group', at: T - minute });

function checked(looked: Partial<Looked>) {
  return checkLooked({ changes: [], covered: [], troubles: [], ...looked }, source, asked);
}

const whole = { ...asked, categories: ['security-group', 'cloud'] as const };

describe('of what is covered', () => {
  test('only what was asked counts, and only what the source tells of', () => {
    const { covered } = checked({
      covered: [
        { fromAt: T - 99 * minute, toAt: T + minute, categories: ['cloud', 'dns'] },
        { fromAt: T + 1, toAt: T + minute, categories: ['cloud'] },
        { fromAt: T - minute, toAt: T - 2 * minute, categories: ['cloud'] },
        { ...asked, categories: ['firewall'] },
      ],
    });
    expect(covered).toEqual([{ ...asked, categories: ['cloud'] }]);
  });
});

describe('of what is told', () => {
  test('a change of its own is taken', () => {
    const { changes, covered, troubles } = checked({ changes: [{ cluster: 'prod', change: good }], covered: [whole] });
    expect([...changes]).toEqual([['prod', [good]]]);
    expect(covered).toEqual([whole]);
    expect(troubles).toEqual([]);
  });

  test.each<[string, string, Partial<Change>]>([
    ['without a time', 'prod', { latestAt: Number.NaN }],
    ['that ends before it begins', 'prod', { earliestAt: T, latestAt: T - minute }],
    ['of another cluster', 'elsewhere', {}],
    ['of another source', 'prod', { source: 'github' }],
    ['of another instance', 'prod', { instance: 'prod-us' }],
    ['without a word', 'prod', { summary: '' }],
  ])('one %s is refused, and its category is not covered', (_what, cluster, wrong) => {
    const bad = { cluster, change: { ...good, ...wrong } };
    const { changes, covered, troubles } = checked({
      changes: [bad, { cluster: 'prod', change: good }],
      covered: [whole],
    });
    expect([...changes]).toEqual([['prod', [good]]]);
    expect(covered).toEqual([{ ...asked, categories: ['cloud'] }]);
    expect(troubles).toEqual([
      {
        kind: 'malformed',
        categories: ['security-group'],
        words: 'it told of a change in a shape that is not understood',
      },
    ]);
  });

  test('one of a category that it should not know spoils all of them', () => {
    const { covered, troubles } = checked({
      changes: [{ cluster: 'prod', change: { ...good, category: 'dns' } }],
      covered: [whole],
    });
    expect(covered).toEqual([]);
    expect(troubles).toMatchObject([{ categories: ['security-group', 'cloud'] }]);
  });

  test('its own troubles stay beside', () => {
    const refused = { kind: 'refused', categories: ['cloud'], words: 'it may not be read' } as const;
    expect(checked({ troubles: [refused] }).troubles).toEqual([refused]);
  });
});
