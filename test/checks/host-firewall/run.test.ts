import { expect, test } from 'vitest';
import { type HostFirewallParams, hostFirewall } from '../../../src/checks/host-firewall/contract.ts';
import type { FirewallDump, NodeNetwork, RulesReading } from '../../../src/checks/host-firewall/port.ts';
import { hostFirewallRunner } from '../../../src/checks/host-firewall/run.ts';
import { node } from '../../packet/filter/asking.ts';
import { dport, drop, dump, saddr, sport, table } from '../../packet/filter/nft-json.ts';

const notNeeded: RulesReading = { kind: 'notNeeded', why: 'the kernel holds no table of legacy iptables' };
const network: NodeNetwork = { ...node, devices: ['lo', 'eth0', 'cni0'] };

function dumpOf(readings: Partial<Extract<FirewallDump, { kind: 'dump' }>['readings']>): FirewallDump {
  const read: RulesReading = { kind: 'read', text: dump() };
  return {
    kind: 'dump',
    readings: {
      nftables: read,
      iptables: notNeeded,
      ip6tables: notNeeded,
      iptablesLegacy: notNeeded,
      ip6tablesLegacy: notNeeded,
      ...readings,
    },
    readAt: 5_000,
  };
}

async function run(firewall: FirewallDump, params: Partial<HostFirewallParams> = {}, on: NodeNetwork = network) {
  const runner = hostFirewallRunner({
    firewall: { read: async () => firewall },
    addresses: async () => on,
    clock: () => 7_000,
  });
  const asked = hostFirewall.params.parse({ port: 6443, sources: ['203.0.113.7'], addresses: [], ...params });
  const { facts, asOfAt } = await runner.run(asked, AbortSignal.timeout(10_000));
  expect(asOfAt).toBe(7_000);
  const finding = hostFirewall.judge({
    params: asked,
    facts: hostFirewall.facts.parse(facts),
    vantage: { kind: 'node', instance: 'cp-1', leavesBy: [] },
    nowAt: 8_000,
  });
  if (facts.kind === 'unreadable') return { facts, finding, judged: [] };
  return {
    facts,
    finding,
    judged: facts.judged.map(
      ({ source, address, passages }) =>
        `${source} ${address} ${passages[0]?.in.verdict} ${passages[0]?.replies.verdict}`,
    ),
  };
}

const nft = (...rules: unknown[][]): Partial<Extract<FirewallDump, { kind: 'dump' }>['readings']> => ({
  nftables: {
    kind: 'read',
    text: dump(
      table([
        { name: 'in', hook: 'input', rules },
        { name: 'out', hook: 'output', rules: [] },
      ]),
    ),
  },
});

test('judges every source with every own address of its family', async () => {
  const { judged, finding } = await run(dumpOf(nft([dport(22), drop])), { sources: ['203.0.113.7', '2001:db8::/64'] });
  expect(judged).toEqual([
    '203.0.113.7 10.99.0.10 allow allow',
    '203.0.113.7 10.244.0.1 allow allow',
    '2001:db8::/64 fd00:99::10 allow allow',
  ]);
  expect(finding.verdict).toBe('ok');
});

test('judges only the asked addresses where they are this node’s', async () => {
  const { judged } = await run(dumpOf({}), { addresses: ['192.0.2.99', '10.99.0.10', 'api.example.com'] });
  expect(judged).toEqual(['203.0.113.7 10.99.0.10 allow allow']);
});

test('judges all own addresses where clients come through somebody else’s', async () => {
  const { judged } = await run(dumpOf({}), { addresses: ['192.0.2.99'] });
  expect(judged).toHaveLength(2);
});

test('judges everybody when no source is known', async () => {
  const { judged, finding } = await run(dumpOf(nft([dport(6443), drop])), { sources: [], addresses: ['10.99.0.10'] });
  expect(judged).toEqual(['0.0.0.0/0 10.99.0.10 deny allow']);
  expect(finding).toMatchObject({ verdict: 'problem', reason: expect.stringContaining('any IPv4 client') });
});

test('finds replies that are dropped', async () => {
  const text = dump(table([{ name: 'out', hook: 'output', rules: [[sport(6443), drop]] }]));
  const { finding } = await run(dumpOf({ nftables: { kind: 'read', text } }));
  expect(finding).toMatchObject({ verdict: 'problem', reason: expect.stringContaining('drops the replies') });
});

test('tells denied parts first, and how many parts there are', async () => {
  const every = Array.from({ length: 20 }, (_, at) => `203.0.113.${at * 4 + 1}`);
  const { facts } = await run(dumpOf(nft([saddr({ set: every }), drop])), {
    sources: ['203.0.113.0/24'],
    addresses: ['10.99.0.10'],
  });
  if (facts.kind !== 'judged') throw new Error(facts.why);
  expect(facts.judged[0]?.parts).toBe(41);
  expect(facts.judged[0]?.passages.map(({ in: answer }) => answer.verdict)).toEqual(
    Array.from({ length: 12 }, () => 'deny'),
  );
});

test('what a failed reader might have shown forbids an "ok", not a "problem"', async () => {
  const failed: RulesReading = {
    kind: 'failed',
    why: 'the kernel holds legacy tables (filter), but iptables-legacy-save is not installed here',
  };
  const open = await run(dumpOf({ iptablesLegacy: failed }));
  expect(open.finding).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('iptables-legacy-save') });
  const shut = await run(dumpOf({ ...nft([dport(6443), drop]), iptablesLegacy: failed }));
  expect(shut.finding.verdict).toBe('problem');
});

test('no reader, and none that could read', async () => {
  const none = await run({ kind: 'noReader', why: 'there is no firewall reader; deploy it' });
  expect(none.finding).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('deploy it') });
  const failed: RulesReading = {
    kind: 'failed',
    why: 'nft failed: Operation not permitted; it needs NET_ADMIN as uid 0',
  };
  const denied = await run(dumpOf({ nftables: failed }));
  expect(denied.finding).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('NET_ADMIN') });
});

test('sources that are none are told, not dropped', async () => {
  const { facts, finding } = await run(dumpOf({}), { sources: ['office', '203.0.113.7'] });
  expect(finding.verdict).toBe('ok');
  expect(facts).toMatchObject({ leftOut: [{ what: 'office', why: 'is neither an address nor a CIDR' }] });
});

test('an IPv6 source of a node without IPv6', async () => {
  const on = { ...network, interfaces: [{ name: 'eth0', addresses: ['10.99.0.10/24', 'fe80::1/64'] }] };
  const { finding } = await run(dumpOf({}), { sources: ['2001:db8::1'] }, on);
  expect(finding).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('no IPv6 address') });
});

test.each([
  [['lo', 'eth0', 'cilium_host'], /Cilium/],
  [['lo', 'eth0', 'bpfin.cali'], /Calico/],
])('hints at eBPF: %s', async (devices, who) => {
  const { finding } = await run(dumpOf({}), {}, { ...network, devices });
  expect(finding.reason).toMatch(who);
});
