import { backend4, backend6, clients4, clients6, host4, host6 } from './lane.ts';
import type { Random } from './random.ts';

type Family = 'ip' | 'ip6' | 'inet';

/** A random nftables rule set out of what hosts use: filters in any hook, sets, maps, marks, tracking, translation. */
export function nftRules(random: Random): string {
  const tables = random.weighted<readonly Family[]>([
    [6, ['inet']],
    [2, ['ip', 'ip6']],
    [1, ['inet', 'ip']],
    [1, ['ip']],
  ]);
  const texts = tables.map((family, place) => table(random, family, place));
  if (random.chance(0.08)) texts.push(ingress(random));
  return texts.join('\n');
}

interface Place {
  readonly random: Random;
  readonly family: Family;
  readonly hook: 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'any';
  /** Chains that may be jumped to. */
  readonly targets: readonly string[];
  readonly raw: boolean;
}

function table(random: Random, family: Family, place: number): string {
  const name = `t${place}`;
  const sets = [
    ...(family === 'ip6'
      ? []
      : [`set a4 { type ipv4_addr; flags interval; elements = { ${some(random, networks4, 1, 3)} } }`]),
    ...(family === 'ip'
      ? []
      : [`set a6 { type ipv6_addr; flags interval; elements = { ${some(random, networks6, 1, 3)} } }`]),
    `set ports { type inet_service; flags interval; elements = { ${some(random, portWords, 1, 2)} } }`,
    'set ifs { type ifname; elements = { "lo", "eth0" } }',
    ...(family === 'ip6'
      ? []
      : [
          `set pairs { type ipv4_addr . inet_service; flags interval; elements = { ${random.pick(networks4)} . ${random.pick(portWords)} } }`,
        ]),
  ];
  const others = ['c2', 'c1', 'c0'];
  const regular = others.map((chain, at) => {
    const targets = others.slice(0, at);
    return `chain ${chain} {\n${rules({ random, family, hook: 'any', targets, raw: false }, 1, 4)}\n}`;
  });
  const bases: string[] = [];
  const base = (hook: Place['hook'], priority: string, probability: number, raw = false): void => {
    if (!random.chance(probability)) return;
    const policy = random.chance(hook === 'input' ? 0.35 : 0.12) ? 'drop' : 'accept';
    const usual = policy === 'drop' ? usualAccepts(random, hook) : '';
    const body = rules({ random, family, hook, targets: others, raw }, 1, 5);
    bases.push(
      `chain b${bases.length} {\ntype filter hook ${hook} priority ${priority}; policy ${policy};\n${usual}${body}\n}`,
    );
  };
  base('prerouting', 'raw', 0.12, true);
  base('output', '-300', 0.08, true);
  base('prerouting', random.pick(['mangle', '-150', 'filter']), 0.2);
  base('input', random.pick(['filter', '-10', '10', '-150']), 0.9);
  base('input', random.pick(['filter', 'security']), 0.12);
  base('output', random.pick(['filter', 'mangle']), 0.35);
  base('forward', 'filter', 0.35);
  base('postrouting', 'filter', 0.15);
  if (random.chance(0.3)) bases.push(destinationNat(random, family));
  if (random.chance(0.15))
    bases.push('chain leave {\ntype nat hook postrouting priority 100; policy accept;\noifname "eth1" masquerade\n}');
  return `table ${family} ${name} {\n${[...sets, ...regular, ...bases].join('\n')}\n}`;
}

function usualAccepts(random: Random, hook: Place['hook']): string {
  const lines = [
    random.pick([
      'ct state established,related accept',
      'ct state vmap { established : accept, related : accept, invalid : drop }',
    ]),
    'iifname "lo" accept',
    'meta l4proto { icmp, ipv6-icmp } accept',
    ...(random.chance(0.6) ? [`tcp dport ${random.pick(['6443', '{ 22, 6443 }', '@ports'])} accept`] : []),
  ];
  return hook === 'output' || random.chance(0.85) ? `${lines.join('\n')}\n` : '';
}

function rules(place: Place, least: number, most: number): string {
  const { random } = place;
  return Array.from({ length: least + random.int(most - least + 1) }, () => rule(place)).join('\n');
}

function rule(place: Place): string {
  const { random } = place;
  if (random.chance(0.1)) return verdictMap(place);
  const wanted = random.weighted([
    [1, 0],
    [5, 1],
    [4, 2],
    [1, 3],
  ]);
  const matches: string[] = [];
  while (matches.length < wanted) {
    const one = match(place);
    if ([...matches, one].every((each) => !contradicts(one, each))) matches.push(one);
  }
  const counter = random.chance(0.3) ? 'counter' : '';
  const comment = random.chance(0.1) ? 'comment "from a test"' : '';
  // A rule without a condition that ends everything would leave nothing to compare.
  const end = matches.length === 0 ? harmless(place) : statement(place);
  return [...matches, counter, end, comment].filter((word) => word !== '').join(' ');
}

/** nft refuses rules that can't match: of both IP versions, or of UDP and TCP. */
function contradicts(one: string, other: string): boolean {
  const [version, otherVersion] = [one, other].map((text) =>
    /\bip6\b|ipv6/.test(text) ? 6 : /\bip\b|ipv4/.test(text) ? 4 : 0,
  );
  if (version !== otherVersion && version !== 0 && otherVersion !== 0) return true;
  const protocols = /^(udp|tcp|th)\b|l4proto|ip protocol|\. tcp dport/;
  const isLoose = (text: string): boolean => /^udp|l4proto (!=|\{)/.test(text);
  return one !== other && ((isLoose(one) && protocols.test(other)) || (isLoose(other) && protocols.test(one)));
}

function harmless(place: Place): string {
  const { random } = place;
  return random.weighted([
    [2, 'counter'],
    [2, `meta mark set ${random.pick(marks)}`],
    [1, `meta mark set meta mark ${random.pick(['|', '&', '^'])} ${random.pick(marks)}`],
    [1, place.raw || place.hook === 'ingress' ? 'counter' : `ct mark set ${random.pick(marks)}`],
    [2, jump(place)],
  ]);
}

function statement(place: Place): string {
  const { random } = place;
  return random.weighted([
    [4, 'accept'],
    [4, 'drop'],
    [place.hook === 'any' || place.hook === 'postrouting' || place.raw ? 0 : 2, reject(place)],
    [1, 'return'],
    [2, jump(place)],
    [place.raw ? 3 : 0, 'notrack'],
    [1, 'continue'],
    [2, harmless(place)],
  ]);
}

function jump({ random, targets }: Place): string {
  return targets.length === 0 ? 'counter' : `${random.pick(['jump', 'jump', 'goto'])} ${random.pick(targets)}`;
}

function reject({ random, family }: Place): string {
  return random.pick([
    'reject',
    'meta l4proto tcp reject with tcp reset',
    ...(family === 'inet' ? ['reject with icmpx admin-prohibited', 'reject with icmpx port-unreachable'] : []),
    ...(family === 'ip' ? ['reject with icmp host-unreachable', 'reject with icmp net-unreachable'] : []),
    ...(family === 'ip6' ? ['reject with icmpv6 addr-unreachable', 'reject with icmpv6 no-route'] : []),
  ]);
}

function verdictMap(place: Place): string {
  const { random, targets } = place;
  const outcome = (): string =>
    random.pick([
      'accept',
      'drop',
      'return',
      ...(targets.length > 0 ? [`jump ${random.pick(targets)}`, `goto ${random.pick(targets)}`] : []),
    ]);
  return random.pick([
    `tcp dport vmap { 6443 : ${outcome()}, 8000-9000 : ${outcome()} }`,
    ...(place.raw || place.hook === 'ingress' ? [] : [`ct state vmap { new : ${outcome()}, established : accept }`]),
    ...(place.family === 'ip6' ? [] : [`ip saddr vmap { 10.77.0.2 : ${outcome()}, 203.0.113.0/24 : ${outcome()} }`]),
    ...(place.family === 'ip6' ? [] : [`ip saddr . tcp dport vmap { 10.77.0.3 . 6443 : ${outcome()} }`]),
    ...(place.family === 'ip' ? [] : [`ip6 saddr vmap { fd00:77::2 : ${outcome()}, 2001:db8::/32 : ${outcome()} }`]),
    `meta l4proto vmap { tcp : ${outcome()}, udp : drop }`,
    ...(targets.length > 0
      ? [`numgen random mod 2 vmap { 0 : jump ${random.pick(targets)}, 1 : jump ${random.pick(targets)} }`]
      : []),
  ]);
}

function match(place: Place): string {
  const { random, family, hook, raw } = place;
  const tracks = !raw && hook !== 'ingress';
  const not = random.pick(['', '', '', '!= ']);
  return random.weighted([
    [
      family === 'ip6' ? 0 : 6,
      `ip ${random.pick(['saddr', 'saddr', 'daddr'])} ${not}${random.pick([...networks4, '@a4', `{ ${some(random, networks4, 2, 3)} }`])}`,
    ],
    [
      family === 'ip' ? 0 : 5,
      `ip6 ${random.pick(['saddr', 'saddr', 'daddr'])} ${not}${random.pick([...networks6, '@a6', `{ ${some(random, networks6, 2, 3)} }`])}`,
    ],
    [
      7,
      `tcp ${random.pick(['dport', 'dport', 'sport'])} ${not}${random.pick([...portWords, '@ports', `{ ${some(random, portWords, 2, 2)} }`])}`,
    ],
    [1, `tcp dport ${random.pick(['>', '<', '>=', '<='])} ${random.pick(['1024', '6443', '8000'])}`],
    [family === 'ip6' ? 0 : 1, 'ip saddr . tcp dport @pairs'],
    [
      tracks ? 4 : 0,
      `ct state ${random.pick(['new', 'established,related', 'new,established', 'invalid', '!= new', '{ new, untracked }', 'untracked'])}`,
    ],
    [
      hook === 'input' || hook === 'forward' || hook === 'prerouting' ? 2 : 0,
      `iifname ${not}${random.pick(['"eth0"', '"lo"', '"eth*"', '{ "eth0", "lo" }', '@ifs'])}`,
    ],
    [
      hook === 'output' || hook === 'forward' || hook === 'postrouting' ? 2 : 0,
      `oifname ${not}${random.pick(['"eth0"', '"eth1"', '"eth*"'])}`,
    ],
    [2, `meta mark ${random.pick(['0x1', '!= 0x0', '& 0x2 == 0x2', '& 0x1 != 0x1'])}`],
    [tracks ? 1 : 0, `ct mark ${random.pick(['0x1', '0x0', '& 0x3 != 0x0'])}`],
    [
      1,
      random.pick([
        'meta l4proto tcp',
        'meta l4proto { tcp, udp }',
        'meta l4proto != tcp',
        'udp dport 53',
        'th dport 6443',
      ]),
    ],
    [family === 'inet' ? 1 : 0, `meta nfproto ${random.pick(['ipv4', 'ipv6'])}`],
    [family === 'ip6' ? 0 : 1, 'ip protocol tcp'],
    [
      2,
      random.pick([
        'tcp flags & (fin|syn|rst|ack) == syn',
        'tcp flags & (syn|ack) == syn|ack',
        'tcp flags syn',
        'tcp flags & (syn|ack) != syn',
        'tcp flags ! ack',
      ]),
    ],
    [
      hook === 'ingress' ? 0 : 1,
      random.pick([
        'fib daddr type local',
        'fib daddr type != local',
        'fib saddr type local',
        'fib saddr type { unicast, multicast }',
      ]),
    ],
    [hook === 'prerouting' || hook === 'input' ? 1 : 0, `fib saddr . iif oif ${random.pick(['missing', 'exists'])}`],
    [tracks ? 1 : 0, `ct direction ${random.pick(['original', 'reply'])}`],
    [tracks ? 1 : 0, random.pick(['ct status dnat', 'ct status & dnat == 0', 'ct status ! dnat'])],
    [tracks && family !== 'ip6' ? 0.5 : 0, `ct original ip daddr ${random.pick([host4, backend4])}`],
    [0.25, 'limit rate 5/second'],
    [hook === 'output' ? 0.3 : 0, 'meta skuid 0'],
    [family === 'ip6' ? 0 : 0.15, 'ip ttl 64'],
  ]);
}

function destinationNat(random: Random, family: Family): string {
  const to = (target4: string, target6: string): string[] => [
    ...(family === 'ip6' ? [] : [`tcp dport 7443 dnat ${family === 'inet' ? 'ip ' : ''}to ${target4}`]),
    ...(family === 'ip' ? [] : [`tcp dport 7443 dnat ${family === 'inet' ? 'ip6 ' : ''}to ${target6}`]),
  ];
  const lines = random.pick([
    to(`${backend4}:6443`, `[${backend6}]:6443`),
    to(backend4, backend6),
    to(`${host4}:6443`, `[${host6}]:6443`),
    ['tcp dport 7443 redirect to :8443'],
    [...to(`${backend4}:8443`, `[${backend6}]:8443`), 'tcp dport 6443 redirect to :8443'],
    family === 'ip6'
      ? [`ip6 daddr . tcp dport { ${host6} . 7443 } dnat to [${backend6}]:6443`]
      : [
          `dnat ${family === 'inet' ? 'ip addr . port ' : ''}to ip daddr . tcp dport map { ${host4} . 7443 : ${backend4} . 6443 }`,
        ],
  ]);
  return `chain lead {\ntype nat hook prerouting priority -100; policy accept;\n${lines.join('\n')}\n}`;
}

function ingress(random: Random): string {
  const place: Place = { random, family: 'inet', hook: 'ingress', targets: [], raw: true };
  const lines = Array.from(
    { length: 1 + random.int(2) },
    () => `${match(place)} ${random.pick(['drop', 'accept', 'counter'])}`,
  );
  // Sets of another table can't be used here, nor what is for tables of both families.
  const own = lines.filter((line) => !line.includes('@') && !line.includes('nfproto'));
  return `table netdev nd {\nchain in {\ntype filter hook ingress device "eth0" priority 0; policy accept;\n${own.join('\n')}\n}\n}`;
}

const marks = ['0x1', '0x2', '0x3', '0x4000'];
const networks4 = [
  ...clients4,
  '10.77.0.0/24',
  '10.77.0.2-10.77.0.9',
  '203.0.113.0/24',
  host4,
  backend4,
  '192.0.2.0/24',
];
const networks6 = [
  ...clients6,
  'fd00:77::/64',
  'fd00:77::2-fd00:77::9',
  '2001:db8::/32',
  host6,
  backend6,
  '2001:db8:ffff::/48',
];
const portWords = ['6443', '8443', '7443', '6000-7000', '22', '1024-65535'];

/** Distinct ones, joined; sets refuse overlaps, so networks that hold others stand alone. */
function some(random: Random, from: readonly string[], least: number, most: number): string {
  const alone = from.filter((word) => !/[/-]/.test(word));
  const taken = new Set<string>();
  const wanted = least + random.int(most - least + 1);
  while (taken.size < wanted) taken.add(random.pick(alone));
  if (random.chance(0.4)) return random.pick(from);
  return [...taken].join(', ');
}
