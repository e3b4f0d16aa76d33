import { join } from 'node:path';
import { runnersFor } from '../../checks/runners.ts';
import { localNetwork } from '../firewall/network.ts';
import { socketFirewall } from '../firewall/socket.ts';
import { watchNode } from '../journal/node/watch.ts';
import { readNodeFiles } from '../node/files.ts';
import { learnOnNode } from '../node/learn.ts';
import { pause } from '../pause.ts';
import { probeOn } from '../prober/probe-on.ts';
import type { AgentRole, RoleInput } from '../role.ts';

/** How often the manifests and the CA file are read, to know them when they are gone. */
const LEARN_EVERY_MS = 30_000;

/** On a control-plane node, with the host's network: sockets, firewall, static pods, and what is changed of them. Asks no API server for anything. */
export function nodeRole(input: RoleInput): AgentRole {
  const { config, learned, probe, sink, order, clock, log } = input;
  const node = config.instance;
  const folders = {
    manifests: config.manifestsDir,
    podLogs: config.podLogsDir,
    containerLogs: config.containerLogsDir,
    criStatus: config.criStatusDir,
  };
  const procNet = join(config.procDir, 'net');
  const ranApiServer = () => learned.knowledge().controlPlaneNodes.includes(node);
  const learn = async () =>
    learned.add(
      await learnOnNode({ node, manifestsDir: config.manifestsDir, caFile: config.pkiCaFile, at: clock(), log }),
    );
  const ready = Promise.withResolvers<void>();
  const keepLearning = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await learn();
      ready.resolve();
      await pause(LEARN_EVERY_MS, signal);
    }
  };

  return {
    runners: runnersFor({
      role: 'node',
      learned,
      probe,
      clock,
      procNet,
      firewall: socketFirewall(config.firewallSocket),
      addresses: () => localNetwork(procNet),
      readFiles: () => readNodeFiles(node, folders, ranApiServer(), clock()),
    }),
    ready: ready.promise,
    async run(signal) {
      await Promise.all([
        keepLearning(signal),
        probeOn(input, signal),
        watchNode(
          {
            node,
            cluster: config.cluster,
            stateDir: config.stateDir,
            procNet,
            folders,
            firewallSocket: config.firewallSocket,
            learned,
            order,
            sink,
            clock,
            log,
          },
          signal,
        ),
      ]);
    },
  };
}
