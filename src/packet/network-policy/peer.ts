import type { PodRecord } from '../../words/kube.ts';
import type { Protocol } from './spec.ts';

export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** One end of a flow. Addresses are those it may be seen by; all of them must be let through. */
export type Peer = PodPeer | NodePeer | ExternalPeer;

export type PodPeer = { readonly kind: 'pod' } & Readonly<
  Pick<PodRecord, 'namespace' | 'name' | 'labels' | 'addresses' | 'hostNetwork' | 'nodeName' | 'ports'>
>;

export interface NodePeer {
  readonly kind: 'node';
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface ExternalPeer {
  readonly kind: 'external';
  /** Addresses or CIDRs; of a CIDR every address is asked about. */
  readonly addresses: readonly string[];
}

export interface Traffic {
  readonly from: Peer;
  readonly to: Peer;
  /** The port it goes to. */
  readonly port: number;
  readonly protocol: Protocol;
}
