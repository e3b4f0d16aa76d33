import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RulesMonitor } from '../../src/agent/firewall/monitor.ts';
import { firewallReader } from '../../src/agent/firewall/reader.ts';
import { aborted } from '../../src/agent/pause.ts';

/**
 * The firewall of a stand-in node: a file as `nft -j list ruleset` prints it, asked for and followed through the real
 * reader's socket. Who follows is told that rules change, as the kernel tells `nft monitor`.
 */
export interface StandInFirewall {
  readonly socketPath: string;
  /** As `nft insert rule inet filter input …`: before all others. Resolves with its handle. */
  insertRule(rule: Rule): Promise<number>;
  deleteRule(handle: number): Promise<void>;
  /** Handles of the rules that say this. */
  handlesOf(rule: Rule): readonly number[];
  close(): Promise<void>;
}

/** A rule in the words of `libnftables-json(5)`. */
export interface Rule {
  readonly comment?: string;
  readonly expr: readonly unknown[];
}

interface MadeRule extends Rule {
  readonly handle: number;
}

/** @param folder for the rule set and the socket; the path must be short enough for a socket's (107 bytes) */
export async function startFirewall(folder: string): Promise<StandInFirewall> {
  const file = join(folder, 'ruleset.json');
  const socketPath = join(folder, 'firewall.sock');
  let nextHandle = 3;
  const made = (rule: Rule): MadeRule => ({ ...rule, handle: nextHandle++ });
  let rules = ownRules.map(made);
  const write = () => writeFile(file, JSON.stringify(document(rules)));
  await write();

  const listeners = new Set<() => void>();
  const change = async (next: readonly MadeRule[]) => {
    rules = [...next];
    await write();
    for (const tell of listeners) tell();
  };
  const monitor: RulesMonitor = {
    async run(on, signal) {
      const tell = () => {
        const at = Date.now();
        on.notice({ firstAt: at, lastAt: at, by: 'nft', tables: ['inet filter'] });
      };
      listeners.add(tell);
      on.live(true);
      await aborted(signal);
      listeners.delete(tell);
    },
  };

  const nothing = (program: string) =>
    ({ kind: 'notNeeded', why: `${program} is not installed here; nft shows its rules` }) as const;
  const reader = await firewallReader({
    socketPath,
    monitor,
    firewall: {
      async read(signal) {
        return {
          kind: 'dump',
          readings: {
            nftables: { kind: 'read', text: await readFile(file, { encoding: 'utf8', signal }) },
            iptables: nothing('iptables-save'),
            ip6tables: nothing('ip6tables-save'),
            iptablesLegacy: nothing('iptables-legacy-save'),
            ip6tablesLegacy: nothing('ip6tables-legacy-save'),
          },
          readAt: Date.now(),
        };
      },
    },
  });

  return {
    socketPath,
    async insertRule(rule) {
      const inserted = made(rule);
      await change([inserted, ...rules]);
      return inserted.handle;
    },
    deleteRule: (handle) => change(rules.filter((rule) => rule.handle !== handle)),
    handlesOf: ({ expr }) => rules.filter((rule) => rule.expr === expr).map(({ handle }) => handle),
    close: reader.close,
  };
}

/** Nodes and pods of the stand-in cluster. */
const inside = { set: [{ prefix: { addr: '10.244.0.0', len: 16 } }, { prefix: { addr: '198.51.100.0', len: 24 } }] };

/** Turns away everyone who is neither a node nor a pod, as a lockdown of the admin network does that forgot somebody. */
export const lockdown: Rule = {
  comment: 'lockdown',
  expr: [
    { match: { op: '!=', left: payload('ip', 'saddr'), right: inside } },
    { match: { op: '==', left: payload('tcp', 'dport'), right: 6443 } },
    { reject: { type: 'tcp reset' } },
  ],
};

/** What a careful administrator has: closed but for what is needed. The last one looks like a culprit and is none. */
const ownRules: readonly Rule[] = [
  { expr: [{ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } }, { accept: null }] },
  {
    expr: [
      { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
      { accept: null },
    ],
  },
  {
    comment: 'nodes and pods',
    expr: [{ match: { op: '==', left: payload('ip', 'saddr'), right: inside } }, { accept: null }],
  },
  { expr: [{ match: { op: '==', left: payload('tcp', 'dport'), right: { set: [22, 6443] } } }, { accept: null }] },
  {
    comment: 'etcd',
    expr: [
      { match: { op: '==', left: payload('tcp', 'dport'), right: { range: [2379, 2380] } } },
      { reject: { type: 'tcp reset' } },
    ],
  },
];

function payload(protocol: string, field: string): object {
  return { payload: { protocol, field } };
}

function document(input: readonly MadeRule[]): object {
  const place = { family: 'inet', table: 'filter' };
  const hook = { type: 'filter', prio: 0 };
  return {
    nftables: [
      { metainfo: { version: '1.0.6', json_schema_version: 1 } },
      { table: { family: 'inet', name: 'filter', handle: 1 } },
      { chain: { ...place, ...hook, name: 'input', handle: 1, hook: 'input', policy: 'drop' } },
      { chain: { ...place, ...hook, name: 'output', handle: 2, hook: 'output', policy: 'accept' } },
      ...input.map((rule) => ({ rule: { ...place, chain: 'input', ...rule } })),
    ],
  };
}
