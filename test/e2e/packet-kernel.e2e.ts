import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FirewallDump, NodeNetwork, RulesReading } from '../../src/checks/host-firewall/port.ts';
import { parseAddress } from '../../src/packet/filter/address.ts';
import { type Answer, ask } from '../../src/packet/filter/ask.ts';
import { readRuleset } from '../../src/packet/filter/ruleset.ts';
import type { Attempt, Load } from './kernel/inside-words.ts';
import { emptyIptables, iptablesRules } from './kernel/iptables-rules.ts';
import { clients4, clients6, host4, host6, type Lane, openLane, ports } from './kernel/lane.ts';
import { nftRules } from './kernel/nft-rules.ts';
import { randomFrom } from './kernel/random.ts';

/** Rule sets compared with the kernel; the same seed makes the same ones. */
const wanted = Number(process.env.APIDOWN_KERNEL_RULESETS ?? 500);
const seed = Number(process.env.APIDOWN_SEED ?? Math.floor(Math.random() * 2 ** 31));
const lanesWanted = 4;
const firstTimeoutMs = 200;
/** A timeout that nobody predicted is believed only when it comes again, with more patience. */
const patience = [700, 1500] as const;

const lanes: Lane[] = [];

beforeAll(async () => {
  const opened = Array.from({ length: lanesWanted }, (_, place) => openLane(`${process.pid % 10_000}-${place}`));
  for (const lane of await Promise.allSettled(opened)) {
    if (lane.status === 'rejected') throw lane.reason;
    lanes.push(lane.value);
  }
});

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
});

test('the evaluator agrees with the kernel on random nftables and iptables rule sets', async () => {
  console.log(`packet-kernel: ${wanted} rule sets, APIDOWN_SEED=${seed}`);
  const totals = { rulesets: 0, refused: 0, connections: 0, allow: 0, deny: 0, unknown: 0 };
  const disagreements = new Map<number, string[]>();
  const unread = new Map<string, number>();
  const startedAt = performance.now();

  await Promise.all(
    lanes.map(async (lane, place) => {
      const network = await lane.network();
      // Legacy tables, once there, stay; one lane keeps them, so that the others needn't dump them.
      const withLegacy = place === 0;
      const share = Math.floor(wanted / lanes.length) + (place < wanted % lanes.length ? 1 : 0);
      // Every lane has its own numbers, so that a seed makes the same rule sets however fast the lanes are.
      for (let done = 0, number = place; done < share; number += lanes.length) {
        const loads = rulesetOf(seed + number, withLegacy);
        const refusals = await lane.load([...reset(withLegacy), ...loads]);
        if (refusals.length > 0) {
          totals.refused += 1;
          if (totals.refused <= 3) console.log(`refused: ${refusals.join(' ').slice(0, 300)}`);
          if (totals.refused > wanted) throw new Error('the kernel refuses most rule sets');
          continue;
        }
        done += 1;
        totals.rulesets += 1;
        const found = await compare(lane, network);
        totals.connections += found.length;
        for (const { predicted, attempt, observed, answers } of found) {
          totals[predicted] += 1;
          if (predicted === 'unknown') {
            for (const why of answers.filter(({ verdict }) => verdict === 'unknown').slice(0, 1)) {
              unread.set(reasonIn(why.why), (unread.get(reasonIn(why.why)) ?? 0) + 1);
            }
          }
          if (agrees(predicted, observed, answers)) continue;
          const rules = loads.map(({ program, input }) => `# ${program}\n${input}`).join('\n');
          const told = `${attempt.from} to [${attempt.to}]:${attempt.port}: ${predicted} ${JSON.stringify(answers)}, but ${observed}`;
          disagreements.set(number, [
            ...(disagreements.get(number) ?? [`seed ${seed + number}, lane ${place}\n${rules}`]),
            told,
          ]);
        }
      }
    }),
  );

  const unknownShare = totals.unknown / totals.connections;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`packet-kernel: ${JSON.stringify(totals)} in ${seconds} s; unknown ${(unknownShare * 100).toFixed(1)} %`);
  for (const [why, count] of [...unread].sort((a, b) => b[1] - a[1]).slice(0, 12))
    console.log(`  unknown ${count}×: ${why}`);
  console.log(`packet-kernel: rule sets with disagreements: ${disagreements.size}`);
  for (const texts of [...disagreements.values()].slice(0, 3)) console.log(texts.slice(0, 4).join('\n'));
  expect(disagreements.size).toBe(0);
  expect(totals.rulesets).toBe(wanted);
  expect(unknownShare).toBeLessThanOrEqual(0.1);
  // A generator that only ever allowed, or only ever denied, would prove little.
  expect(Math.min(totals.allow, totals.deny) / totals.connections).toBeGreaterThan(0.15);
}, 600_000);

interface Compared {
  readonly attempt: Attempt;
  readonly predicted: 'allow' | 'deny' | 'unknown';
  readonly observed: string;
  readonly answers: readonly Answer[];
}

async function compare(lane: Lane, network: NodeNetwork): Promise<Compared[]> {
  const ruleset = rulesetIn(await lane.dump());
  const attempts: Attempt[] = ports.flatMap((port) => [
    ...clients4.map((from) => ({ from, to: host4, port })),
    ...clients6.map((from) => ({ from, to: host6, port })),
  ]);
  const observing = lane.connect(attempts, firstTimeoutMs);
  const predictions = attempts.map(({ from, to, port }) => {
    const [source, address] = [parseAddress(from), parseAddress(to)];
    if (source === null || address === null) throw new TypeError(`${from} or ${to} is no address`);
    const [passage] = ask({ source, address, port }, ruleset, network);
    if (passage === undefined) throw new Error('no answer for a single address');
    const answers = [passage.in, passage.replies];
    const verdicts = answers.map(({ verdict }) => verdict);
    return {
      answers,
      predicted: verdicts.includes('deny') ? 'deny' : verdicts.includes('unknown') ? 'unknown' : 'allow',
    } as const;
  });
  const observed = [...(await observing)];
  for (const timeoutMs of patience) {
    const doubted = attempts.flatMap((attempt, place) =>
      predictions[place]?.predicted === 'allow' && observed[place] !== 'ok' ? [{ attempt, place }] : [],
    );
    if (doubted.length === 0) break;
    const again = await lane.connect(
      doubted.map(({ attempt }) => attempt),
      timeoutMs,
    );
    for (const [index, { place }] of doubted.entries()) observed[place] = again[index] ?? 'no answer';
  }
  return attempts.flatMap((attempt, place): Compared[] => {
    const prediction = predictions[place];
    return prediction === undefined ? [] : [{ attempt, ...prediction, observed: observed[place] ?? 'no answer' }];
  });
}

/** Allowed connects, denied doesn't; and what is dropped times out, while a rejection may be dropped itself on its way. */
function agrees(predicted: Compared['predicted'], observed: string, answers: readonly Answer[]): boolean {
  if (predicted === 'unknown') return true;
  if (predicted === 'allow') return observed === 'ok';
  if (observed === 'timeout' || answers.some(({ how, verdict }) => verdict === 'unknown' && how !== 'drop'))
    return true;
  const seen = answers.find(({ verdict }) => verdict === 'deny')?.seen ?? '';
  return seen.split(' or ').some((words) => errorsOf[words]?.includes(observed) ?? false);
}

const errorsOf: Readonly<Record<string, readonly string[]>> = {
  'a timeout': [],
  // A connection that stood already is reset.
  'connection refused': ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'closed'],
  'host unreachable': ['EHOSTUNREACH'],
  'network unreachable': ['ENETUNREACH'],
  'permission denied': ['EACCES'],
};

function rulesetIn(dump: FirewallDump) {
  if (dump.kind !== 'dump') throw new Error(dump.why);
  const text = (reading: RulesReading): string | null => {
    if (reading.kind === 'failed') throw new Error(reading.why);
    return reading.kind === 'read' ? reading.text : null;
  };
  const { nftables, iptables, ip6tables, iptablesLegacy, ip6tablesLegacy } = dump.readings;
  return readRuleset({
    nftables: text(nftables),
    iptables: text(iptables),
    ip6tables: text(ip6tables),
    iptablesLegacy: text(iptablesLegacy),
    ip6tablesLegacy: text(ip6tablesLegacy),
  });
}

function reset(withLegacy: boolean): Load[] {
  const flush: Load = { program: 'nft', args: ['flush', 'ruleset'], input: '' };
  if (!withLegacy) return [flush];
  return [
    flush,
    { program: 'iptables-legacy-restore', args: [], input: emptyIptables },
    { program: 'ip6tables-legacy-restore', args: [], input: emptyIptables },
  ];
}

function rulesetOf(of: number, withLegacy: boolean): Load[] {
  const random = randomFrom(of);
  const kind = random.weighted([
    [5, 'nft'],
    [4, 'iptables'],
    [1, 'both'],
  ] as const);
  const [program4, program6] =
    withLegacy && random.chance(0.7)
      ? (['iptables-legacy-restore', 'ip6tables-legacy-restore'] as const)
      : (['iptables-restore', 'ip6tables-restore'] as const);
  const iptables: Load[] = [
    { program: program4, args: [], input: iptablesRules(random, 4) },
    { program: program6, args: [], input: iptablesRules(random, 6) },
  ];
  const nft: Load[] = [{ program: 'nft', args: ['-f', '-'], input: nftRules(random) }];
  return kind === 'nft' ? nft : kind === 'iptables' ? iptables : [...iptables, ...nft];
}

function reasonIn(why: string): string {
  return why.replace(/^.*can't be read from the rules: /, '').slice(0, 120);
}
