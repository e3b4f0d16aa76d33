import { readFile } from 'node:fs/promises';
import { endianness, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Probe } from '../../probe/probe.ts';
import type { ClusterKnowledge } from '../../words/endpoint.ts';
import type { CheckRunner } from '../contract.ts';
import type { Learned } from '../ports.ts';
import { type ListeningFacts, type ListeningParams, listening } from './contract.ts';
import { type ListeningSocket, listeningSockets, plainAddress } from './sockets.ts';

export interface ListeningNeeds {
  readonly learned: Learned;
  readonly probe: Probe;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Folder with `tcp` and `tcp6`; `/proc/net` shows the network namespace of this process. */
  readonly procNet?: string;
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
}

/**
 * Reads the kernel's list of listening sockets, then asks over loopback and over each address that clients use, or
 * that is bound, who answers there. Needs the host's network namespace, and no privilege.
 */
export function listeningRunner(needs: ListeningNeeds): CheckRunner<ListeningParams, ListeningFacts> {
  const { learned, probe, clock, procNet = '/proc/net', interfaces = networkInterfaces } = needs;
  return {
    contract: listening,
    async run(params, signal) {
      const knowledge = learned.knowledge();
      const { sockets, unread } = await readSockets(procNet, signal);
      const bound = sockets.filter(({ port }) => port === params.port);
      const own = ownAddressesOf(interfaces());
      const expectedHere = expectedOn(own, params, knowledge);
      const options = {
        caPem: params.caPem === '' ? knowledge.caPem : params.caPem,
        // Loopback is in no API server's certificate; this name is in every one.
        serverName: 'kubernetes.default.svc',
        deadlineMs: PROBE_DEADLINE_MS,
        clock,
      };
      const results = await Promise.all(
        addressesToTry(bound, expectedHere).map((host) => {
          const path = isLoopback(host) ? 'loopback' : 'api-server-address';
          return probe({ path, host, port: params.port }, options, signal);
        }),
      );
      return {
        facts: {
          sockets: bound.map(({ family, address, queued }) => ({
            family,
            address,
            queued,
            interfaces: own.filter((one) => one.address === address).map((one) => one.interface),
          })),
          otherPorts: otherPorts(sockets, params.port),
          unread,
          ownAddresses: own,
          expectedHere,
          probes: results.flat(),
        },
        asOfAt: clock(),
      };
    },
  };
}

/** A hung server shows after this; a sound one answers on its own node in milliseconds. */
const PROBE_DEADLINE_MS = 3_000;
const MAX_OTHER_PORTS = 64;
const MAX_TRIED = 32;

type OwnAddress = ListeningFacts['ownAddresses'][number];

async function readSockets(procNet: string, signal: AbortSignal) {
  const sockets: ListeningSocket[] = [];
  const unread: string[] = [];
  for (const name of ['tcp', 'tcp6']) {
    try {
      const text = await readFile(join(procNet, name), { encoding: 'utf8', signal });
      sockets.push(...listeningSockets(text, endianness()));
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      // A kernel without IPv6 has no tcp6: nothing is missing then.
      if (!(name === 'tcp6' && code === 'ENOENT')) unread.push(`${join(procNet, name)}: ${code}`);
    }
  }
  return { sockets, unread };
}

function ownAddressesOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): OwnAddress[] {
  return Object.entries(interfaces).flatMap(([name, infos]) =>
    // kube-proxy in IPVS mode parks every Service's address there: none of them is the node's own.
    name === 'kube-ipvs0'
      ? []
      : (infos ?? []).map(({ address, internal }) => ({
          interface: name,
          address: plainAddress(address),
          loopback: internal,
        })),
  );
}

function expectedOn(own: readonly OwnAddress[], params: ListeningParams, knowledge: ClusterKnowledge): string[] {
  const learnedHosts = knowledge.endpoints
    .filter(({ origin, port }) => origin !== 'service' && port === params.port)
    .map(({ host }) => host);
  const expected = new Set([...params.expectedAddresses, ...learnedHosts].map(plainAddress));
  return own.filter(({ address, loopback }) => !loopback && expected.has(address)).map(({ address }) => address);
}

/**
 * Loopback always: when nothing is bound it shows that nothing answers, and over IPv4 it settles whether a socket of
 * tcp6 takes IPv4 too. Then what clients use, then what is bound.
 */
function addressesToTry(bound: readonly ListeningSocket[], expectedHere: readonly string[]): string[] {
  const specific = bound.map(({ address }) => address).filter((address) => address !== '0.0.0.0' && address !== '::');
  const loopback6 = bound.some(({ family, address }) => family === 6 && (address === '::' || address === '::1'));
  return [...new Set(['127.0.0.1', ...(loopback6 ? ['::1'] : []), ...expectedHere, ...specific])].slice(0, MAX_TRIED);
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function otherPorts(sockets: readonly ListeningSocket[], port: number): number[] {
  const ports = new Set(sockets.map((socket) => socket.port).filter((other) => other !== port));
  return [...ports].sort((a, b) => a - b).slice(0, MAX_OTHER_PORTS);
}
