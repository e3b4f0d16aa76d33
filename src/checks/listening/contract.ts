import { z } from 'zod';
import { ProbeResult } from '../../words/probe.ts';
import type { CheckContract } from '../contract.ts';
import { judgeListening } from './judge.ts';

export const ListeningParams = z.object({
  /** Where the API server should listen. */
  port: z.number().int().min(1).max(65535),
  /** Addresses that clients or a balancer connect to; those that are not this node's are passed over. */
  expectedAddresses: z.array(z.string().max(253)).max(256),
  /** PEM of the cluster's CA; empty: the one that the agent learned is used. */
  caPem: z.string().max(256 * 1024),
});
export type ListeningParams = z.infer<typeof ListeningParams>;

const BoundSocket = z.object({
  family: z.union([z.literal(4), z.literal(6)]),
  /** `0.0.0.0` and `::` mean every address. */
  address: z.string(),
  /** Interfaces that carry the address; empty for every address, and for one that no interface has. */
  interfaces: z.array(z.string()),
  /** Connections that wait for the process to take them. */
  queued: z.number().int().nonnegative(),
});

const OwnAddress = z.object({ interface: z.string(), address: z.string(), loopback: z.boolean() });

/**
 * What is seen is the network namespace that the agent runs in: it must have the host's (`hostNetwork: true`), or it
 * sees only its own sockets.
 */
export const ListeningFacts = z.object({
  /** Sockets listening on the port. */
  sockets: z.array(BoundSocket),
  /** Other ports something listens on, ascending; a moved API server may be among them. */
  otherPorts: z.array(z.number().int()),
  /** What could not be read, and why; without it the list of sockets is whole. */
  unread: z.array(z.string()),
  /** Addresses of this node, service addresses that kube-proxy parks on an interface left out. */
  ownAddresses: z.array(OwnAddress),
  /** Those of them that clients or a balancer connect to. */
  expectedHere: z.array(z.string()),
  /** One for each address tried on this node. */
  probes: z.array(ProbeResult),
});
export type ListeningFacts = z.infer<typeof ListeningFacts>;

/** Is the port bound on this control-plane node, on the interface that clients use, and by the API server? */
export const listening: CheckContract<ListeningParams, ListeningFacts> = {
  id: 'listening',
  params: ListeningParams,
  facts: ListeningFacts,
  judge: judgeListening,
};
