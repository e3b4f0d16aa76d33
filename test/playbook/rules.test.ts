import { expect, test } from 'vitest';
import { furthest, ruleById, rules } from '../../src/playbook/rules.ts';
import { RuleId } from '../../src/words/rule.ts';

const minutes = 60_000;

test('six rules and five looks, numbered in order, each known by its id', () => {
  expect(rules.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(rules.map(({ id }) => id)).toEqual(RuleId.options);
  expect(rules.filter(({ kind }) => kind === 'rule')).toHaveLength(6);
  for (const rule of rules) expect(ruleById(rule.id)).toBe(rule);
});

test('no window grows smaller by widening, and only one widening is ours', () => {
  for (const { id, narrow, widened } of rules) {
    expect(widened.beforeMs, id).toBeGreaterThan(narrow.beforeMs);
    expect(widened.afterMs, id).toBeGreaterThanOrEqual(narrow.afterMs);
  }
  expect(rules.filter(({ widening }) => widening === 'ours').map(({ id }) => id)).toEqual(['control-plane']);
});

test('rules about what can only have been before do not look after it', () => {
  expect(rules.filter(({ widened }) => widened.afterMs === 0).map(({ id }) => id)).toEqual([
    'firewall',
    'network-policy',
  ]);
});

test('what lasts is compared as a whole', () => {
  expect(rules.filter(({ againstInterval }) => againstInterval).map(({ id }) => id)).toEqual(['maintenance', 'dns']);
});

test('the furthest that any rule looks', () => {
  expect(furthest).toEqual({ beforeMs: 120 * minutes, afterMs: 120 * minutes });
});
