import { type Chain, chainKey, type Hook, type Rule, type TableFamily } from '../model.ts';
import { kindOf, NftChain, NftDocument, NftRule, NftSet } from './document.ts';
import type { FindSet } from './expression.ts';
import { doubtMergedPorts } from './merged-ports.ts';
import { readStatement } from './statement.ts';
import { ruleText } from './text.ts';

export interface NftReading {
  readonly chains: readonly Chain[];
  /** Parts of the dump that no answer took into account, in words. */
  readonly gaps: readonly string[];
}

/**
 * Reads `nft -j list ruleset`.
 * @throws SyntaxError or ZodError when the text is not such a dump at all.
 */
export function readNftables(text: string): NftReading {
  const { nftables } = NftDocument.parse(JSON.parse(text));
  const found = sorted(nftables);
  const growing = grownSets(found.rules);
  const sets = new Map(found.sets.map((set) => [`${set.family} ${set.table} ${set.name}`, set]));
  const gaps = new Set(found.gaps);

  const rulesOf = new Map<string, Rule[]>();
  for (const rule of found.rules) {
    const family = knownFamily(rule.family);
    if (family === null) continue;
    const find: FindSet = (name) => {
      const id = `${rule.family} ${rule.table} ${name}`;
      const set = sets.get(id);
      return set === undefined ? null : { elements: set.elem, growing: growing.has(id) };
    };
    const context = {
      find,
      chainKey: (name: string) => chainKey('nftables', family, rule.table, name),
      family: family === 'ip' ? 4 : family === 'ip6' ? 6 : null,
    } as const;
    const read: Rule = {
      handle: rule.handle ?? null,
      text: ruleText(rule.expr, rule.comment),
      statements: doubtMergedPorts(rule.expr.flatMap((statement) => readStatement(statement, context))),
      hasExtensions: rule.expr.some((statement) => kindOf(statement)?.kind === 'xt'),
    };
    const key = context.chainKey(rule.chain);
    const before = rulesOf.get(key);
    if (before === undefined) rulesOf.set(key, [read]);
    else before.push(read);
  }

  const chains = found.chains.flatMap((chain): Chain[] => {
    const family = knownFamily(chain.family);
    const base = baseOf(chain);
    if (family === null || base === 'elsewhere') return [];
    const key = chainKey('nftables', family, chain.table, chain.name);
    return [
      { key, reader: 'nftables', family, table: chain.table, name: chain.name, base, rules: rulesOf.get(key) ?? [] },
    ];
  });
  for (const chain of found.chains) {
    if (chain.family === 'bridge' && chain.hook !== undefined && mayStop(chain, found.rules)) {
      gaps.add(`the bridge table ${chain.table} filters frames, which is not judged`);
    }
  }
  return { chains, gaps: [...gaps] };
}

function sorted(items: readonly Readonly<Record<string, unknown>>[]) {
  const chains: NftChain[] = [];
  const rules: NftRule[] = [];
  const sets: NftSet[] = [];
  const gaps: string[] = [];
  for (const item of items) {
    const { kind, body } = kindOf(item) ?? { kind: '', body: null };
    switch (kind) {
      case 'chain':
        collect(NftChain.safeParse(body), chains, kind, gaps);
        break;
      case 'rule':
        collect(NftRule.safeParse(body), rules, kind, gaps);
        break;
      case 'set':
      case 'map':
        collect(NftSet.safeParse(body), sets, kind, gaps);
        break;
      default:
        break;
    }
  }
  return { chains, rules, sets, gaps };
}

function collect<T>(
  read: { success: true; data: T } | { success: false },
  into: T[],
  kind: string,
  gaps: string[],
): void {
  if (read.success) into.push(read.data);
  else gaps.push(`a ${kind} of the nftables dump has a form that is not known here`);
}

/** Sets and maps that rules add to, by family, table and name. */
function grownSets(rules: readonly NftRule[]): ReadonlySet<string> {
  const grown = new Set<string>();
  for (const { family, table, expr } of rules) {
    for (const statement of expr) {
      const thing = kindOf(statement);
      if ((thing?.kind !== 'set' && thing?.kind !== 'map') || typeof thing.body !== 'object' || thing.body === null)
        continue;
      const { op, set, map } = { op: '', set: '', map: '', ...thing.body };
      const name = set || map;
      if (op !== 'delete' && typeof name === 'string') grown.add(`${family} ${table} ${name.replace(/^@/, '')}`);
    }
  }
  return grown;
}

function knownFamily(family: string): TableFamily | null {
  return family === 'ip' || family === 'ip6' || family === 'inet' || family === 'netdev' ? family : null;
}

function baseOf(chain: NftChain): Chain['base'] | 'elsewhere' {
  if (chain.hook === undefined) return null;
  const hook = hooks.find((one) => one === chain.hook);
  if (hook === undefined) return 'elsewhere';
  return {
    type: chain.type ?? 'filter',
    hook,
    priority: chain.prio ?? 0,
    policy: chain.policy ?? 'accept',
    devices: chain.dev === undefined ? null : [chain.dev].flat(),
  };
}

const hooks: readonly Hook[] = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'];

function mayStop(chain: NftChain, rules: readonly NftRule[]): boolean {
  if (chain.policy === 'drop') return true;
  return rules.some(
    ({ family, table, expr }) =>
      family === chain.family && table === chain.table && /"(drop|reject|queue)"/.test(JSON.stringify(expr)),
  );
}
