import { expect, test } from 'vitest';
import { wayWords } from '../../../src/packet/cloud/way-words.ts';
import { balancer, endpoint, entry, face, group, judged, model, node, openAcl, out, rule, without } from './given.ts';

const cp2 = node({ name: 'cp-2 (i-0def)' });
const shut = node({
  name: 'cp-2 (i-0def)',
  interfaces: [face('eni-2', { groups: ['sg-shut'], addresses: ['10.0.1.9'] })],
});

test('a way that is open', () => {
  expect(wayWords(judged(model()))).toBe(
    '203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 allowed → replies allowed',
  );
});

test('a target that keeps out what the balancer let in', () => {
  expect(wayWords(judged(model({ groups: [group('sg-node', [rule('10.9.0.0/16', 6443)])] })))).toBe(
    '203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 denied: no rule of sg-node (node) allows tcp 6443 from nlb api-prod',
  );
});

test('beyond a hop that lets nothing pass nothing is told', () => {
  const of = model({ groups: [group('sg-lb', [rule('192.0.2.0/24', 443)])] });
  expect(wayWords(judged(of))).toBe(
    '203.0.113.7 → nlb api-prod:443 denied: no rule of sg-lb (lb) allows tcp 443 from 203.0.113.7',
  );
});

test('replies that are denied', () => {
  const deny = entry(90, 'deny', '203.0.113.0/24', { ...out, ports: { from: 1024, to: 65535 } });
  expect(wayWords(judged(model({ acls: [openAcl('acl-lb', deny)] })))).toBe(
    '203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 allowed → replies at nlb api-prod:443 denied: acl-lb egress rule 90 denies tcp 1024-65535 to 203.0.113.0/24',
  );
});

test('what it hangs on', () => {
  expect(wayWords(judged(without(model(), 'sg-lb')))).toContain(
    '203.0.113.7 → nlb api-prod:443 unknown, it hangs on sg-lb, which was not read',
  );
});

test('targets that fare alike are told in one', () => {
  expect(wayWords(judged(model(), [balancer(), node(), cp2]))).toContain(
    '→ cp-1 (i-0abc):6443 and cp-2 (i-0def):6443 allowed →',
  );
});

test('targets that do not', () => {
  const of = model({ groups: [group('sg-shut', [])] });
  expect(wayWords(judged(of, [balancer(), node(), shut]))).toContain(
    '→ cp-1 (i-0abc):6443 allowed, cp-2 (i-0def):6443 denied: no rule of sg-shut (shut) allows tcp 6443 from nlb api-prod',
  );
});

test('parts of a CIDR, the worst first', () => {
  const of = model({ groups: [group('sg-lb', [rule('203.0.113.0/25', 443)])] });
  expect(wayWords(judged(of, undefined, '203.0.113.0/24'))).toBe(
    'of 203.0.113.0/24: 203.0.113.128/25 → nlb api-prod:443 denied: no rule of sg-lb (lb) allows tcp 443 from 203.0.113.128/25; ' +
      '203.0.113.0/25 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 allowed → replies allowed',
  );
});

test('everybody, without those who never come that way', () => {
  expect(wayWords(judged(model(), undefined, '0.0.0.0/0'))).toBe(
    '0.0.0.0/0 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 allowed → replies allowed',
  );
  expect(wayWords(judged(model({ groups: [group('sg-lb', [])] }), undefined, '0.0.0.0/0'))).toBe(
    '0.0.0.0/0 → nlb api-prod:443 denied: no rule of sg-lb (lb) allows tcp 443 from 0.0.0.0/0',
  );
});

test('an endpoint of a provider', () => {
  const hops = [endpoint({ publicAccess: false, privateAccess: true })];
  expect(wayWords(judged(model(), hops))).toBe('203.0.113.7 → EKS prod:443 denied: public access to EKS prod is off');
});

test('an address that nobody has', () => {
  expect(wayWords(judged(model(), undefined, 'ci.example'))).toBe(
    'ci.example → nlb api-prod unknown, it hangs on which address `ci.example` is',
  );
});
