/**
 * Runs inside a network namespace, as the node agent does there: the journal of the node until it is ended, each record
 * as a line of JSON on stdout. Its argument says where everything is.
 */
import { z } from 'zod';
import { watchNode } from '../../../src/agent/journal/node/watch.ts';
import { NOTHING_KNOWN } from '../../../src/agent/knowledge.ts';
import { createLog } from '../../../src/ops/log.ts';

const Given = z.object({
  node: z.string(),
  stateDir: z.string(),
  firewallSocket: z.string(),
  apiPort: z.number(),
  apiAddresses: z.array(z.string()),
  folders: z.object({
    manifests: z.string(),
    podLogs: z.string(),
    containerLogs: z.string(),
    criStatus: z.string().nullable(),
  }),
});

const { apiPort, apiAddresses, ...given } = Given.parse(JSON.parse(process.argv[2] ?? ''));
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const order = { targets: [], caPem: '', probeEveryMs: 5_000, apiPort, apiAddresses, clients: [], gateways: [] };
await watchNode(
  {
    ...given,
    cluster: 'e2e',
    procNet: '/proc/net',
    learned: { knowledge: () => NOTHING_KNOWN },
    order: { current: () => order, onChange: () => () => undefined },
    sink: { put: (record) => void process.stdout.write(`${JSON.stringify(record)}\n`) },
    clock: Date.now,
    log: createLog({ name: 'journal', to: process.stderr }),
  },
  stopping.signal,
);
