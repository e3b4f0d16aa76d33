import { describe, expect, test } from 'vitest';
import { readRange } from '../../../src/correlation/ranges.ts';
import { type Clients, readEffect } from '../../../src/correlation/read-effect.ts';
import type { CloudModel, CloudWay } from '../../../src/packet/cloud/model.ts';
import { cloudPassages } from '../../../src/packet/cloud/passages.ts';
import { balancer, entry, face, group, model, node, openAcl, out, rule, way, without } from './given.ts';

/** `203.0.113.0–203.0.113.255 allow`, without what private addresses fare. */
function told(of: CloudModel, over: CloudWay = way()): readonly string[] {
  return cloudPassages(of, over)
    .filter(({ rule }) => rule?.includes('its own is a private one') !== true)
    .map(({ first, last, verdict }) => `${first}–${last} ${verdict}`);
}

const ci = rule('203.0.113.0/24', 443, { id: 'sgr-ci' });
const office = rule('192.0.2.0/24', 443, { id: 'sgr-office' });

describe('ranges of clients', () => {
  test('are cut where a rule cuts them', () => {
    const passages = told(model({ groups: [group('sg-lb', [ci])] }));
    expect(passages).toContain('203.0.113.0–203.0.113.255 allow');
    expect(passages).toContain('203.0.114.0–223.255.255.255 deny');
    expect(passages).toContain('192.169.0.0–203.0.112.255 deny');
  });

  test('are one where two rules let in neighbours', () => {
    const halves = [rule('203.0.113.0/25', 443), rule('203.0.113.128/25', 443)];
    expect(told(model({ groups: [group('sg-lb', halves)] }))).toContain('203.0.113.0–203.0.113.255 allow');
  });

  test('name the rule that denies, which is the same for all', () => {
    const passages = cloudPassages(model({ groups: [group('sg-lb', [ci])] }), way());
    const denied = passages.filter(({ verdict }) => verdict === 'deny');
    expect(new Set(denied.map(({ rule }) => rule))).toEqual(new Set(['no rule of sg-lb (lb) allows tcp 443']));
  });

  test('of private addresses are open where clients come over the internet', () => {
    const found = cloudPassages(model(), way()).filter(({ first }) => first.startsWith('10.'));
    expect([found[0]?.first, found.at(-1)?.last]).toEqual(['10.0.0.0', '10.255.255.255']);
    expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('are told for each address, by its family', () => {
    const addresses = ['198.51.100.10', '2001:db8:0:101::5'];
    const of = model({
      groups: [group('sg-lb', [ci, rule('2001:db8:9::/48', 443)]), group('sg-node', [rule('sg-lb')])],
    });
    const passages = cloudPassages(of, way(undefined, { addresses }));
    expect([...new Set(passages.map(({ to }) => to))]).toEqual(addresses);
    const six = passages.filter(({ to }) => to === addresses[1]);
    expect(six[0]?.first).toBe('::');
    expect(six.at(-1)?.last).toBe('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
    expect(six.find(({ first }) => first === '2001:db8:9::')).toMatchObject({
      last: '2001:db8:9:ffff:ffff:ffff:ffff:ffff',
      verdict: 'allow',
    });
  });

  test('do not hang on whether targets are healthy', () => {
    expect(told(model(), way([balancer(), node({ health: 'unhealthy' })]))).toContain('11.0.0.0–100.63.255.255 allow');
  });

  test('fare by the healthy targets, where there are such', () => {
    const of = model({ groups: [group('sg-closed', [])] });
    const closed = node({ name: 'cp-2', interfaces: [face('eni-2', { groups: ['sg-closed'] })], health: 'unhealthy' });
    expect(told(of, way([balancer(), node(), closed]))).toContain('11.0.0.0–100.63.255.255 allow');
  });

  test('are none where no address is known', () => {
    expect(cloudPassages(model(), way(undefined, { addresses: [] }))).toEqual([]);
  });
});

describe('more ranges than can be told', () => {
  const many = Array.from({ length: 600 }, (_, place) => rule(`203.${place >> 8}.${place & 255}.8/32`, 443));
  const passages = cloudPassages(model({ groups: [group('sg-lb', many)] }), way());

  test('are 256 at most, and still everybody', () => {
    expect(passages).toHaveLength(256);
    expect(passages[0]?.first).toBe('0.0.0.0');
    expect(passages.at(-1)?.last).toBe('255.255.255.255');
  });

  test('are unknown where some became one', () => {
    const found = passages.find(({ rule }) => rule?.includes('more often than can be told'));
    expect(found?.verdict).toBe('unknown');
  });
});

describe('before and after a change', () => {
  const failing = (address: string): Clients => ({
    failing: [{ text: address, range: readRange(address) ?? expect.unreachable(), translated: false }],
    known: 'told',
    servers: [readRange('198.51.100.10') ?? expect.unreachable()],
  });
  const effect = (before: CloudModel, after: CloudModel, from: string, over: CloudWay = way()) =>
    readEffect(
      { kind: 'passages', port: 443, before: [...cloudPassages(before, over)], after: [...cloudPassages(after, over)] },
      failing(from),
    );
  const was = model({ groups: [group('sg-lb', [ci, office])] });
  const revoked = model({ groups: [group('sg-lb', [office])] });

  test('a revoked rule breaks its clients, and names the group', () => {
    const { kind, words } = effect(was, revoked, '203.0.113.7');
    expect(kind).toBe('breaks');
    expect(words).toContain('`no rule of sg-lb (lb) allows tcp 443`');
  });

  test('and nobody else', () => {
    expect(effect(was, revoked, '192.0.2.7').kind).toBe('none');
  });

  test('authorised again it mends', () => {
    expect(effect(revoked, was, '203.0.113.7').kind).toBe('mends');
  });

  test('another rule lets them in still', () => {
    const wide = group('sg-lb', [rule('203.0.0.0/8', 443)]);
    expect(
      effect(model({ groups: [{ ...wide, ingress: [...wide.ingress, ci] }] }), model({ groups: [wide] }), '203.0.113.7')
        .kind,
    ).toBe('none');
  });

  test('an entry that denies replies breaks', () => {
    const deny = entry(90, 'deny', '203.0.113.0/24', { ...out, ports: { from: 1024, to: 65535 } });
    const { kind, words } = effect(model(), model({ acls: [openAcl('acl-lb', deny)] }), '203.0.113.7');
    expect(kind).toBe('breaks');
    expect(words).toContain('`acl-lb egress rule 90 denies tcp 1024-65535 to 203.0.113.0/24`');
  });

  test('the last target that is taken out breaks', () => {
    const [before, after] = [cloudPassages(model(), way()), cloudPassages(model(), way([balancer()]))];
    const { kind } = readEffect(
      { kind: 'passages', port: 443, before: [...before], after: [...after] },
      failing('203.0.113.7'),
    );
    expect(kind).toBe('breaks');
  });

  test('a rule of a target that is unhealthy for want of it breaks', () => {
    const over = way([balancer(), node({ health: 'unhealthy' })]);
    expect(effect(model(), model({ groups: [group('sg-node', [])] }), '203.0.113.7', over).kind).toBe('breaks');
  });

  test('what was not read leaves it open, on either side', () => {
    expect(effect(without(was, 'acl-lb'), without(revoked, 'acl-lb'), '203.0.113.7').kind).toBe('unknown');
  });

  test('what was not read on both sides alike tells of no change', () => {
    expect(effect(without(was, 'acl-lb'), without(was, 'acl-lb'), '203.0.113.7').kind).toBe('none');
  });
});
