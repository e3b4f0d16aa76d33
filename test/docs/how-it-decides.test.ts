import { describe, expect, test } from 'vitest';
import { relate } from '../../src/correlation/relate.ts';
import { rules } from '../../src/playbook/rules.ts';
import type { ChangeCategory } from '../../src/words/change.ts';
import { change } from '../correlation/given.ts';
import { page } from './read.ts';

const text = page('docs/how-it-decides.md');

describe('how soon a change works, as the page says', () => {
  const untilAt = 60_000;
  const kinds: readonly (readonly [string, ChangeCategory, Partial<ReturnType<typeof change>['target']>])[] = [
    ['host firewall', 'firewall', {}],
    ['routes and addresses', 'routing', {}],
    ['NetworkPolicy', 'network-policy', {}],
    ['security groups, network ACLs, other cloud changes', 'security-group', {}],
    ['security groups, network ACLs, other cloud changes', 'cloud', {}],
    ['a server of HAProxy', 'load-balancer', { kind: 'HAProxy server' }],
    ['another load balancer', 'load-balancer', { kind: 'load balancer' }],
    ['a served certificate', 'endpoint', { kind: 'served certificate' }],
    ['a DNS answer whose TTL is known', 'dns', {}],
    ['a listening socket', 'control-plane', { kind: 'listening socket' }],
    ['restarts of what serves the API', 'control-plane', { kind: 'kube-apiserver container' }],
    ['ConfigMaps, Deployments, manifests, maintenance', 'control-plane', { kind: 'ConfigMap' }],
    ['ConfigMaps, Deployments, manifests, maintenance', 'maintenance', {}],
  ];

  test.each(kinds)('%s (%s)', (words, category, target) => {
    const given = change({ category });
    const { worksWithinMs } = relate({ ...given, untilAt, target: { ...given.target, ...target } });
    const [row = ''] = text.split('\n').filter((line) => line.startsWith(`| ${words} |`));
    expect(row).toContain(worksWithinMs === null ? '| never' : `| ${worksWithinMs / 1_000} s`);
  });
});

test('each rule has its windows', () => {
  const minutes = (ms: number) => (ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${ms / 60_000} min`);
  for (const { number, kind, narrow, widened } of rules.filter((rule) => rule.kind === 'rule')) {
    const [row = ''] = text
      .split('\n')
      .filter((line) => line.startsWith(`| ${number} `) && line.split('|').length === 6);
    expect(`${kind} ${row}`).toContain(minutes(narrow.beforeMs));
    expect(row).toContain(minutes(widened.beforeMs));
  }
});
