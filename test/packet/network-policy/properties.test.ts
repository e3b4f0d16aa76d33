import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gravity } from '../../../src/packet/network-policy/may-pass.ts';
import type { Peer } from '../../../src/packet/network-policy/peer.ts';
import { readRange } from '../../../src/packet/network-policy/ranges.ts';
import { external, node, passing, pod, policy } from './given.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'), { maxKeys: 2 });
const selector = fc.oneof(
  fc.constant({}),
  fc.record({ matchLabels: labels }),
  fc.record({
    matchExpressions: fc.array(
      fc.record({
        key: fc.constantFrom('app', 'tier'),
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
);
/** A CIDR within 10.0.0.0/28, so that few addresses tell all. */
const cidr = fc.tuple(fc.nat(15), fc.integer({ min: 28, max: 32 })).map(([host, length]) => `10.0.0.${host}/${length}`);
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
  fc.record({ ipBlock: fc.record({ cidr, except: fc.array(cidr, { maxLength: 2 }) }) }),
);
const port = fc.record(
  {
    protocol: fc.constantFrom('TCP', 'UDP'),
    port: fc.oneof(fc.constantFrom<number | string>(80, 6443, 8443, 'api')),
  },
  { requiredKeys: [] },
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(port, { maxLength: 2 });
const spec = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress']),
    ingress: fc.array(fc.record({ from: peers, ports }), { maxLength: 2 }),
    egress: fc.array(fc.record({ to: peers, ports }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const policies = fc.array(
  fc.tuple(spec, fc.constantFrom('edge', 'apps')).map(([one, namespace]) => policy(one, 'p', namespace)),
  { maxLength: 4 },
);
const pods = fc
  .record({ labels, namespace: fc.constantFrom('edge', 'apps'), host: fc.nat(15), hostNetwork: fc.boolean() })
  .map(({ host, ...rest }) => pod(`pod-${host}`, { ...rest, addresses: [`10.0.0.${host}`], nodeName: null }));
const anyPeer: fc.Arbitrary<Peer> = fc.oneof(
  pods,
  fc.nat(15).map((host) => node(`node-${host}`, `10.0.0.${host}`)),
  cidr.map((range) => external(range)),
);
const traffic = fc.record({ from: anyPeer, to: anyPeer, port: fc.constantFrom(80, 6443, 8443) });

test('the order of policies does not matter', () => {
  fc.assert(
    fc.property(
      policies.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      traffic,
      ([all, shuffled], { from, to, port }) => {
        expect(passing(shuffled, from, to, port).passage).toBe(passing(all, from, to, port).passage);
      },
    ),
  );
});

test('another rule in a policy never makes it worse', () => {
  const more = fc.record({ peers, ports, direction: fc.constantFrom('ingress' as const, 'egress' as const) });
  fc.assert(
    fc.property(spec, policies, more, traffic, (one, others, rule, { from, to, port }) => {
      // The default of policyTypes depends on the rules there are, so it is written out.
      const before = { ...one, policyTypes: typesOf(one) };
      const added =
        rule.direction === 'ingress'
          ? { ...before, ingress: [...(one.ingress ?? []), { from: rule.peers, ports: rule.ports }] }
          : { ...before, egress: [...(one.egress ?? []), { to: rule.peers, ports: rule.ports }] };
      const was = passing([...others, policy(before)], from, to, port).passage;
      const is = passing([...others, policy(added)], from, to, port).passage;
      if (was === 'allowed') expect(is).toBe('allowed');
      if (is === 'denied') expect(was).toBe('denied');
    }),
  );
});

test('a policy without rules never lets more pass', () => {
  fc.assert(
    fc.property(policies, selector, traffic, (all, podSelector, { from, to, port }) => {
      const without = passing(all, from, to, port).passage;
      const denying = policy({ podSelector, policyTypes: ['Ingress', 'Egress'] }, 'deny');
      const withIt = passing([...all, denying], from, to, port).passage;
      expect(gravity.indexOf(withIt)).toBeLessThanOrEqual(gravity.indexOf(without));
    }),
  );
});

test('the answer for a range is that of all its addresses', () => {
  fc.assert(
    fc.property(policies, cidr, pods, fc.boolean(), (all, range, one, outwards) => {
      const subject = { ...one, hostNetwork: false };
      const ask = (address: string) =>
        outwards
          ? passing(all, subject, external(address), 6443).passage
          : passing(all, external(address), subject, 6443).passage;
      const { first, last } = readRange(range) ?? expect.unreachable();
      const each = new Set<string>();
      for (let address = first; address <= last; address += 1n) each.add(ask(`10.0.0.${address & 255n}`));
      expect(ask(range)).toBe(each.size === 1 ? [...each][0] : 'partly');
    }),
  );
});

function typesOf({ policyTypes, egress }: { policyTypes?: string[]; egress?: unknown[] }): string[] {
  if (policyTypes !== undefined && policyTypes.length > 0) return policyTypes;
  return (egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}
