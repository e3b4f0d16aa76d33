import { setTimeout as wait } from 'node:timers/promises';
import { openSpool, type Spool } from '../../src/agent/spool/spool.ts';
import { connectToBot } from '../../src/link/client.ts';
import { linkKey } from '../../src/link/keys.ts';
import { createLog } from '../../src/ops/log.ts';
import { changeNumber } from '../journal/fill.ts';
import { type Answer, Order, SETUP, Setup } from './orders.ts';

/** What an agent's watchers would find, found as often as the bench says; everything below them is the agent's own. */

/** As agents have it when nobody says otherwise. */
const SPOOL_BYTES = 64 * 1024 * 1024;
const TICK_MS = 5;

async function main(): Promise<void> {
  const { url, caPem, cluster, instance, privateKeyPem, stateDir } = Setup.parse(JSON.parse(process.env[SETUP] ?? ''));
  const log = createLog({ name: 'bench', level: 'error', to: process.stderr });
  const clock = Date.now;
  const spool = await openSpool({ dir: stateDir, cluster, instance, mostBytes: SPOOL_BYTES, clock, log });
  const link = connectToBot({
    url,
    ca: caPem,
    cluster,
    role: 'cluster',
    instance,
    key: linkKey(privateKeyPem),
    version: '0.1.0',
    checks: [],
    run: () => Promise.reject(new Error('nobody asks')),
    outgoing: spool.outgoing,
    onOrder: () => undefined,
    leavesBy: () => [],
    clock,
    log,
  });
  process.on('message', (message) => void putAll(spool, Order.parse(message)).then(tell));
  process.once('disconnect', () => void link.close().then(spool.close));
  while (link.state().kind !== 'connected') await wait(TICK_MS);
  tell({ kind: 'connected' });
}

/** Evenly, as far as a timer can; what was missed is made up for, so that the rate is what was asked for. */
async function putAll(spool: Spool, { rate, forMs, from }: Order): Promise<Answer> {
  const at: number[] = [];
  const beganAt = performance.now();
  const all = Math.round((rate * forMs) / 1_000);
  while (at.length < all) {
    const due = Math.min(all, Math.ceil(((performance.now() - beganAt) * rate) / 1_000));
    while (at.length < due) {
      const now = Date.now();
      spool.put({ kind: 'change', change: changeNumber(from + at.length, now) });
      at.push(now);
    }
    await wait(TICK_MS);
  }
  return { kind: 'put', at };
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

await main();
