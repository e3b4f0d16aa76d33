import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { between, fitsAny, number, type Pattern } from '../../../src/packet/filter/value.ts';
import { askAll, askOne, verdictOf } from './asking.ts';
import { accept, back, dport, drop, dump, goTo, jump, limit, range, saddr, sport, table } from './nft-json.ts';

/** A small language of rules, with an interpreter of its own to compare with. */
type Outcome = 'accept' | 'drop' | 'return' | 'continue' | { readonly to: number; readonly how: 'jump' | 'goto' };
interface Rule {
  readonly from?: readonly [number, number];
  readonly ports?: readonly [number, number];
  readonly negated: boolean;
  readonly outcome: Outcome;
}

const network = '203.0.113.';
const pair = (max: number) =>
  fc.tuple(fc.nat(max), fc.nat(max)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

/** Chains may jump to later ones only, as the kernel wants no rings. */
function rulesOf(chain: number, chains: number): fc.Arbitrary<Rule[]> {
  const outcome: fc.Arbitrary<Outcome> = fc.oneof(
    fc.constantFrom<Outcome>('accept', 'drop', 'return', 'continue'),
    ...(chain + 1 < chains
      ? [fc.record({ to: fc.integer({ min: chain + 1, max: chains - 1 }), how: fc.constantFrom('jump', 'goto') })]
      : []),
  );
  const rule = fc.record(
    {
      from: pair(15),
      ports: pair(9).map(([lo, hi]) => [6440 + lo, 6440 + hi] as const),
      negated: fc.boolean(),
      outcome,
    },
    { requiredKeys: ['negated', 'outcome'] },
  );
  return fc.array(rule, { maxLength: 5 });
}

const program = fc.record({
  chains: fc.tuple(rulesOf(0, 4), rulesOf(1, 4), rulesOf(2, 4), rulesOf(3, 4)),
  policy: fc.constantFrom('accept', 'drop'),
});
type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

function matches(rule: Rule, client: number, port: number): boolean {
  const hit = (within: readonly [number, number] | undefined, value: number): boolean =>
    within === undefined || (value >= within[0] && value <= within[1]) !== rule.negated;
  return hit(rule.from, client) && hit(rule.ports, port);
}

/** What a chain does with a packet; undefined when it comes to its end. */
function interpret({ chains, policy }: Program, client: number, port: number): 'accept' | 'drop' {
  const walk = (chain: number): 'accept' | 'drop' | undefined => {
    for (const rule of chains[chain] ?? []) {
      if (!matches(rule, client, port)) continue;
      if (rule.outcome === 'accept' || rule.outcome === 'drop') return rule.outcome;
      if (rule.outcome === 'return') return undefined;
      if (rule.outcome === 'continue') continue;
      const ended = walk(rule.outcome.to);
      if (ended !== undefined || rule.outcome.how === 'goto') return ended;
    }
    return undefined;
  };
  return walk(0) ?? policy;
}

function asNft({ chains, policy }: Program, more: (rule: Rule, place: number) => unknown[] = () => []): string {
  const statement = (outcome: Outcome): unknown => {
    if (typeof outcome === 'object') return outcome.how === 'jump' ? jump(`c${outcome.to}`) : goTo(`c${outcome.to}`);
    return { accept, drop, return: back, continue: { continue: null } }[outcome];
  };
  return dump(
    table(
      chains.map((rules, chain) => ({
        name: `c${chain}`,
        ...(chain === 0 ? { hook: 'input', policy } : {}),
        rules: rules.map((rule, place) => [
          ...(rule.from === undefined ? [] : [saddr(range(...addresses(rule.from)), rule.negated ? '!=' : '==')]),
          ...(rule.ports === undefined ? [] : [dport(range(...rule.ports), rule.negated ? '!=' : '==')]),
          ...more(rule, place),
          statement(rule.outcome),
        ]),
      })),
    ),
  );
}

const addresses = ([lo, hi]: readonly [number, number]): [string, string] => [`${network}${lo}`, `${network}${hi}`];

test('agrees with an interpreter of its own', () => {
  fc.assert(
    fc.property(program, fc.nat(15), fc.nat(9), (rules, client, port) => {
      const expected = interpret(rules, client, 6440 + port) === 'accept' ? 'allow' : 'deny';
      const { in: answer } = askOne({ nftables: asNft(rules) }, { from: `${network}${client}`, port: 6440 + port });
      // Established packets go through the same rules, which ask for nothing that changes.
      expect(answer.verdict).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('a range is answered as each of its addresses is', () => {
  fc.assert(
    fc.property(program, (rules) => {
      const nftables = asNft(rules);
      const parts = askAll({ nftables }, { from: `${network}0/28` });
      expect(parts.every((part) => verdictOf(part) !== 'unknown in')).toBe(true);
      for (const client of Array.from({ length: 16 }, (_, place) => place)) {
        const alone = verdictOf(askOne({ nftables }, { from: `${network}${client}` }));
        const part = parts.find(({ source }) => holds(source, client));
        expect(part === undefined ? 'in no part' : verdictOf(part)).toBe(alone);
      }
    }),
    { numRuns: 40 },
  );
});

test('a limit leaves an answer known only where it makes no difference', () => {
  fc.assert(
    fc.property(program, fc.nat(15), fc.nat(4), ({ chains, policy }, client, which) => {
      const asked = { from: `${network}${client}` };
      const limited = asNft({ chains, policy }, (_rule, place) => (place === which ? [limit] : []));
      const { verdict } = askOne({ nftables: limited }, asked).in;
      const [a = [], b = [], c = [], d = []] = chains.map((rules) => rules.filter((_, place) => place !== which));
      const possible = [
        interpret({ chains, policy }, client, 6443),
        interpret({ chains: [a, b, c, d], policy }, client, 6443),
      ];
      if (verdict === 'unknown') return;
      expect(possible).toEqual(possible.map(() => (verdict === 'allow' ? 'accept' : 'drop')));
    }),
    { numRuns: 150 },
  );
});

test('what is true of an interval is true of everything in it', () => {
  const ranges = fc.array(pair(40), { maxLength: 4 });
  fc.assert(
    fc.property(pair(40), ranges, ([lo, hi], elements) => {
      const patterns = elements.map(([from, to]): Pattern => ({ kind: 'range', lo: BigInt(from), hi: BigInt(to) }));
      const whole = fitsAny(between(lo, hi, 'somewhere'), patterns);
      const each = Array.from({ length: hi - lo + 1 }, (_, place) => fitsAny(number(lo + place), patterns));
      expect(each.every((truth) => typeof truth === 'boolean')).toBe(true);
      if (whole === true) expect(each).not.toContain(false);
      if (whole === false) expect(each).not.toContain(true);
    }),
  );
});

test('a rule that does nothing leaves no doubt', () => {
  const nftables = dump(
    table([
      {
        name: 'in',
        hook: 'input',
        rules: [
          [sport(range(1024, 32767)), limit],
          [dport(6443), drop],
        ],
      },
    ]),
  );
  expect(verdictOf(askOne({ nftables }))).toBe('deny in');
});

function holds(source: string, client: number): boolean {
  const [first = '', last = first] = source.includes('/') ? cidr(source) : source.split('-');
  const number = (text: string): number => Number(text.split('.')[3]);
  return client >= number(first) && client <= number(last);
}

function cidr(source: string): [string, string] {
  const [base = '', length = '32'] = source.split('/');
  const from = Number(base.split('.')[3]);
  return [base, `${network}${from + 2 ** (32 - Number(length)) - 1}`];
}
