/**
 * Runs inside a network namespace: the bot's prober of one cluster, until stdin ends. The first line of stdin says what
 * to probe; each outage event, and once a second how the cluster is watched, is a line of JSON on stdout.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { probe } from '../../../src/probe/probe.ts';
import { startProber } from '../../../src/probe/prober.ts';
import { openStore } from '../../../src/store/open.ts';
import { logOf } from '../../probe/log.ts';

const Told = z.object({
  endpoint: z.object({ host: z.string(), port: z.number(), caPem: z.string() }),
  reference: z.object({ host: z.string(), port: z.number() }),
  probeEveryMs: z.number(),
});

const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const lines = createInterface({ input: process.stdin });
lines.once('line', async (line) => {
  const { endpoint, reference, probeEveryMs } = Told.parse(JSON.parse(line));
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const prober = await startProber({
    clusters: ['prod'],
    endpointOf: async () => endpoint,
    outside: { vantage: true, probeEveryMs, failuresInARow: 2, reference: [reference] },
    assumed: [],
    leavesBy: () => [],
    probe,
    samples: opened.store.samples,
    outages: opened.store.outages,
    onOutage: print,
    clock: Date.now,
    log: logOf(),
  });
  setInterval(() => print({ kind: 'standing', standing: prober.watching('prod').kind }), 1_000);
});
lines.once('close', () => process.exit(0));
