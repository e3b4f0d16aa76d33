import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../../src/agent/firewall/frames.ts';
import { NOTICE_MS } from '../../../../src/agent/firewall/frames.ts';
import type { Rules } from '../../../../src/agent/firewall/without-counters.ts';
import { rulesChange, type TwoLooks } from '../../../../src/agent/journal/node/rules-change.ts';
import { dumpOf, nftDump } from '../../firewall/rules.ts';

const network = {
  interfaces: [
    { name: 'lo', addresses: ['127.0.0.1/8'] },
    { name: 'eth0', addresses: ['10.99.0.10/24'] },
  ],
  routes: [
    { to: '0.0.0.0/0', device: 'eth0' },
    { to: '10.99.0.0/24', device: 'eth0' },
  ],
  devices: ['lo', 'eth0'],
};

function changed(before: Rules, after: Rules, more: Partial<TwoLooks> = {}) {
  return rulesChange({
    before,
    after,
    sinceAt: 1_000,
    readAt: 9_000,
    notices: [],
    place: { port: 6443, addresses: ['10.99.0.10'], clients: [] },
    network,
    ...more,
  });
}

const table = (name: string, family = 'inet') => ({ table: { family, name, handle: 1 } });
const chain = (policy: string, name = 'input', of = 'f') => ({
  chain: { family: 'inet', table: of, name, handle: 1, type: 'filter', hook: 'input', prio: 0, policy },
});
const dport = (port: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: port },
});
const saddr = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right },
});
const rule = (handle: number, ...expr: object[]) => ({
  rule: { family: 'inet', table: 'f', chain: 'input', handle, expr },
});
const set = (elem: unknown[], name = 'blocked') => ({
  set: { family: 'inet', name, table: 'f', type: 'ipv4_addr', handle: 9, flags: ['interval'], elem },
});
const drop = { drop: null };
const accept = { accept: null };
const open = [table('f'), chain('accept')];

describe('in words', () => {
  test('a rule that was added, and what it does to every client', () => {
    expect(changed(nftDump(...open), nftDump(...open, rule(2, dport(6443), drop)))).toEqual({
      category: 'firewall',
      earliestAt: 1_000,
      latestAt: 9_000,
      actor: null,
      action: 'create',
      target: { kind: 'nftables', name: 'inet f input', addresses: ['10.99.0.10'], ports: [6443] },
      summary: 'rule `tcp dport 6443 drop` added to inet f input',
      diff: ['rule `tcp dport 6443 drop` added to inet f input'],
      effect: {
        kind: 'passages',
        port: 6443,
        before: [
          { first: '0.0.0.0', last: '255.255.255.255', to: '10.99.0.10', verdict: 'allow', rule: 'policy accept' },
        ],
        after: [
          { first: '0.0.0.0', last: '255.255.255.255', to: '10.99.0.10', verdict: 'deny', rule: 'tcp dport 6443 drop' },
        ],
      },
    });
  });

  test('one that was deleted, changed, or moved', () => {
    const drops = rule(2, dport(6443), drop);
    expect(changed(nftDump(...open, drops), nftDump(...open))).toMatchObject({
      action: 'delete',
      summary: 'rule `tcp dport 6443 drop` deleted from inet f input',
      effect: { after: [{ verdict: 'allow' }] },
    });
    expect(changed(nftDump(...open, drops), nftDump(...open, rule(3, dport(22), drop)))).toMatchObject({
      action: 'update',
      summary: 'rule `tcp dport 6443 drop` of inet f input became `tcp dport 22 drop`',
      target: { ports: [6443, 22] },
    });
    const allows = rule(3, saddr('192.0.2.7'), accept);
    expect(changed(nftDump(...open, allows, drops), nftDump(...open, drops, allows))).toMatchObject({
      action: 'update',
      summary: 'rules of inet f input stand in another order',
      effect: { before: expect.arrayContaining([expect.objectContaining({ verdict: 'allow', first: '192.0.2.7' })]) },
    });
  });

  test('a policy', () => {
    expect(changed(nftDump(...open), nftDump(table('f'), chain('drop')))).toMatchObject({
      action: 'update',
      summary: 'policy of inet f input changed from accept to drop',
      effect: { after: [{ verdict: 'deny', rule: 'policy drop' }] },
    });
  });

  test('elements of a set, whose clients alone are cut off', () => {
    const by = rule(4, saddr('@blocked'), drop);
    const before = nftDump(...open, set(['10.1.0.1']), by);
    const after = nftDump(...open, set(['10.1.0.1', { prefix: { addr: '203.0.113.0', len: 24 } }]), by);
    const change = changed(before, after);
    expect(change).toMatchObject({
      action: 'create',
      summary: '203.0.113.0/24 added to set inet f blocked',
      target: { name: 'inet f blocked' },
    });
    const denied =
      change?.effect?.kind === 'passages' ? change.effect.after.filter(({ verdict }) => verdict === 'deny') : [];
    expect(denied.map(({ first, last }) => [first, last])).toEqual([
      ['10.1.0.1', '10.1.0.1'],
      ['203.0.113.0', '203.0.113.255'],
    ]);
    expect(changed(after, before)).toMatchObject({
      action: 'delete',
      summary: '203.0.113.0/24 taken from set inet f blocked',
    });
  });

  test('a table that is gone: that first, then its rules', () => {
    const change = changed(nftDump(...open, rule(2, dport(22), drop), set(['10.1.0.1'])), nftDump());
    expect(change).toMatchObject({ action: 'delete' });
    expect(change?.diff).toEqual([
      'table inet f deleted, with 1 chain and 1 rule',
      'rule `tcp dport 22 drop` deleted from inet f input',
      'set inet f blocked deleted, with 10.1.0.1',
    ]);
    expect(change?.summary).toBe('table inet f deleted, with 1 chain and 1 rule (and 2 more changes with it)');
  });

  test('of many changes the one that decides stands first', () => {
    const others = [1, 2, 3].map((at) => rule(10 + at, dport(at), drop));
    expect(changed(nftDump(...open), nftDump(...open, ...others, rule(2, dport(6443), drop)))?.summary).toBe(
      'rule `tcp dport 6443 drop` added to inet f input (and 3 more changes with it)',
    );
  });

  test('a bridge, which the verdicts leave out, is told all the same', () => {
    const bridge = [
      {
        chain: {
          family: 'bridge',
          table: 'b',
          name: 'fwd',
          type: 'filter',
          hook: 'forward',
          prio: 0,
          policy: 'accept',
        },
      },
    ];
    const dropping = { rule: { family: 'bridge', table: 'b', chain: 'fwd', handle: 3, expr: [drop] } };
    expect(changed(nftDump(...bridge), nftDump(...bridge, dropping))?.summary).toBe(
      'rule `drop` added to bridge b fwd',
    );
  });
});

describe('legacy iptables', () => {
  const saved = (...rules: string[]) =>
    dumpOf({
      iptablesLegacy: { kind: 'read', text: ['*filter', ':INPUT ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n') },
    });

  test('is told by its lines, with the time between two looks', () => {
    const notice: Notice = { firstAt: 4_000, lastAt: 4_000, by: 'nft', tables: ['ip filter'] };
    expect(changed(saved(), saved('-A INPUT -p tcp -m tcp --dport 6443 -j DROP'), { notices: [notice] })).toMatchObject(
      {
        earliestAt: 1_000,
        latestAt: 9_000,
        actor: null,
        target: { kind: 'iptables', ports: [6443] },
        summary: 'rule `-A INPUT -p tcp -m tcp --dport 6443 -j DROP` added to iptables-legacy ip filter INPUT',
        effect: { after: [{ verdict: 'deny' }] },
      },
    );
  });
});

describe('when and by whom', () => {
  const before = nftDump(...open);
  const after = nftDump(...open, rule(2, dport(22), drop));
  const notice = (more: Partial<Notice>): Notice => ({
    firstAt: 5_000,
    lastAt: 5_000,
    by: 'nft',
    tables: ['inet f'],
    ...more,
  });

  test('as the kernel said it, from a moment before it was heard', () => {
    expect(changed(before, after, { notices: [notice({})] })).toMatchObject({
      earliestAt: 5_000 - NOTICE_MS,
      latestAt: 5_000,
      actor: 'nft',
    });
  });

  test('what was said of other tables does not count', () => {
    const notices = [
      notice({ firstAt: 2_000, lastAt: 2_000, by: 'iptables', tables: ['ip nat'] }),
      notice({ firstAt: 5_000, lastAt: 5_100 }),
      notice({ firstAt: 8_000, lastAt: 8_000, by: 'iptables', tables: ['ip nat'] }),
    ];
    expect(changed(before, after, { notices })).toMatchObject({
      earliestAt: 5_000 - NOTICE_MS,
      latestAt: 5_100,
      actor: 'nft',
    });
  });

  test('never before the last look, which did not show it', () => {
    expect(changed(before, after, { sinceAt: 4_900, notices: [notice({})] })).toMatchObject({ earliestAt: 4_900 });
  });

  test('where nothing was said of that table: between the two looks', () => {
    expect(changed(before, after, { notices: [notice({ tables: ['ip nat'] })] })).toMatchObject({
      earliestAt: 1_000,
      latestAt: 9_000,
    });
  });

  test('tools that nobody sees at work are known by their places', () => {
    const place = (name: string, policy = 'accept') => ({
      chain: {
        family: 'ip',
        table: 'filter',
        name,
        handle: 3,
        ...(name === 'INPUT' ? { type: 'filter', hook: 'input', prio: 0, policy } : {}),
      },
    });
    const ufw = {
      rule: { family: 'ip', table: 'filter', chain: 'ufw-user-input', handle: 3, expr: [dport(22), drop] },
    };
    expect(
      changed(nftDump(place('INPUT'), place('ufw-user-input')), nftDump(place('INPUT'), place('ufw-user-input'), ufw), {
        notices: [notice({ by: 'iptables-restor', tables: ['ip filter'] })],
      }),
    ).toMatchObject({ actor: 'ufw', summary: 'rule `tcp dport 22 drop` added to ip filter ufw-user-input' });
  });
});

describe('what is left out', () => {
  test('counters, handles and nothing at all', () => {
    const counted = (packets: number, handle: number) =>
      nftDump(...open, rule(handle, dport(22), { counter: { packets, bytes: 5 } }, drop));
    expect(changed(counted(1, 2), counted(9, 7))).toBe(null);
    expect(changed(nftDump(...open), nftDump(...open))).toBe(null);
  });

  test('elements that packets add by themselves', () => {
    const adds = rule(5, {
      set: { op: 'add', elem: { payload: { protocol: 'ip', field: 'saddr' } }, set: '@blocked' },
    });
    expect(changed(nftDump(...open, set([]), adds), nftDump(...open, set(['10.1.0.1']), adds))).toBe(null);
  });

  const fixtures = join(import.meta.dirname, '../../../packet/filter/fixtures');
  async function proxied(kind: string, edit: (items: Item[]) => Item[] = (items) => items): Promise<Rules> {
    const [nft, iptables, ip6tables] = await Promise.all(
      ['nft.json', 'iptables.txt', 'ip6tables.txt'].map((name) => readFile(join(fixtures, kind, name), 'utf8')),
    );
    const items: Item[] = JSON.parse(nft ?? '').nftables;
    return dumpOf({
      nftables: { kind: 'read', text: JSON.stringify({ nftables: edit(items) }) },
      iptables: { kind: 'read', text: iptables ?? '' },
      ip6tables: { kind: 'read', text: ip6tables ?? '' },
    });
  }
  interface Item {
    rule?: { table: string; chain: string; handle: number; expr: object[] };
    chain?: { table: string; name: string };
    map?: { table: string; elem?: unknown[] };
  }

  test.each([
    ['kube-proxy-iptables', (name: string) => name.startsWith('KUBE-')],
    ['kube-proxy-nftables', () => true],
  ])('what %s rewrites when a Service comes or goes', async (kind, own) => {
    const before = await proxied(kind);
    const isOwn = (of: { table: string; name: string }) =>
      of.table === 'kube-proxy' || (of.table !== 'kube-proxy' && own(of.name) && of.name.startsWith('KUBE-'));
    // Every other rule of its chains is gone, as when Services are deleted.
    let seen = 0;
    const after = await proxied(kind, (items) =>
      items.filter(({ rule: of }) => {
        if (of === undefined || !isOwn({ table: of.table, name: of.chain })) return true;
        if (/"drop"|"reject"|"accept"/.test(JSON.stringify(of.expr))) return true;
        seen += 1;
        return seen % 2 === 0;
      }),
    );
    expect(seen).toBeGreaterThan(20);
    expect(changed(before, after)).toBe(null);
  });

  test('and is told where it cuts clients off', async () => {
    const before = await proxied('kube-proxy-nftables');
    const after = await proxied('kube-proxy-nftables', (items) => [
      ...items,
      {
        rule: { family: 'ip', table: 'kube-proxy', chain: 'filter-input', handle: 9_000, expr: [dport(6443), drop] },
      } as Item,
    ]);
    const change = changed(before, after);
    expect(change?.summary).toContain('rule `tcp dport 6443 drop` added to ip kube-proxy filter-input');
    expect(change?.effect).toMatchObject({ before: [{ verdict: 'allow' }], after: [{ verdict: 'deny' }] });
  });

  test('a person’s rule stands out among what kube-proxy did at the same moment', async () => {
    const before = await proxied('kube-proxy-iptables');
    const after = await proxied('kube-proxy-iptables', (items) => [
      ...items.filter(({ rule: of }) => of?.chain !== 'KUBE-SERVICES'),
      { rule: { family: 'ip', table: 'filter', chain: 'INPUT', handle: 9_000, expr: [dport(8080), drop] } } as Item,
    ]);
    expect(changed(before, after)?.diff).toEqual(['rule `tcp dport 8080 drop` added to ip filter INPUT']);
  });

  test('also where that rule cuts clients off: what the others did is not what explains it', async () => {
    const before = await proxied('kube-proxy-iptables');
    const after = await proxied('kube-proxy-iptables', (items) => [
      ...items.filter(({ rule: of }) => of?.chain !== 'KUBE-SERVICES'),
      {
        rule: { family: 'ip', table: 'filter', chain: 'INPUT', handle: 9_000, expr: [dport(6443), drop] },
      } as Item,
    ]);
    const change = changed(before, after);
    expect(change?.diff).toEqual(['rule `tcp dport 6443 drop` added to ip filter INPUT']);
    expect(change?.effect).toMatchObject({ before: [{ verdict: 'allow' }], after: [{ verdict: 'deny' }] });
  });

  test.each([
    [
      'docker',
      {
        chain: 'FORWARD',
        expr: [
          { match: { op: '==', left: { meta: { key: 'oifname' } }, right: 'docker0' } },
          { jump: { target: 'DOCKER' } },
        ],
      },
    ],
    ['Calico', { chain: 'INPUT', expr: [{ counter: { packets: 0, bytes: 0 } }, { jump: { target: 'cali-INPUT' } }] }],
  ])('%s leading into its own chains', (_who, { chain: name, expr }) => {
    const base = ['INPUT', 'FORWARD'].map((one) => ({
      chain: {
        family: 'ip',
        table: 'filter',
        name: one,
        type: 'filter',
        hook: one.toLowerCase(),
        prio: 0,
        policy: 'accept',
      },
    }));
    const own = { chain: { family: 'ip', table: 'filter', name: name === 'INPUT' ? 'cali-INPUT' : 'DOCKER' } };
    const leads = { rule: { family: 'ip', table: 'filter', chain: name, handle: 4, expr } };
    expect(changed(nftDump(...base), nftDump(...base, own, leads))).toBe(null);
    // Even the first use of the whole table.
    expect(changed(nftDump(), nftDump(...base, own, leads))).toBe(null);
  });
});

describe('what can’t be known', () => {
  const failed = { kind: 'failed', why: 'nft did not end within 10000 ms' } as const;

  test('a reading that failed is no change, and leaves no verdict', () => {
    const before = nftDump(...open, rule(2, dport(22), drop));
    expect(changed(before, dumpOf({ nftables: failed }))).toBe(null);
    const line = (text: string, nftables: Rules['readings']['nftables']) =>
      dumpOf({ nftables, iptablesLegacy: { kind: 'read', text: `*filter\n:INPUT ACCEPT [0:0]\n${text}COMMIT\n` } });
    const change = changed(
      line('', { kind: 'read', text: '{"nftables":[]}' }),
      line('-A INPUT -p tcp -m tcp --dport 22 -j DROP\n', failed),
    );
    expect(change?.effect).toMatchObject({ before: [{ verdict: 'unknown' }], after: [{ verdict: 'unknown' }] });
  });

  test('without the API server’s port nothing is judged, and the change is told', () => {
    expect(changed(nftDump(...open), nftDump(...open, rule(2, dport(22), drop)), { place: null })).toMatchObject({
      effect: null,
    });
  });

  const blocked = (many: number) => Array.from({ length: many }, (_, at) => `10.${at >> 8}.${at & 255}.1`);
  const blocking = (many: number) => nftDump(...open, set(blocked(many)), rule(4, saddr('@blocked'), drop));

  test.each([140, 2_000])('more parts than can be told (%i blocked addresses) are one that is unknown', (many) => {
    expect(changed(blocking(many - 1), blocking(many))?.effect).toMatchObject({
      after: [{ first: '0.0.0.0', last: '255.255.255.255', verdict: 'unknown' }],
    });
  });

  test.each([140, 2_000])('save for those who are known to connect (%i blocked addresses)', (many) => {
    const last = blocked(many).at(-1) ?? '';
    const place = { port: 6443, addresses: ['10.99.0.10'], clients: [last, '192.0.2.0/24', 'fd00::/8'] };
    expect(changed(blocking(many - 1), blocking(many), { place })?.effect).toMatchObject({
      before: [
        { first: last, verdict: 'allow' },
        { first: '192.0.2.0', last: '192.0.2.255', verdict: 'allow' },
      ],
      after: [
        { first: last, verdict: 'deny', rule: 'ip saddr @blocked drop' },
        { first: '192.0.2.0', last: '192.0.2.255', verdict: 'allow' },
      ],
    });
  });
});
