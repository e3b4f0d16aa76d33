/**
 * A cloud's part of the way from clients to the API server, as far as it was read. Plain data with the cloud's own ids.
 * Whatever is referred to and stands in no table was not read: what hangs on it is unknown.
 */
export interface CloudModel {
  /** Every way in: each an address and port that clients connect to. */
  readonly ways: readonly CloudWay[];
  readonly groups: Readonly<Record<string, SecurityGroup>>;
  readonly acls: Readonly<Record<string, NetworkAcl>>;
  readonly tables: Readonly<Record<string, RouteTable>>;
  /** CIDRs of managed prefix lists. */
  readonly prefixLists: Readonly<Record<string, readonly string[]>>;
  /** Epoch ms. */
  readonly readAt: number;
}

export interface CloudWay {
  /** What clients connect to, in text. */
  readonly addresses: readonly string[];
  readonly port: number;
  /**
   * From the clients' side to the API server; the last is where it runs, or a provider's endpoint. Nodes that follow
   * each other are the targets of what stands before them: one of them takes the connection. A load balancer as the
   * last has no target.
   */
  readonly hops: readonly CloudHop[];
  /** What of the way could not be learned, in words; not empty: never better than unknown. */
  readonly unread: readonly string[];
}

export interface CloudHop {
  readonly kind: 'load-balancer' | 'node' | 'managed-endpoint';
  /** As people know it: `nlb api-prod`, `cp-1 (i-0abc)`, `EKS prod`. */
  readonly name: string;
  /** The port that it takes the connection at. */
  readonly port: number;
  /** One of them takes the connection, which is not known. Empty for a provider's endpoint. */
  readonly interfaces: readonly CloudInterface[];
  /** Whose address its packets come from as it sees them: the client's, or an interface's of the hop before. */
  readonly sees: 'client' | 'hop before' | 'unknown';
  /** Of a provider's endpoint: whom it lets in by its own list. */
  readonly access: AccessList | null;
  /** Of what stands behind a load balancer: whether that sends to it at all now, in the balancer's word (`healthy`, `unhealthy`, `draining`); null: not told. */
  readonly health: string | null;
}

export interface CloudInterface {
  readonly id: string;
  /** Its own (private) addresses. */
  readonly addresses: readonly string[];
  readonly subnet: string;
  /** Ids; null: it is of a kind that has none, so that they neither let in nor keep out. */
  readonly groups: readonly string[] | null;
  /** Id; null: could not be read. */
  readonly acl: string | null;
  /** Id; null: could not be read. */
  readonly table: string | null;
}

/** Source: EKS `resourcesVpcConfig`. */
export interface AccessList {
  readonly publicAccess: boolean;
  readonly privateAccess: boolean;
  /** Who may reach the public side. */
  readonly publicCidrs: readonly string[];
  /** CIDRs of the network in which the private side is reached. */
  readonly networkCidrs: readonly string[];
}

/** Stateful: replies to what was let in go out. Only allows. */
export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

export interface GroupRule {
  /** `sgr-…`; null where the cloud told none. */
  readonly id: string | null;
  /** `tcp`, `udp`, `icmp`, `-1` for all, or a number. */
  readonly protocol: string;
  /** null: every port. */
  readonly ports: PortRange | null;
  readonly peer: GroupPeer;
}

export type GroupPeer =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'group'; readonly id: string }
  | { readonly kind: 'prefixList'; readonly id: string };

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Stateless: replies are judged too. The entry with the lowest number that matches decides; without one it denies. */
export interface NetworkAcl {
  readonly id: string;
  readonly entries: readonly AclEntry[];
}

export interface AclEntry {
  readonly number: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  /** `6`, `17`, … or `-1` for all. */
  readonly protocol: string;
  readonly cidr: string;
  /** null: every port. */
  readonly ports: PortRange | null;
}

export interface RouteTable {
  readonly id: string;
  readonly routes: readonly CloudRoute[];
}

/** The longest prefix decides. */
export interface CloudRoute {
  /** A CIDR, or the id of a prefix list. */
  readonly destination: string;
  /** `local`, `igw-…`, `nat-…`, `tgw-…`, … */
  readonly target: string;
  readonly state: 'active' | 'blackhole';
}
