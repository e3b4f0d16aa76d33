import { z } from 'zod';
import type { Log } from '../../../ops/log.ts';
import { followFirewall } from '../../firewall/follow.ts';
import { localNetwork } from '../../firewall/network.ts';
import { keptFile } from '../../keep.ts';
import type { GrowingKnowledge } from '../../knowledge.ts';
import type { NodeFolders } from '../../node/files.ts';
import type { StandingOrder } from '../../order.ts';
import { pause } from '../../pause.ts';
import type { RecordSink } from '../../spool/spool.ts';
import { apiPlace } from './api-place.ts';
import { FilesSeen, filesJournal } from './files.ts';
import { firewallJournal, KeptRules, RulesSeen } from './firewall.ts';
import { NetworkSeen, networkJournal } from './network.ts';
import { watchedPorts } from './sockets.ts';
import { type NodeSource, nodeTelling } from './tell.ts';

export interface NodeJournalNeeds {
  readonly node: string;
  readonly cluster: string;
  readonly stateDir: string;
  /** The kernel's files of the host's network: `/proc/net`. */
  readonly procNet: string;
  readonly folders: NodeFolders;
  /** null: no firewall reader was set up for this agent. */
  readonly firewallSocket: string | null;
  readonly learned: Pick<GrowingKnowledge, 'knowledge'>;
  readonly order: StandingOrder;
  readonly sink: RecordSink;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

/** What every source saw last, so that what is changed while the agent is away is told when it is back. */
const Seen = z.object({
  firewall: RulesSeen.nullable(),
  files: FilesSeen.nullable(),
  network: NetworkSeen.nullable(),
});

const KEEP_EVERY_MS = 10_000;

/** Tells what is changed on this node, from three sources, until the signal aborts. */
export async function watchNode(needs: NodeJournalNeeds, signal: AbortSignal): Promise<void> {
  const { node, cluster, stateDir, procNet, folders, firewallSocket, learned, order, sink, clock, log } = needs;
  const kept = keptFile({ dir: stateDir, name: 'node-journal', schema: Seen, cluster, log });
  const earlier = await kept.read();
  const tellingOf = (source: NodeSource) => nodeTelling({ node, source, categories: CATEGORIES[source], sink, clock });
  const files = filesJournal({
    node,
    folders,
    telling: tellingOf('node-files'),
    earlier: earlier?.files ?? null,
    clock,
    log,
  });
  const network = networkJournal({
    procNet,
    ports: () => watchedPorts(order.current()?.apiPort ?? manifestPort()),
    matters: () => ({ apiAddresses: order.current()?.apiAddresses ?? [], clients: order.current()?.clients ?? [] }),
    telling: tellingOf('node-network'),
    earlier: earlier?.network ?? null,
    clock,
    log,
  });
  const firewall =
    firewallSocket === null
      ? null
      : firewallJournal({
          follow: (stop) => followFirewall(firewallSocket, stop),
          network: () => localNetwork(procNet),
          place: (here) => apiPlace(order, learned, here),
          telling: tellingOf('node-firewall'),
          kept: keptFile({ dir: stateDir, name: 'node-firewall', schema: KeptRules, cluster, log }),
          earlier: earlier?.firewall ?? null,
          log,
        });

  await Promise.all([files.run(signal), network.run(signal), firewall?.run(signal), keep()]);
  await write();

  /** Every look is worth keeping, since it proves that nothing was changed before it. */
  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await pause(KEEP_EVERY_MS, signal);
      if (!signal.aborted) await write();
    }
  }

  async function write(): Promise<void> {
    try {
      await kept.write({ firewall: firewall?.seen() ?? null, files: files.seen(), network: network.seen() });
    } catch (error) {
      // What is lost is only how narrowly a change during the next absence can be told.
      log.warn({ error }, 'what the journal of this node has seen could not be kept');
    }
  }

  function manifestPort(): number | null {
    return learned.knowledge().endpoints.find(({ origin }) => origin === 'manifest')?.port ?? null;
  }
}

const CATEGORIES = {
  'node-firewall': ['firewall'],
  'node-files': ['control-plane'],
  'node-network': ['control-plane', 'routing'],
} as const;
