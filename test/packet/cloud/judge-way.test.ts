import { describe, expect, test } from 'vitest';
import type { CloudHop, CloudModel, CloudWay } from '../../../src/packet/cloud/model.ts';
import {
  balancer,
  client,
  endpoint,
  entry,
  face,
  group,
  judged,
  model,
  node,
  nodeFace,
  openAcl,
  out,
  outcome,
  route,
  rule,
  table,
  without,
} from './given.ts';

interface Case {
  readonly of?: CloudModel;
  readonly hops?: readonly CloudHop[];
  readonly from?: string;
  readonly way?: Partial<CloudWay>;
  /** The verdict, and what decides where. */
  readonly is: string;
  /** A part of the rule, or of what it hangs on. */
  readonly by?: string;
}

const lb = 'nlb api-prod:443';
const cp1 = 'cp-1 (i-0abc):6443';
const cp2 = 'cp-2 (i-0def):6443';
const keeping = [balancer(), node({ sees: 'client' })];
const another = (given: Partial<CloudHop> = {}) => node({ name: 'cp-2 (i-0def)', ...given });
const closed = nodeFace({ id: 'eni-closed', groups: ['sg-closed'], addresses: ['10.0.2.6'] });
const sgClosed = group('sg-closed', []);
const inside = '10.0.9.9';
const internal = { addresses: ['10.0.1.5'] };

const cases: Record<string, Record<string, Case>> = {
  'security groups': {
    'all that is asked lets it through': { is: 'allow' },
    'a rule for the client by its CIDR': {
      of: model({ groups: [group('sg-lb', [rule('203.0.113.0/24', 443, { id: 'sgr-1' })])] }),
      is: 'allow',
    },
    'a rule for one other address': {
      of: model({ groups: [group('sg-lb', [rule('203.0.113.8/32', 443)])] }),
      is: `deny: group in at ${lb}`,
      by: 'no rule of sg-lb (lb) allows tcp 443 from 203.0.113.7',
    },
    'a rule for another port': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 6443)])] }),
      is: `deny: group in at ${lb}`,
    },
    'a range of ports that ends with it': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', [400, 443])])] }),
      is: 'allow',
    },
    'a range of ports that ends before it': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', [400, 442])])] }),
      is: `deny: group in at ${lb}`,
    },
    'a rule for every port of TCP': { of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0')])] }), is: 'allow' },
    'protocol 6 is TCP': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443, { protocol: '6' })])] }),
      is: 'allow',
    },
    'protocol -1 is all, whatever ports stand beside it': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', [0, 0], { protocol: '-1' })])] }),
      is: 'allow',
    },
    'UDP by name is not TCP': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443, { protocol: 'udp' })])] }),
      is: `deny: group in at ${lb}`,
    },
    'ICMPv6 by number is not TCP': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', null, { protocol: '58' })])] }),
      is: `deny: group in at ${lb}`,
    },
    'a protocol that nobody knows': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443, { protocol: 'tcpx' })])] }),
      is: `unknown: group in at ${lb}`,
      by: 'tcpx',
    },
    'ports that mean nothing': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', [-1, -1])])] }),
      is: `unknown: group in at ${lb}`,
    },
    'a CIDR that means nothing': {
      of: model({ groups: [group('sg-lb', [rule('everyone', 443)])] }),
      is: `unknown: group in at ${lb}`,
      by: 'everyone',
    },
    'a group without rules': {
      of: model({ groups: [group('sg-lb', [])] }),
      is: `deny: group in at ${lb}`,
    },
    'groups add up: the second lets it in': {
      of: model({ groups: [group('sg-lb', []), group('sg-more', [rule('203.0.113.7/32', 443)])] }),
      hops: [balancer({ interfaces: [face('eni-lb', { groups: ['sg-lb', 'sg-more'] })] }), node()],
      is: 'allow',
    },
    'none of several groups': {
      of: model({ groups: [group('sg-lb', []), sgClosed] }),
      hops: [balancer({ interfaces: [face('eni-lb', { groups: ['sg-lb', 'sg-closed'] })] }), node()],
      is: `deny: group in at ${lb}`,
      by: 'no rule of sg-lb (lb) and sg-closed (closed) allows',
    },
    'a balancer that can have no groups keeps nobody out': {
      of: model({ groups: [group('sg-node', [rule('10.0.1.0/24', 6443)])] }),
      hops: [balancer({ interfaces: [face('eni-lb', { groups: null })] }), node()],
      is: 'allow',
    },
    'a list of no groups was read from something else': {
      hops: [balancer({ interfaces: [face('eni-lb', { groups: [] })] }), node()],
      is: `unknown: group in at ${lb}`,
    },
    'a group that was not read': {
      of: without(model(), 'sg-lb'),
      is: `unknown: group in at ${lb}`,
      by: 'sg-lb, which was not read',
    },
    'a group that was not read, beside one that lets it in': {
      hops: [balancer({ interfaces: [face('eni-lb', { groups: ['sg-unread', 'sg-lb'] })] }), node()],
      is: 'allow',
    },
    'a group that was not read, beside one that does not': {
      of: model({ groups: [sgClosed, group('sg-node', [rule('10.0.1.0/24', 6443)])] }),
      hops: [balancer({ interfaces: [face('eni-lb', { groups: ['sg-closed', 'sg-unread'] })] }), node()],
      is: `unknown: group in at ${lb}`,
    },
    'what the balancer may send': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443)], [rule('10.0.2.0/24', 443)])] }),
      is: `deny: group out at ${lb}`,
      by: 'no rule of sg-lb (lb) allows tcp 6443 to cp-1 (i-0abc)',
    },
    'what the balancer may send, by the group of the target': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443)], [rule('sg-node', 6443)])] }),
      is: 'allow',
    },
    'what the target may send is not asked: replies go out': {
      of: model({ groups: [group('sg-node', [rule('sg-lb', 6443)], [])] }),
      is: 'allow',
    },
  },
  'references to groups': {
    'the node asks for the group of the balancer': { is: 'allow' },
    'the node asks for a group that the balancer has not': {
      of: model({ groups: [group('sg-node', [rule('sg-other', 6443)])] }),
      is: `deny: group in at ${cp1}`,
      by: 'no rule of sg-node (node) allows tcp 6443 from nlb api-prod',
    },
    'the balancer has the group on one interface of two': {
      hops: [
        balancer({ interfaces: [face('eni-a'), face('eni-b', { groups: null, addresses: ['10.0.1.6'] })] }),
        node(),
      ],
      is: `unknown: group in at ${cp1}`,
      by: 'no rule of sg-node (node)',
    },
    'a client on the internet has no group': {
      of: model({ groups: [group('sg-lb', [rule('sg-lb', 443)])] }),
      is: `deny: group in at ${lb}`,
    },
    'a client on the internet has no group, even when routes were not read': {
      of: without(model({ groups: [group('sg-lb', [rule('sg-lb', 443)])] }), 'rtb-lb'),
      is: `deny: group in at ${lb}`,
    },
    'a client within the network may have it': {
      of: model({ groups: [group('sg-lb', [rule('sg-clients', 443)])] }),
      from: inside,
      way: internal,
      is: `unknown: group in at ${lb}`,
      by: 'whether the client carries a security group',
    },
    'a client in a network beyond a peering may have it': {
      of: model({
        groups: [group('sg-lb', [rule('sg-clients', 443)])],
        tables: [table('rtb-lb', route('10.9.0.0/16', 'pcx-1'))],
      }),
      from: '10.9.0.1',
      way: internal,
      is: `unknown: group in at ${lb}`,
    },
    'a client on premises has none': {
      of: model({
        groups: [group('sg-lb', [rule('sg-clients', 443)])],
        tables: [table('rtb-lb', route('10.9.0.0/16', 'vgw-1'))],
      }),
      from: '10.9.0.1',
      way: internal,
      is: `deny: group in at ${lb}`,
    },
    'with the client kept, the group of the balancer still lets in': { hops: keeping, is: 'allow' },
    'with the client kept, another group does not': {
      of: model({ groups: [group('sg-node', [rule('sg-other', 6443)])] }),
      hops: keeping,
      is: `deny: group in at ${cp1}`,
      by: 'no rule of sg-node (node) allows tcp 6443 from 203.0.113.7',
    },
  },
  'prefix lists': {
    'one that holds the client': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 443)])], prefixLists: { 'pl-1': ['203.0.113.0/24'] } }),
      is: 'allow',
    },
    'one that does not': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 443)])], prefixLists: { 'pl-1': ['192.0.2.0/24'] } }),
      is: `deny: group in at ${lb}`,
    },
    'an empty one': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 443)])], prefixLists: { 'pl-1': [] } }),
      is: `deny: group in at ${lb}`,
    },
    'one that was not read': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 443)])] }),
      is: `unknown: group in at ${lb}`,
      by: 'pl-1, which was not read',
    },
    'one that was not read, for another port': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 22)])] }),
      is: `deny: group in at ${lb}`,
    },
    'one that was not read, beside a rule that lets it in': {
      of: model({ groups: [group('sg-lb', [rule('pl-1', 443), rule('0.0.0.0/0', 443)])] }),
      is: 'allow',
    },
  },
  IPv6: {
    'a client by IPv6': {
      of: model({ groups: [group('sg-node', [rule('10.0.1.0/24', 6443)])] }),
      from: '2001:db8:9::1',
      way: { addresses: ['198.51.100.10', '2001:db8:0:101::5'] },
      is: 'allow',
    },
    '0.0.0.0/0 is nobody by IPv6': {
      of: model({ groups: [group('sg-lb', [rule('0.0.0.0/0', 443)])] }),
      from: '2001:db8:9::1',
      way: { addresses: ['2001:db8:0:101::5'] },
      is: `deny: group in at ${lb}`,
    },
    '::/0 is nobody by IPv4': {
      of: model({ groups: [group('sg-lb', [rule('::/0', 443)])] }),
      is: `deny: group in at ${lb}`,
    },
    'no address that it could connect to': {
      from: '2001:db8:9::1',
      is: 'unknown: address at 198.51.100.10:443',
      by: "198.51.100.10 can't be reached by IPv6",
    },
    'an ACL for IPv4 alone': {
      of: model({
        acls: [{ id: 'acl-lb', entries: [entry(100, 'allow', '0.0.0.0/0'), entry(100, 'allow', '0.0.0.0/0', out)] }],
      }),
      from: '2001:db8:9::1',
      way: { addresses: ['2001:db8:0:101::5'] },
      is: `deny: acl in at ${lb}`,
    },
    'replies that only what was begun inside may go by': {
      of: model({ tables: [table('rtb-lb', route('::/0', 'eigw-1'))] }),
      from: '2001:db8:9::1',
      way: { addresses: ['2001:db8:0:101::5'] },
      is: `deny: route back at ${lb}`,
    },
    'a target with an IPv4 address alone sees the balancer, not the client': {
      of: model({ groups: [group('sg-node', [rule('10.0.1.5/32', 6443)])] }),
      hops: keeping,
      from: '2001:db8:9::1',
      way: { addresses: ['2001:db8:0:101::5'] },
      is: 'allow',
    },
  },
  'network ACLs': {
    'an entry that denies, before the one that allows': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '203.0.113.0/24'))] }),
      is: `deny: acl in at ${lb}`,
      by: 'acl-lb ingress rule 90 denies tcp from 203.0.113.0/24',
    },
    'an entry that denies, after the one that allows': {
      of: model({ acls: [openAcl('acl-lb', entry(110, 'deny', '203.0.113.0/24'))] }),
      is: 'allow',
    },
    'order is by number, not by place': {
      of: model({
        acls: [openAcl('acl-lb', entry(80, 'deny', '203.0.113.0/24'), entry(70, 'allow', '203.0.113.7/32'))],
      }),
      is: 'allow',
    },
    'an entry for another protocol': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '0.0.0.0/0', { protocol: '17' }))] }),
      is: 'allow',
    },
    'an entry for another port': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '0.0.0.0/0', { ports: { from: 22, to: 22 } }))] }),
      is: 'allow',
    },
    'no entry: it denies': {
      of: model({ acls: [{ id: 'acl-lb', entries: [entry(100, 'allow', '0.0.0.0/0', out)] }] }),
      is: `deny: acl in at ${lb}`,
      by: 'no ingress rule of acl-lb allows tcp 443 from 203.0.113.7',
    },
    'replies are denied': {
      of: model({
        acls: [openAcl('acl-lb', entry(90, 'deny', '203.0.113.0/24', { ...out, ports: { from: 1024, to: 65535 } }))],
      }),
      is: `deny: acl replies at ${lb}`,
      by: 'acl-lb egress rule 90 denies tcp 1024-65535 to 203.0.113.0/24',
    },
    'replies have no entry': {
      of: model({ acls: [{ id: 'acl-lb', entries: [entry(100, 'allow', '0.0.0.0/0')] }] }),
      is: `deny: acl out at ${lb}`,
    },
    'replies to a part of the ports that clients take': {
      of: model({
        acls: [openAcl('acl-lb', entry(90, 'deny', '203.0.113.0/24', { ...out, ports: { from: 1024, to: 32767 } }))],
      }),
      is: `unknown: acl replies at ${lb}`,
      by: 'which of the ports 1024-65535',
    },
    'replies to all ports that clients take, by two entries': {
      of: model({
        acls: [
          {
            id: 'acl-lb',
            entries: [
              entry(100, 'allow', '0.0.0.0/0'),
              entry(90, 'allow', '0.0.0.0/0', { ...out, ports: { from: 1024, to: 32767 } }),
              entry(91, 'allow', '0.0.0.0/0', { ...out, ports: { from: 32768, to: 65535 } }),
            ],
          },
        ],
      }),
      is: 'allow',
    },
    'ports below 1024 do not matter to replies': {
      of: model({
        acls: [openAcl('acl-lb', entry(90, 'deny', '0.0.0.0/0', { ...out, ports: { from: 0, to: 1023 } }))],
      }),
      is: 'allow',
    },
    'on the way to the target, out': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '10.0.2.0/24', out))] }),
      is: `deny: acl out at ${lb}`,
    },
    'on the way to the target, in': {
      of: model({ acls: [openAcl('acl-node', entry(90, 'deny', '10.0.1.0/24'))] }),
      is: `deny: acl in at ${cp1}`,
    },
    'replies of the target, out': {
      of: model({ acls: [openAcl('acl-node', entry(90, 'deny', '10.0.1.0/24', out))] }),
      is: `deny: acl replies at ${cp1}`,
    },
    'replies of the target, in': {
      of: model({
        acls: [openAcl('acl-lb', entry(90, 'deny', '10.0.2.0/24', { ports: { from: 1024, to: 65535 } }))],
      }),
      is: `deny: acl replies in at ${lb}`,
    },
    'with the client kept, replies of the target go to the client': {
      of: model({ acls: [openAcl('acl-node', entry(90, 'deny', '203.0.113.0/24', out))] }),
      hops: keeping,
      is: `deny: acl replies at ${cp1}`,
    },
    'within one subnet none is asked': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '10.0.0.0/16'), entry(91, 'deny', '10.0.0.0/16', out))] }),
      hops: [balancer(), node({ interfaces: [nodeFace({ subnet: 'subnet-lb', acl: 'acl-lb' })] })],
      is: 'allow',
    },
    'within one subnet and with the client kept it is not known': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '0.0.0.0/0', { ports: { from: 6443, to: 6443 } }))] }),
      hops: [balancer(), node({ sees: 'client', interfaces: [nodeFace({ subnet: 'subnet-lb', acl: 'acl-lb' })] })],
      is: `unknown: acl in at ${cp1}`,
    },
    'a client of the network may be in the subnet': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '10.0.9.0/24'))] }),
      from: inside,
      way: internal,
      is: `unknown: acl in at ${lb}`,
      by: 'same subnet',
    },
    'one that was not read': {
      of: without(model(), 'acl-lb'),
      is: `unknown: acl in at ${lb}`,
      by: 'acl-lb, which was not read',
    },
    'an entry for a protocol that nobody knows, which denies what the next would allow': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'deny', '0.0.0.0/0', { protocol: 'tcpx' }))] }),
      is: `unknown: acl in at ${lb}`,
      by: 'tcpx',
    },
    'an entry for a protocol that nobody knows, which allows as the next does': {
      of: model({ acls: [openAcl('acl-lb', entry(90, 'allow', '0.0.0.0/0', { protocol: 'tcpx' }))] }),
      is: 'allow',
    },
    'an entry for a CIDR that means nothing, after which nothing allows': {
      of: model({
        acls: [{ id: 'acl-lb', entries: [entry(90, 'allow', 'office'), entry(90, 'allow', '0.0.0.0/0', out)] }],
      }),
      hops: [balancer()],
      way: { unread: ['targets'] },
      is: `unknown: acl in at ${lb}`,
      by: 'office',
    },
    'a target whose address was not read': {
      hops: [balancer(), node({ interfaces: [nodeFace({ addresses: [] })] })],
      is: `unknown: group out at ${lb}`,
    },
    'one whose id was not read': {
      hops: [balancer({ interfaces: [face('eni-lb', { acl: null })] }), node()],
      is: `unknown: acl in at ${lb}`,
    },
    'one that was not read, before a group that surely denies': {
      of: without(model({ groups: [group('sg-lb', [])] }), 'acl-lb'),
      is: `deny: group in at ${lb}`,
    },
  },
  'several interfaces and targets': {
    'all let it in': { hops: [balancer(), node(), another()], is: 'allow' },
    'one of two targets denies': {
      of: model({ groups: [sgClosed] }),
      hops: [balancer(), node(), another({ interfaces: [closed] })],
      is: `unknown: group in at ${cp2}`,
      by: 'no rule of sg-closed (closed)',
    },
    'all targets deny': {
      of: model({ groups: [sgClosed] }),
      hops: [balancer(), node({ interfaces: [closed] }), another({ interfaces: [closed] })],
      is: `deny: group in at ${cp1}`,
    },
    'each target denies at another place': {
      of: model({ groups: [sgClosed], acls: [openAcl('acl-shut', entry(1, 'deny', '0.0.0.0/0'))] }),
      hops: [balancer(), node({ interfaces: [closed] }), another({ interfaces: [nodeFace({ acl: 'acl-shut' })] })],
      is: `deny: group in at ${cp1}`,
    },
    'one of two interfaces of a target denies': {
      of: model({ groups: [sgClosed] }),
      hops: [balancer(), node({ interfaces: [nodeFace(), closed] })],
      is: `unknown: group in at ${cp1}`,
      by: 'no rule of sg-closed',
    },
    'one of two interfaces of the balancer denies': {
      of: model({ groups: [sgClosed] }),
      hops: [
        balancer({
          interfaces: [face('eni-a'), face('eni-b', { groups: ['sg-closed'], addresses: ['10.0.1.6'] })],
        }),
        node(),
      ],
      is: `unknown: group in at ${lb}`,
    },
    'the client connects to the interface that lets it in': {
      of: model({ groups: [sgClosed] }),
      hops: [
        balancer({
          interfaces: [face('eni-a'), face('eni-b', { groups: ['sg-closed'], addresses: ['10.0.1.6'] })],
        }),
        node(),
      ],
      from: inside,
      way: internal,
      is: 'allow',
    },
    'the target that denies is unhealthy, so that nothing is sent to it': {
      of: model({ groups: [sgClosed] }),
      hops: [balancer(), node(), another({ interfaces: [closed], health: 'unhealthy' })],
      is: 'allow',
    },
    'the target that lets it in is draining': {
      of: model({ groups: [sgClosed] }),
      hops: [balancer(), node({ health: 'draining' }), another({ interfaces: [closed] })],
      is: `deny: group in at ${cp2}`,
    },
    'no target is healthy': {
      hops: [balancer(), node({ health: 'unhealthy' }), another({ health: 'unhealthy' })],
      is: `unknown: health at ${lb}`,
      by: 'without a healthy target: all are unhealthy',
    },
    'no target is healthy, and all deny': {
      of: model({ groups: [group('sg-node', [])] }),
      hops: [balancer(), node({ health: 'unhealthy' })],
      is: `deny: group in at ${cp1}`,
    },
    'its health was not told': {
      hops: [balancer(), node({ health: null })],
      is: `unknown: health at ${lb}`,
      by: 'whether nlb api-prod sends to cp-1 (i-0abc), which was not told',
    },
    'no target at all': { hops: [balancer()], is: `deny: health at ${lb}`, by: 'nlb api-prod has no target' },
    'targets that were not read': {
      hops: [balancer()],
      way: { unread: ['targets of tg-1'] },
      is: `unknown: health at ${lb}`,
    },
    'a node by itself': {
      of: model({ groups: [group('sg-node', [rule('203.0.113.0/24', 6443)])] }),
      hops: [node({ health: null, interfaces: [nodeFace({ table: 'rtb-lb' })] })],
      is: 'allow',
    },
    'a balancer behind a balancer': {
      of: model({ groups: [group('sg-alb', [rule('203.0.113.0/24', 443)]), group('sg-node', [rule('sg-alb', 6443)])] }),
      hops: [
        balancer({ interfaces: [face('eni-lb', { groups: null })] }),
        balancer({
          name: 'alb api',
          health: 'healthy',
          interfaces: [face('eni-alb', { addresses: ['10.0.3.5'], subnet: 'subnet-alb', groups: ['sg-alb'] })],
        }),
        node(),
      ],
      is: 'allow',
    },
    'interfaces that were not read': {
      hops: [balancer({ interfaces: [] }), node()],
      is: `unknown: group in at ${lb}`,
      by: 'the interfaces of nlb api-prod, which were not read',
    },
    'interfaces of the target that were not read': {
      hops: [balancer(), node({ interfaces: [] })],
      is: `unknown: group out at ${lb}`,
      by: 'the address of the other end, which was not read',
    },
  },
  'whose address the target sees': {
    'the client: its rule lets the client in': {
      of: model({ groups: [group('sg-node', [rule('203.0.113.0/24', 6443)])] }),
      hops: keeping,
      is: 'allow',
    },
    'the client: a rule for the balancer by its address does not': {
      of: model({ groups: [group('sg-node', [rule('10.0.1.0/24', 6443)])] }),
      hops: keeping,
      is: `deny: group in at ${cp1}`,
    },
    'the balancer: a rule for the client does not': {
      of: model({ groups: [group('sg-node', [rule('203.0.113.0/24', 6443)])] }),
      is: `deny: group in at ${cp1}`,
    },
    'not known: both are let in': {
      of: model({ groups: [group('sg-node', [rule('0.0.0.0/0', 6443)])] }),
      hops: [balancer(), node({ sees: 'unknown' })],
      is: 'allow',
    },
    'not known: one is let in': {
      of: model({ groups: [group('sg-node', [rule('203.0.113.0/24', 6443)])] }),
      hops: [balancer(), node({ sees: 'unknown' })],
      is: `unknown: group in at ${cp1}`,
    },
    'not known: neither is let in': {
      of: model({ groups: [group('sg-node', [rule('192.0.2.0/24', 6443)])] }),
      hops: [balancer(), node({ sees: 'unknown' })],
      is: `deny: group in at ${cp1}`,
    },
    'the client: its replies need no route of the target': {
      of: model({ tables: [table('rtb-node')] }),
      hops: keeping,
      is: 'allow',
    },
  },
  routes: {
    'replies have no route': {
      of: model({ tables: [table('rtb-lb')] }),
      is: `deny: route back at ${lb}`,
      by: 'rtb-lb has no route to 203.0.113.7',
    },
    'replies go into a black hole': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1', 'blackhole'))] }),
      is: `deny: route back at ${lb}`,
      by: 'is a blackhole',
    },
    'the longest prefix decides, for worse': {
      of: model({
        tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('203.0.113.0/24', 'tgw-1', 'blackhole'))],
      }),
      is: `deny: route back at ${lb}`,
    },
    'the longest prefix decides, for better': {
      of: model({
        tables: [table('rtb-lb', route('203.0.0.0/8', 'tgw-1', 'blackhole'), route('203.0.113.0/24', 'igw-1'))],
      }),
      is: 'allow',
    },
    'an internet-facing balancer in a subnet behind a NAT gateway': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'nat-1'))] }),
      is: `deny: route back at ${lb}`,
      by: 'carries no replies to connections from outside',
    },
    'replies that leave by another gateway than the connection came by': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'tgw-1'))] }),
      is: `unknown: route back at ${lb}`,
    },
    'replies through a device that decides by itself': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'vpce-1'))] }),
      is: `unknown: route back at ${lb}`,
      by: 'what becomes of it at vpce-1',
    },
    'a client beyond a transit gateway': {
      of: model({ tables: [table('rtb-lb', route('10.9.0.0/16', 'tgw-1'))] }),
      from: '10.9.0.1',
      way: internal,
      is: 'allow',
    },
    'a prefix list as destination, which holds the client': {
      of: model({
        tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('pl-1', 'tgw-1', 'blackhole'))],
        prefixLists: { 'pl-1': ['203.0.113.0/24'] },
      }),
      is: `deny: route back at ${lb}`,
    },
    'a prefix list as destination, which was not read and could be longer': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('pl-1', 'tgw-1', 'blackhole'))] }),
      is: `unknown: route back at ${lb}`,
    },
    'a prefix list as destination, which was not read and leads to the same': {
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('pl-1', 'igw-1'))] }),
      is: 'allow',
    },
    'a table that was not read': {
      of: without(model(), 'rtb-lb'),
      is: `unknown: route on at ${lb}`,
      by: 'rtb-lb, which was not read',
    },
    'a target in a network that no route leads to': {
      hops: [balancer(), node({ interfaces: [nodeFace({ addresses: ['10.8.0.5'] })] })],
      of: model({ tables: [{ id: 'rtb-lb', routes: [route('10.0.0.0/16', 'local'), route('0.0.0.0/0', 'igw-1')] }] }),
      is: `unknown: route on at ${lb}`,
    },
    'a target in another network, by a peering that is gone': {
      hops: [balancer(), node({ interfaces: [nodeFace({ addresses: ['10.8.0.5'] })] })],
      of: model({ tables: [table('rtb-lb', route('0.0.0.0/0', 'igw-1'), route('10.8.0.0/16', 'pcx-1', 'blackhole'))] }),
      is: `deny: route on at ${lb}`,
    },
    'a private address does not come over the internet': {
      from: '192.168.1.5',
      is: 'unknown: address at nlb api-prod:443',
      by: 'its own is a private one',
    },
    'a private address that only the internet gateway leads to': {
      from: '192.168.1.5',
      way: internal,
      is: `unknown: route back at ${lb}`,
    },
  },
  'endpoints of a provider': {
    'public, open to all': { hops: [endpoint()], is: 'allow' },
    'public, for the client': { hops: [endpoint({ publicCidrs: ['203.0.113.0/24'] })], is: 'allow' },
    'public, for others': {
      hops: [endpoint({ publicCidrs: ['192.0.2.0/24', '198.51.100.0/24'] })],
      is: 'deny: access list at EKS prod:443',
      by: 'the access list of EKS prod (192.0.2.0/24, 198.51.100.0/24) lets nobody in from 203.0.113.7',
    },
    'public access is off': {
      hops: [endpoint({ publicAccess: false, privateAccess: true })],
      is: 'deny: access list at EKS prod:443',
      by: 'public access to EKS prod is off',
    },
    'public and private access are off': {
      hops: [endpoint({ publicAccess: false })],
      from: inside,
      is: 'deny: access list at EKS prod:443',
    },
    'private, from within the network: its groups were not read': {
      hops: [endpoint({ publicAccess: false, privateAccess: true })],
      from: inside,
      is: 'unknown: group in at EKS prod:443',
    },
    'private, from within the network: its groups let it in': {
      of: model({ groups: [group('sg-eks', [rule('10.0.0.0/16', 443)])] }),
      hops: [endpoint({ privateAccess: true }, { interfaces: [face('eni-eks', { groups: ['sg-eks'] })] })],
      from: inside,
      is: 'allow',
    },
    'private, from within the network: its groups keep it out': {
      of: model({ groups: [group('sg-eks', [rule('10.0.7.0/24', 443)])] }),
      hops: [endpoint({ privateAccess: true }, { interfaces: [face('eni-eks', { groups: ['sg-eks'] })] })],
      from: inside,
      is: 'deny: group in at EKS prod:443',
    },
    'its groups do not guard the public side': {
      of: model({ groups: [group('sg-eks', [])] }),
      hops: [endpoint({ privateAccess: true }, { interfaces: [face('eni-eks', { groups: ['sg-eks'] })] })],
      is: 'allow',
    },
    'a private address meets the public side as another': {
      hops: [endpoint({ publicCidrs: ['203.0.113.0/24'] })],
      from: '192.168.1.5',
      is: 'unknown: access list at EKS prod:443',
      by: 'the address it arrives as',
    },
    'a private address where everyone is let in': { hops: [endpoint()], from: '192.168.1.5', is: 'allow' },
    'private access alone, from a network beyond': {
      hops: [endpoint({ publicAccess: false, privateAccess: true })],
      from: '192.168.1.5',
      is: 'unknown: access list at EKS prod:443',
      by: 'whether it reaches the private side',
    },
    'its list was not read': { hops: [endpoint(null)], is: 'unknown: access list at EKS prod:443' },
    'a CIDR in its list that means nothing': {
      hops: [endpoint({ publicCidrs: ['office'] })],
      is: 'unknown: access list at EKS prod:443',
    },
  },
  'what could not be read of the way': {
    'is never better than unknown': {
      way: { unread: ['listener rules'] },
      is: 'unknown: unread at 198.51.100.10:443',
      by: 'listener rules',
    },
    'leaves a sure denial': {
      of: model({ groups: [group('sg-lb', [])] }),
      way: { unread: ['listener rules'] },
      is: `deny: group in at ${lb}`,
    },
    'is everything where there are no hops': { hops: [], is: 'unknown: unread at 198.51.100.10:443' },
    'is who the client is, where that is no address': {
      from: 'ci.example',
      is: 'unknown: address at nlb api-prod',
      by: 'ci.example',
    },
  },
};

describe.each(Object.entries(cases))('%s', (_, those) => {
  test.each(Object.entries(those))('%s', (_name, { of = model(), hops, from = client, way, is, by }) => {
    const verdict = judged(of, hops, from, way);
    expect(outcome(verdict)).toBe(is);
    if (by !== undefined) expect(`${verdict.decides?.rule} ${verdict.decides?.why}`).toContain(by);
  });
});
