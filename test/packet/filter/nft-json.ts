/** Words to write what `nft -j list ruleset` prints, short enough for tables of cases. */

export const saddr = (right: unknown, op = '==') => match({ payload: { protocol: 'ip', field: 'saddr' } }, right, op);
export const daddr = (right: unknown, op = '==') => match({ payload: { protocol: 'ip', field: 'daddr' } }, right, op);
export const saddr6 = (right: unknown, op = '==') => match({ payload: { protocol: 'ip6', field: 'saddr' } }, right, op);
export const dport = (right: unknown, op = '==') => match({ payload: { protocol: 'tcp', field: 'dport' } }, right, op);
export const sport = (right: unknown, op = '==') => match({ payload: { protocol: 'tcp', field: 'sport' } }, right, op);
export const flags = (right: unknown, op = 'in') => match({ payload: { protocol: 'tcp', field: 'flags' } }, right, op);
export const meta = (key: string, right: unknown, op = '==') => match({ meta: { key } }, right, op);
export const ct = (key: string, right: unknown, op = 'in') => match({ ct: { key } }, right, op);
export const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });

export const prefix = (addr: string, len: number) => ({ prefix: { addr, len } });
export const range = (lo: unknown, hi: unknown) => ({ range: [lo, hi] });
export const set = (...elements: unknown[]) => ({ set: elements });
export const concat = (...parts: unknown[]) => ({ concat: parts });

export const accept = { accept: null };
export const drop = { drop: null };
export const back = { return: null };
export const counter = { counter: { packets: 1, bytes: 60 } };
export const jump = (target: string) => ({ jump: { target } });
export const goTo = (target: string) => ({ goto: { target } });
export const reject = (type?: string, expr?: string) => ({ reject: type === undefined ? null : { type, expr } });
export const limit = { limit: { rate: 5, burst: 5, per: 'second' } };
export const setMark = (value: unknown) => ({ mangle: { key: { meta: { key: 'mark' } }, value } });
export const vmap = (key: unknown, ...elements: [unknown, unknown][]) => ({ vmap: { key, data: { set: elements } } });

export interface ChainWords {
  readonly name: string;
  readonly hook?: string;
  readonly prio?: number;
  readonly policy?: 'accept' | 'drop';
  readonly type?: 'filter' | 'nat' | 'route';
  readonly dev?: string;
  readonly rules?: readonly (readonly unknown[])[];
}

/** One table with its chains; `sets` are sets or maps as nft prints them, without family and table. */
export function table(
  chains: readonly ChainWords[],
  { family = 'inet', name = 'filter', sets = [] as readonly Record<string, unknown>[] } = {},
): unknown[] {
  let handle = 0;
  return [
    { table: { family, name, handle: 1 } },
    ...sets.map((one) => ({ ['map' in one ? 'map' : 'set']: { family, table: name, ...one } })),
    ...chains.map(({ name: chain, hook, prio = 0, policy = 'accept', type = 'filter', dev }) => ({
      chain: {
        family,
        table: name,
        name: chain,
        ...(hook === undefined ? {} : { type, hook, prio, policy }),
        ...(dev === undefined ? {} : { dev }),
      },
    })),
    ...chains.flatMap(({ name: chain, rules = [] }) =>
      rules.map((expr) => {
        handle += 1;
        return { rule: { family, table: name, chain, handle, expr } };
      }),
    ),
  ];
}

export function dump(...tables: readonly unknown[][]): string {
  return JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6', json_schema_version: 1 } }, ...tables.flat()] });
}
