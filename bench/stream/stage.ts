import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { takeRecords } from '../../src/bin/take-records.ts';
import { startHub } from '../../src/link/hub.ts';
import { makeKeyPair } from '../../src/link/keys.ts';
import { createLog } from '../../src/ops/log.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { changeNumber } from '../journal/fill.ts';
import { max } from '../spread.ts';
import { Answer, type Order, SETUP, type Setup } from './orders.ts';

/** An agent in a process of its own, with spool and link; here the hub, behind TLS, and SQLite on the disk. */
export interface Stage {
  readonly store: Store;
  /** Lets the agent find as many changes a second, and follows each of them until it is stored or given up. */
  put(rate: number, forMs: number): Promise<Put>;
  /** Stretches of which the agent told that it had to let go of changes. */
  gaps(): number;
  close(): Promise<void>;
}

export interface Put {
  readonly rate: number;
  readonly count: number;
  /** Those that came: from the agent's `put` to the bot's commit. */
  readonly tookMs: readonly number[];
  /** Rows that the journal has more than before. */
  readonly kept: number;
  /** From the last `put` until none was missing any more; infinite when some never came. */
  readonly drainedMs: number;
}

const cluster = 'prod';
const instance = 'apidown-cluster-0';
/** Whatever has not come by then is lost. */
const GIVE_UP_MS = 60_000;
const LOOK_EVERY_MS = 20;

export async function startStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bench-stream-'));
  const file = join(folder, 'apidown.db');
  const opened = await openStore({ kind: 'sqlite', file });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const { store } = opened;
  const authority = await makeAuthority('apidown bench');
  const leaf = await authority.issue({ commonName: 'bot', names: ['localhost'], addresses: ['127.0.0.1'] });
  const { id, publicKeyPem, privateKeyPem } = makeKeyPair();
  await store.keys.add({ id, cluster, role: 'cluster', publicKeyPem, createdAt: Date.now() });

  const storedAt = new Map<string, number>();
  const records = takeRecords({ streams: store.streams, onLearned: () => undefined, onSamples: () => undefined });
  const hub = await startHub({
    listen: { host: '127.0.0.1', port: 0, tls: { cert: leaf.certPem, key: leaf.keyPem } },
    keys: store.keys,
    sessions: store.sessions,
    knowsCluster: (name) => name === cluster,
    onKnowledge: () => undefined,
    lastSeq: records.lastSeq,
    async onRecords(from, stream, firstSeq, batch) {
      const taken = await records.onRecords(from, stream, firstSeq, batch);
      const at = Date.now();
      for (const record of batch) if (record.kind === 'change') storedAt.set(record.change.id, at);
      return taken;
    },
    clock: Date.now,
    log: createLog({ name: 'bench', level: 'error', to: process.stderr }),
  });
  const setup: Setup = {
    url: `https://127.0.0.1:${hub.port}`,
    caPem: authority.caPem,
    cluster,
    instance,
    privateKeyPem,
    stateDir: join(folder, 'spool'),
  };
  const agent = fork(join(import.meta.dirname, 'agent-here.ts'), {
    env: { PATH: process.env.PATH, [SETUP]: JSON.stringify(setup) },
  });
  const ended = once(agent, 'exit');
  const told = async (): Promise<Answer> => {
    const [message] = await Promise.race([
      once(agent, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`the agent's process ended with ${code}`))),
    ]);
    return Answer.parse(message);
  };
  const close = async (): Promise<void> => {
    if (agent.connected) agent.disconnect();
    await ended;
    await hub.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };

  const rows = (table: 'changes' | 'stream_gaps'): number => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return Number(database.prepare(`select count(*) as n from ${table} where cluster = ?`).get(cluster)?.n);
    } finally {
      database.close();
    }
  };

  let next = 0;
  try {
    await told();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    store,
    async put(rate, forMs) {
      storedAt.clear();
      const before = rows('changes');
      const from = next;
      const answer = told();
      agent.send({ rate, forMs, from } satisfies Order);
      const put = await answer;
      if (put.kind !== 'put') throw new Error(`the agent's process answered ${put.kind}`);
      next += put.at.length;
      const lastAt = put.at.at(-1) ?? Date.now();
      while (storedAt.size < put.at.length && Date.now() < lastAt + GIVE_UP_MS) await wait(LOOK_EVERY_MS);
      const stored = put.at.map((at, index) => ({ at, stored: storedAt.get(changeNumber(from + index, at).id) }));
      const tookMs = stored.flatMap((one) => (one.stored === undefined ? [] : [one.stored - one.at]));
      const isWhole = tookMs.length === put.at.length;
      const drainedMs = isWhole ? Math.max(0, max([...storedAt.values()]) - lastAt) : Number.POSITIVE_INFINITY;
      return { rate, count: put.at.length, tookMs, kept: rows('changes') - before, drainedMs };
    },
    gaps: () => rows('stream_gaps'),
    close,
  };
}
