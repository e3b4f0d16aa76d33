import { describe, expect, test } from 'vitest';
import { expectedSources, notApplicable } from '../../src/changes/expected.ts';
import { changeSources } from '../../src/changes/registry.ts';
import type { ExpectedSource } from '../../src/correlation/situation.ts';
import { rules } from '../../src/playbook/rules.ts';
import { type ChangeCategory, ChangeCategory as categories } from '../../src/words/change.ts';

type Provider = Parameters<typeof expectedSources>[0]['knowledge']['provider'];

const cluster = (provider: Provider, ...controlPlaneNodes: string[]) => ({
  knowledge: { provider, controlPlaneNodes },
});

function who(category: ChangeCategory, expected = expectedSources(cluster('self', 'cp-2', 'cp-1'), [])) {
  return expected
    .filter((one) => one.categories.includes(category))
    .map(({ source, instance, absent }) => [source, instance ?? '*', absent ?? 'there'].join(' '));
}

describe('who should see what', () => {
  test('every control-plane node for itself, and any cluster agent', () => {
    expect(who('firewall')).toEqual(['node-firewall cp-1 there', 'node-firewall cp-2 there']);
    expect(who('network-policy')).toEqual(['kube * there']);
    expect(who('control-plane')).toEqual([
      'kube * there',
      'node-files cp-1 there',
      'node-files cp-2 there',
      'node-network cp-1 there',
      'node-network cp-2 there',
    ]);
    expect(who('routing')).toEqual(['node-network cp-1 there', 'node-network cp-2 there']);
    expect(who('dns')).toEqual(['prober * there']);
    expect(who('endpoint')).toEqual(['prober * there', 'kube * there']);
  });

  test('what is not there says so', () => {
    expect(who('security-group')).toEqual(['cloud * no cloud account is configured']);
    expect(who('cloud')).toEqual(['cloud * no cloud account is configured']);
    expect(who('load-balancer')).toEqual(['kube * there', 'load-balancer * no load balancer source is configured']);
    expect(who('maintenance')).toEqual(['kube * there', 'change-management * no change management is configured']);
  });

  test('nodes that nobody knows by name are still expected', () => {
    const expected = expectedSources(cluster('unknown'), []);
    expect(who('firewall', expected)).toEqual(['node-firewall * there']);
    expect(expected.find(({ source }) => source === 'node-firewall')?.words).toBe(
      'host firewall of the control-plane nodes',
    );
  });

  test("a provider's nodes are nobody's to look at, and two rules say so", () => {
    const managed = cluster('eks');
    expect(expectedSources(managed, []).filter(({ source }) => source.startsWith('node-'))).toEqual([]);
    expect(Object.keys(notApplicable(managed))).toEqual(['firewall', 'routing']);
    expect(notApplicable(cluster('self'))).toEqual({});
    expect(notApplicable(cluster('unknown'))).toEqual({});
  });

  test('the node is named for a person', () => {
    const [first] = expectedSources(cluster('self', 'cp-1'), []);
    expect(first).toMatchObject({ words: 'host firewall of cp-1', lateMs: 30_000 });
  });
});

test('no rule is without a source that says whether it could tell', () => {
  const told = new Set(changeSources.flatMap((source) => source.categories));
  expect([...told].sort()).toEqual([...categories.options].sort());
  expect(rules.filter(({ feeds }) => !feeds.some((category) => told.has(category)))).toEqual([]);
});

test('a line more in the list is all that a new source takes', () => {
  const routes = {
    name: 'routes',
    categories: ['routing'],
    where: 'anyInstance',
    words: 'routers',
    lateMs: 9e5,
    absent: null,
  } as const;
  expect(expectedSources(cluster('self', 'cp-1'), [], [routes])).toEqual([
    {
      source: 'routes',
      instance: null,
      categories: ['routing'],
      words: 'routers',
      lateMs: 9e5,
      absent: null,
      trouble: null,
    },
  ]);
});

describe('a source outside that is configured', () => {
  const outside = (...told: ChangeCategory[]): ExpectedSource[] =>
    told.map((category) => ({
      source: 'aws',
      instance: '123/eu-west-1',
      categories: [category],
      words: 'AWS (prod-eu)',
      lateMs: 9e5,
      absent: null,
      trouble: 'the credentials have expired',
    }));

  test('stands where it says what is not configured, for what it tells alone', () => {
    const expected = expectedSources(cluster('self', 'cp-1'), outside('security-group', 'load-balancer'));
    expect(who('security-group', expected)).toEqual(['aws 123/eu-west-1 there']);
    expect(who('load-balancer', expected)).toEqual(['kube * there', 'aws 123/eu-west-1 there']);
    expect(who('cloud', expected)).toEqual(['cloud * no cloud account is configured']);
    expect(who('maintenance', expected)).toContain('change-management * no change management is configured');
  });

  test('stands beside the agents, in trouble or not', () => {
    const expected = expectedSources(cluster('self', 'cp-1'), outside('maintenance'));
    expect(who('maintenance', expected)).toEqual(['kube * there', 'aws 123/eu-west-1 there']);
    expect(expected.at(-1)).toMatchObject({ trouble: 'the credentials have expired', lateMs: 9e5 });
  });
});
