import { backend4, backend6, clients4, clients6, host4, host6 } from './lane.ts';
import type { Random } from './random.ts';

/** A random rule set for `iptables-restore` (4) or `ip6tables-restore` (6), out of what hosts use. */
export function iptablesRules(random: Random, family: 4 | 6): string {
  const texts = [filter(random, family)];
  if (random.chance(0.3)) texts.push(mangle(random, family));
  if (random.chance(0.15)) texts.push(raw(random, family));
  if (random.chance(0.35)) texts.push(nat(random, family));
  return texts.join('');
}

/** All tables as they are on a host without rules. */
export const emptyIptables =
  '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n' +
  '*mangle\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n' +
  '*raw\n:PREROUTING ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n' +
  '*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n';

interface Place {
  readonly random: Random;
  readonly family: 4 | 6;
  readonly table: 'filter' | 'mangle' | 'raw';
  readonly chain: string;
  readonly targets: readonly string[];
}

function filter(random: Random, family: 4 | 6): string {
  const own = ['U2', 'U1', 'U0'];
  const policy = (probability: number): string => (random.chance(probability) ? 'DROP' : 'ACCEPT');
  const policies = { INPUT: policy(0.3), FORWARD: policy(0.15), OUTPUT: policy(0.1) };
  const lines: string[] = [];
  for (const [chain, verdict] of Object.entries(policies)) {
    lines.push(`:${chain} ${verdict}`);
  }
  for (const chain of own) lines.push(`:${chain} -`);
  for (const [place, chain] of own.entries()) {
    lines.push(...rules({ random, family, table: 'filter', chain, targets: own.slice(0, place) }, 1, 3));
  }
  for (const [chain, verdict] of Object.entries(policies)) {
    if (verdict === 'DROP' && random.chance(0.85)) lines.push(...usualAccepts(random, chain));
    const most = chain === 'INPUT' ? 5 : 2;
    lines.push(...rules({ random, family, table: 'filter', chain, targets: own }, chain === 'INPUT' ? 1 : 0, most));
  }
  return `*filter\n${lines.join('\n')}\nCOMMIT\n`;
}

function usualAccepts(random: Random, chain: string): string[] {
  return [
    random.pick([
      `-A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A ${chain} -m state --state RELATED,ESTABLISHED -j ACCEPT`,
    ]),
    ...(chain === 'INPUT' ? ['-A INPUT -i lo -j ACCEPT'] : []),
    ...(random.chance(0.6) ? [`-A ${chain} -p tcp -m tcp --dport 6443 -j ACCEPT`] : []),
  ];
}

function rules(place: Place, least: number, most: number): string[] {
  const { random } = place;
  return Array.from({ length: least + random.int(most - least + 1) }, () => rule(place));
}

function rule(place: Place): string {
  const { random, chain, table, targets } = place;
  const addresses = random.chance(0.5) ? addressMatch(place) : '';
  const devices = random.chance(0.2) ? deviceMatch(place) : '';
  const tcp = random.chance(0.65)
    ? `-p tcp ${random.chance(0.85) ? tcpMatch(random) : ''}`
    : random.chance(0.1)
      ? '-p udp -m udp --dport 53'
      : '';
  const more = random.chance(0.4) ? extension(place) : '';
  const matches = [addresses, devices, tcp, more].filter((word) => word !== '');
  const target = random.weighted([
    [matches.length === 0 ? 0 : 4, 'ACCEPT'],
    [matches.length === 0 ? 0 : 4, 'DROP'],
    [matches.length === 0 || table !== 'filter' ? 0 : 2, reject(place, tcp.startsWith('-p tcp'))],
    [matches.length === 0 ? 0 : 1, 'RETURN'],
    [targets.length === 0 ? 0 : 3, targets.length === 0 ? '' : random.pick(targets)],
    [table === 'mangle' ? 8 : 0, mark(random)],
    [table === 'raw' ? 6 : 0, 'CT --notrack'],
    [1, ''],
  ]);
  const goes =
    target !== '' && targets.includes(target) && random.chance(0.3)
      ? `-g ${target}`
      : target === ''
        ? ''
        : `-j ${target}`;
  return [`-A ${chain}`, ...matches, goes].filter((word) => word !== '').join(' ');
}

function reject({ random, family }: Place, isTcp: boolean): string {
  const types =
    family === 4
      ? ['icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-admin-prohibited', 'icmp-net-unreachable']
      : ['icmp6-port-unreachable', 'icmp6-addr-unreachable', 'icmp6-adm-prohibited', 'icmp6-no-route'];
  return random.pick(['REJECT', `REJECT --reject-with ${random.pick(isTcp ? [...types, 'tcp-reset'] : types)}`]);
}

function mark(random: Random): string {
  return random.pick([
    'MARK --set-mark 0x1',
    'MARK --set-xmark 0x4000/0x4000',
    'MARK --or-mark 0x2',
    'MARK --and-mark 0xfe',
    'CONNMARK --save-mark',
    'CONNMARK --restore-mark',
    'CONNMARK --set-mark 0x1',
  ]);
}

function addressMatch({ random, family }: Place): string {
  const networks =
    family === 4
      ? [...clients4, '10.77.0.0/24', '203.0.113.0/24', host4, backend4, '192.0.2.0/24']
      : [...clients6, 'fd00:77::/64', '2001:db8::/32', host6, backend6, '2001:db8:ffff::/48'];
  return `${random.chance(0.25) ? '! ' : ''}${random.pick(['-s', '-s', '-d'])} ${random.pick(networks)}`;
}

function deviceMatch({ random, chain }: Place): string {
  const not = random.chance(0.25) ? '! ' : '';
  if (chain === 'OUTPUT' || chain === 'POSTROUTING') return `${not}-o ${random.pick(['eth0', 'eth+', 'eth1'])}`;
  return chain.startsWith('U') ? '' : `${not}-i ${random.pick(['eth0', 'lo', 'eth+'])}`;
}

function tcpMatch(random: Random): string {
  const not = random.chance(0.2) ? '! ' : '';
  return random.pick([
    `-m tcp ${not}--dport ${random.pick(['6443', '8443', '6000:7000', '22'])}`,
    `-m tcp ${not}--dport 6443`,
    `-m tcp ${not}--sport ${random.pick(['6443', '1024:65535', '8443'])}`,
    `-m multiport ${not}--dports ${random.pick(['6443,8443', '22,80,6000:7000', '7443'])}`,
    `-m multiport ${not}--sports ${random.pick(['6443,8443', '1024:65535'])}`,
    `-m tcp ${not}--tcp-flags FIN,SYN,RST,ACK SYN`,
    `-m tcp ${not}--tcp-flags SYN,ACK SYN,ACK`,
  ]);
}

function extension({ random, family, table, chain }: Place): string {
  const not = random.chance(0.3) ? '! ' : '';
  const tracks = table !== 'raw';
  return random.weighted([
    [
      tracks ? 4 : 0,
      `-m conntrack ${not}--ctstate ${random.pick(['NEW', 'RELATED,ESTABLISHED', 'NEW,ESTABLISHED', 'INVALID', 'RELATED,ESTABLISHED,DNAT', 'UNTRACKED', 'DNAT'])}`,
    ],
    [tracks ? 1 : 0, '-m state --state NEW'],
    [3, '-m comment --comment "a \\"test\\" -j DROP"'],
    [2, `-m mark ${not}--mark ${random.pick(['0x1', '0x4000/0x4000', '0x0', '0x1/0x3'])}`],
    [tracks ? 1 : 0, `-m connmark ${not}--mark ${random.pick(['0x1', '0x0', '0x1/0x1'])}`],
    [
      chain.startsWith('U') ? 0 : 2,
      `-m addrtype ${not}--${random.pick(['dst', 'src'])}-type ${random.pick(['LOCAL', 'UNICAST', 'LOCAL,MULTICAST'])}`,
    ],
    [
      1,
      family === 4
        ? `-m iprange ${not}--src-range 10.77.0.2-10.77.0.9`
        : `-m iprange ${not}--src-range fd00:77::2-fd00:77::9`,
    ],
    [tracks ? 1 : 0, `-m conntrack --ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`],
    [tracks ? 0.5 : 0, `-m conntrack ${not}--ctorigdst ${family === 4 ? host4 : host6}`],
    [0.2, '-m limit --limit 5/sec'],
    [0.2, '-m statistic --mode random --probability 0.5'],
    [chain === 'PREROUTING' ? 1 : 0, `-m rpfilter${random.pick(['', ' --invert', ' --loose'])}`],
    [0.15, family === 4 ? '-m ttl --ttl-eq 64' : '-m hl --hl-eq 64'],
  ]);
}

function mangle(random: Random, family: 4 | 6): string {
  const lines = [':PREROUTING ACCEPT', ':INPUT ACCEPT', ':FORWARD ACCEPT', ':OUTPUT ACCEPT', ':POSTROUTING ACCEPT'];
  for (const chain of ['PREROUTING', 'INPUT', 'OUTPUT']) {
    lines.push(...rules({ random, family, table: 'mangle', chain, targets: [] }, 0, 2));
  }
  return `*mangle\n${lines.join('\n')}\nCOMMIT\n`;
}

function raw(random: Random, family: 4 | 6): string {
  const lines = [':PREROUTING ACCEPT', ':OUTPUT ACCEPT'];
  if (random.chance(0.5)) {
    // As it is done on purpose: both directions.
    lines.push(
      '-A PREROUTING -p tcp -m tcp --dport 6443 -j CT --notrack',
      '-A OUTPUT -p tcp -m tcp --sport 6443 -j CT --notrack',
    );
  } else {
    for (const chain of ['PREROUTING', 'OUTPUT'])
      lines.push(...rules({ random, family, table: 'raw', chain, targets: [] }, 0, 1));
  }
  return `*raw\n${lines.join('\n')}\nCOMMIT\n`;
}

function nat(random: Random, family: 4 | 6): string {
  const to = (port: string): string =>
    family === 4 ? `${backend4}${port}` : port === '' ? backend6 : `[${backend6}]${port}`;
  const rule = random.pick([
    `-A PREROUTING -p tcp -m tcp --dport 7443 -j DNAT --to-destination ${to(':6443')}`,
    `-A PREROUTING -p tcp -m tcp --dport 7443 -j DNAT --to-destination ${to('')}`,
    '-A PREROUTING -p tcp -m tcp --dport 7443 -j REDIRECT --to-ports 6443',
    '-A PREROUTING -p tcp -m tcp --dport 7443 -j DNAT --to-destination :8443',
    `-A PREROUTING -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 7443 -j KUBE-SVC\n-A KUBE-SVC -m statistic --mode random --probability 0.5 -j KUBE-SEP\n-A KUBE-SVC -j KUBE-SEP\n-A KUBE-SEP -p tcp -j DNAT --to-destination ${to(':6443')}`,
  ]);
  const chains = [
    ':PREROUTING ACCEPT',
    ':INPUT ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    ':KUBE-SVC -',
    ':KUBE-SEP -',
  ];
  const masquerade = random.chance(0.4) ? '-A POSTROUTING -o eth1 -j MASQUERADE\n' : '';
  return `*nat\n${chains.join('\n')}\n${rule}\n${masquerade}COMMIT\n`;
}
