import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeWay } from '../../../src/packet/cloud/judge-way.ts';
import type {
  AclEntry,
  CloudHop,
  CloudModel,
  CloudRoute,
  CloudWay,
  GroupRule,
} from '../../../src/packet/cloud/model.ts';
import { cloudPassages } from '../../../src/packet/cloud/passages.ts';
import { balancer, entry, face, group, model, node, nodeFace, out, peer, route, table, way, without } from './given.ts';
import { holds, number, outcomes } from './reference.ts';

/** Few clients, so that they tell all: a public /29, one beyond other networks, one within. */
const clients = Array.from({ length: 8 }, (_, host) => `203.0.113.${host}`);
const everyone = [...clients, '10.9.0.1', '10.0.9.9', '192.0.2.1', '255.255.255.255'];
const publicAddress = '198.51.100.10';

const publicCidr = fc
  .tuple(fc.nat(7), fc.integer({ min: 28, max: 32 }))
  .map(([host, length]) => `203.0.113.${host}/${length}`);
const cidr = fc.oneof(
  { weight: 3, arbitrary: publicCidr },
  fc.constantFrom('0.0.0.0/0', '10.0.0.0/16', '10.0.1.0/24', '10.0.2.0/24', '10.9.0.0/24', '::/0', '10.0.1.5/32'),
);
const groupIds = ['sg-a', 'sg-b', 'sg-c'];
const listIds = ['pl-a', 'pl-b'];
const protocol = fc.constantFrom('tcp', 'tcp', '6', '-1', 'udp');
const span = (...spans: readonly (readonly [number, number] | null)[]) =>
  fc.constantFrom(...spans).map((ports) => (ports === null ? null : { from: ports[0], to: ports[1] }));

const groupRule: fc.Arbitrary<GroupRule> = fc.record({
  id: fc.constant(null),
  protocol,
  ports: span(null, [443, 443], [6443, 6443], [0, 65535], [22, 22]),
  peer: fc.oneof({ weight: 3, arbitrary: cidr }, fc.constantFrom(...groupIds, ...listIds)).map(peer),
});
const groups = fc
  .tuple(...groupIds.map(() => fc.tuple(fc.array(groupRule, { maxLength: 4 }), fc.array(groupRule, { maxLength: 2 }))))
  .map((all) =>
    all.map(([ingress, egress], place) =>
      group(groupIds[place] ?? '', ingress, [...egress, { ...anywhere, protocol: place === 0 ? 'udp' : '-1' }]),
    ),
  );
const anywhere: GroupRule = { id: null, protocol: '-1', ports: null, peer: peer('0.0.0.0/0') };

const whole = span(null, [443, 443], [6443, 6443], [1024, 65535], [0, 65535], [0, 1023]);
const partly = span(null, [443, 443], [6443, 6443], [1024, 32767], [32768, 65535], [0, 65535]);
const aclEntry = (ports: typeof whole): fc.Arbitrary<AclEntry> =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('allow', 'allow', 'deny'),
      cidr,
      fc.boolean(),
      protocol,
      ports,
    )
    .map(([number, action, range, egress, proto, asked]) =>
      entry(number, action as 'allow' | 'deny', range, {
        egress,
        protocol: proto === 'tcp' ? '6' : proto,
        ports: asked,
      }),
    );
const aclIds = ['acl-a', 'acl-b', 'acl-open'];
const acls = (ports: typeof whole) =>
  fc
    .tuple(
      ...aclIds.map((id) =>
        fc.tuple(
          fc.uniqueArray(aclEntry(ports), { maxLength: id === 'acl-open' ? 0 : 5, selector: ({ number }) => number }),
          fc.integer({ min: 0, max: 3 }),
        ),
      ),
    )
    .map((all) =>
      all.map(([entries, open], place) => ({
        id: aclIds[place] ?? '',
        entries: [
          ...entries,
          ...(open > 0 ? [entry(50, 'allow', '0.0.0.0/0'), entry(50, 'allow', '0.0.0.0/0', out)] : []),
        ],
      })),
    );

const tableIds = ['rtb-a', 'rtb-b'];
const state = fc.constantFrom<CloudRoute['state']>('active', 'active', 'active', 'blackhole');
const tables = (targets: readonly string[]) =>
  fc
    .tuple(
      ...tableIds.map(() =>
        fc.uniqueArray(
          fc
            .tuple(fc.oneof(publicCidr, fc.constantFrom('10.9.0.0/16', ...listIds)), fc.constantFrom(...targets), state)
            .map((given) => route(...given)),
          // A table has one route to each destination.
          { maxLength: 3, selector: ({ destination }) => networkOf(destination) },
        ),
      ),
    )
    .map((all) =>
      all.map((routes, place) => {
        const lists = routes.filter(({ destination }) => destination.startsWith('pl-'));
        return table(
          tableIds[place] ?? '',
          route('0.0.0.0/0', 'igw-1'),
          ...routes.filter((one) => !lists.slice(1).includes(one)),
        );
      }),
    );

const prefixLists = fc
  .tuple(...listIds.map(() => fc.array(publicCidr, { maxLength: 3 })))
  .map((all) => Object.fromEntries(all.map((cidrs, place) => [listIds[place] ?? '', cidrs])));

const models = (ports: typeof whole, targets: readonly string[]): fc.Arbitrary<CloudModel> =>
  fc
    .tuple(groups, acls(ports), tables(targets), prefixLists)
    .map(([g, a, t, lists]) => model({ groups: g, acls: a, tables: t, prefixLists: lists }));

const guards = (acl = fc.constantFrom(...aclIds)) =>
  fc.record({
    groups: fc.oneof({ weight: 4, arbitrary: fc.subarray(groupIds, { minLength: 1 }) }, fc.constant(null)),
    acl,
    table: fc.constantFrom(...tableIds),
  });

const front: fc.Arbitrary<CloudHop> = fc.array(guards(), { minLength: 1, maxLength: 2 }).map((all) =>
  balancer({
    interfaces: all.map((guard, place) =>
      face(`eni-${place}`, { ...guard, addresses: [`10.0.1.${5 + place}`], subnet: `subnet-${place}` }),
    ),
  }),
);
const targets = fc
  .array(
    fc.record({
      guard: guards(),
      sees: fc.constantFrom<CloudHop['sees']>('client', 'hop before', 'unknown'),
      health: fc.constantFrom('healthy', 'unhealthy'),
      subnet: fc.constantFrom('subnet-0', 'subnet-node', 'subnet-node'),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((all) =>
    all.map(({ guard, sees, health, subnet }, place) =>
      node({
        name: `cp-${place}`,
        sees,
        health: place === 0 ? 'healthy' : health,
        interfaces: [nodeFace({ ...guard, id: `eni-node-${place}`, subnet, addresses: [`10.0.2.${5 + place}`] })],
      }),
    ),
  );
const ways: fc.Arbitrary<CloudWay> = fc
  .tuple(front, targets, fc.boolean())
  .map(([first, behind, isPublic]) => way([first, ...behind], { addresses: [isPublic ? publicAddress : '10.0.1.5'] }));

const settled = models(whole, ['igw-1', 'nat-1']);
const any = models(partly, ['igw-1', 'nat-1', 'tgw-1', 'vpce-1', 'pcx-1', 'vgw-1']);
const told = (found: ReadonlySet<boolean>) => (found.size > 1 ? 'unknown' : found.has(true) ? 'allow' : 'deny');
const toOf = ({ addresses }: CloudWay) => addresses[0] ?? '';

test('agrees with single packets that are tried in every way', () => {
  const seen = { allow: 0, deny: 0, unknown: 0 };
  fc.assert(
    fc.property(settled, ways, fc.constantFrom(...clients), (of, whole, from) => {
      const over = { ...whole, addresses: [publicAddress] };
      const { verdict } = judgeWay(of, over, from);
      seen[verdict] += 1;
      expect(verdict).toBe(told(outcomes(of, over, from, publicAddress)));
    }),
    { numRuns: 1_500 },
  );
  // A random model that always says the same would prove nothing.
  expect(Math.min(seen.allow, seen.deny, seen.unknown)).toBeGreaterThan(20);
});

test('is never sure of what single packets leave open', () => {
  fc.assert(
    fc.property(any, ways, fc.constantFrom(...everyone), (of, over, from) => {
      const { verdict } = judgeWay(of, over, from);
      if (verdict !== 'unknown') expect(verdict).toBe(told(outcomes(of, over, from, toOf(over))));
    }),
    { numRuns: 1_500 },
  );
});

describe('with less knowledge', () => {
  const ids = [...groupIds, ...aclIds, ...tableIds, ...listIds];

  test('the verdict is the same, or not known', () => {
    fc.assert(
      fc.property(
        any,
        ways,
        fc.constantFrom(...everyone),
        fc.subarray(ids, { minLength: 1 }),
        (of, over, from, lost) => {
          const before = judgeWay(of, over, from).verdict;
          const { verdict } = judgeWay(without(of, ...lost), over, from);
          expect(['unknown', before]).toContain(verdict);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test('of what an interface has, too', () => {
    fc.assert(
      fc.property(any, ways, fc.constantFrom(...everyone), fc.constantFrom('acl', 'table'), (of, over, from, what) => {
        const hops = over.hops.map((hop) => ({
          ...hop,
          interfaces: hop.interfaces.map((one) => ({ ...one, [what]: null })),
        }));
        const before = judgeWay(of, over, from).verdict;
        expect(['unknown', before]).toContain(judgeWay(of, { ...over, hops }, from).verdict);
      }),
      { numRuns: 500 },
    );
  });

  test('what could not be read leaves nothing allowed, and every denial', () => {
    fc.assert(
      fc.property(any, ways, fc.constantFrom(...clients), (of, over, from) => {
        const { verdict } = judgeWay(of, over, from);
        const less = judgeWay(of, { ...over, unread: ['listener rules'] }, from).verdict;
        expect(less).toBe(verdict === 'deny' ? 'deny' : 'unknown');
      }),
      { numRuns: 200 },
    );
  });
});

describe('parts of a CIDR', () => {
  const asked = fc.constantFrom('203.0.113.0/29', '203.0.113.0/24', '0.0.0.0/0', '10.0.0.0/8');

  test('are the whole of it, in order', () => {
    fc.assert(
      fc.property(any, ways, asked, (of, over, from) => {
        const spans = judgeWay(of, over, from).parts.map(({ client }) => spanOf(client));
        const [first, last] = spanOf(from);
        expect(spans[0]?.[0]).toBe(first);
        expect(spans.at(-1)?.[1]).toBe(last);
        for (const [place, [lo]] of spans.entries()) if (place > 0) expect(lo).toBe((spans[place - 1]?.[1] ?? 0) + 1);
      }),
      { numRuns: 200 },
    );
  });

  test('are judged as each of their addresses is, and unlike each other leave it open', () => {
    fc.assert(
      fc.property(any, ways, asked, (of, over, from) => {
        const { verdict, parts } = judgeWay(of, over, from);
        for (const one of everyone.filter((address) => holds(from, address))) {
          const part = parts.find(({ client }) => isBetween(number(one), spanOf(client)));
          expect(part?.verdict).toBe(judgeWay(of, over, one).verdict);
        }
        const all = [...new Set(parts.filter(({ counts }) => counts).map((part) => part.verdict))];
        expect(verdict).toBe(all.length === 1 ? all[0] : 'unknown');
      }),
      { numRuns: 200 },
    );
  });
});

describe('passages', () => {
  test('tell of every address what is judged of it', () => {
    fc.assert(
      fc.property(any, ways, (of, over) => {
        const passages = cloudPassages(of, over);
        for (const one of everyone) {
          const found = passages.filter(({ first, last }) => isBetween(number(one), [number(first), number(last)]));
          expect(found.map(({ verdict }) => verdict)).toEqual([judgeWay(of, over, one).verdict]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are the whole address space, in order, and no two neighbours are alike', () => {
    fc.assert(
      fc.property(any, ways, (of, over) => {
        const passages = cloudPassages(of, over);
        expect(passages[0]?.first).toBe('0.0.0.0');
        expect(passages.at(-1)?.last).toBe('255.255.255.255');
        for (const [place, { first, verdict, rule }] of passages.entries()) {
          const before = passages[place - 1];
          if (before === undefined) continue;
          expect(number(first)).toBe(number(before.last) + 1);
          expect([verdict, rule]).not.toEqual([before.verdict, before.rule]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function spanOf(text: string): readonly [number, number] {
  const [first = '', last = first] = text.split('-');
  const [base = '', length = '32'] = first.split('/');
  return text.includes('-')
    ? [number(first), number(last)]
    : [number(base), number(base) + 2 ** (32 - Number(length)) - 1];
}

function isBetween(value: number, [lo, hi]: readonly [number, number]): boolean {
  return value >= lo && value <= hi;
}

/** The same for two that mean the same network. */
function networkOf(destination: string): string {
  const [base = '', length] = destination.split('/');
  if (length === undefined) return destination;
  const size = 2 ** (32 - Number(length));
  return `${Math.floor(number(base) / size)}/${length}`;
}
