import type { ChangeJournal, OutageStore, SampleStore, StreamStore } from '../changes/ports.ts';
import type { SourceMemory } from '../changes/sources/memory.ts';
import type { HealthStore } from '../health/ports.ts';
import type { PastShelf } from '../investigation/history.ts';
import type { InvestigationStore } from '../investigation/ports.ts';
import type { OutageCards } from '../outages/ports.ts';
import type { AuditLog } from '../words/audit.ts';
import type { ClusterKnowledge } from '../words/endpoint.ts';
import type { Role, Vantage } from '../words/vantage.ts';

/** Everything that outlives a process of the bot. One contract suite runs against every engine. */
export interface Store {
  readonly investigations: InvestigationStore;
  readonly keys: AgentKeys;
  readonly sessions: AgentSessions;
  readonly knowledge: KnowledgeShelf;
  readonly messages: MessageRecords;
  readonly changes: ChangeJournal;
  readonly streams: StreamStore;
  readonly samples: SampleStore;
  readonly outages: OutageStore;
  readonly sourceMemories: SourceMemories;
  readonly outageCards: OutageCards;
  readonly channelClusters: ChannelClusters;
  readonly health: HealthStore;
  readonly pasts: PastShelf;
  readonly audit: AuditLog;
  /** Proof that reads and writes work; throws with what is wrong. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The public half of an agent's key. One cluster and role may have two valid ones while one is rotated. */
export interface AgentKey {
  /** Fingerprint of the public key. */
  readonly id: string;
  readonly cluster: string;
  readonly role: Role;
  readonly publicKeyPem: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface AgentKeys {
  /** `tooMany`: two valid keys exist for this cluster and role; revoke one first. Adding the same key again is `added`. */
  add(key: Omit<AgentKey, 'revokedAt'>): Promise<'added' | 'tooMany'>;
  /** Includes revoked ones; null when unknown. */
  find(id: string): Promise<AgentKey | null>;
  list(cluster?: string): Promise<readonly AgentKey[]>;
  /** false when there is no such key. Revoking twice keeps the first time. */
  revoke(id: string, at: number): Promise<boolean>;
}

export interface AgentSessions {
  /** A number greater than any before for this instance: the session that holds the greatest acts, others are fenced. */
  nextEpoch(cluster: string, role: Role, instance: string): Promise<number>;
  seen(cluster: string, role: Role, vantage: Vantage, version: string, at: number): Promise<void>;
  list(cluster: string): Promise<readonly SeenAgent[]>;
}

export interface SeenAgent {
  readonly role: Role;
  readonly vantage: Vantage;
  readonly version: string;
  readonly lastSeenAt: number;
}

export interface KnowledgeShelf {
  get(cluster: string): Promise<ClusterKnowledge | null>;
  put(cluster: string, knowledge: ClusterKnowledge): Promise<void>;
}

/** What sources outside of the clusters saw last, each for itself. */
export interface SourceMemories {
  of(source: string, instance: string): SourceMemory;
}

/** Which cluster was asked for last in a channel. */
export interface ChannelClusters {
  /** null: none was. */
  last(channel: string): Promise<string | null>;
  remember(channel: string, cluster: string): Promise<void>;
}

/** A Slack message that the bot owns, found again by its key after a restart. */
export interface MessageRecord {
  readonly key: string;
  readonly channel: string;
  readonly thread: string | null;
  /** Slack's timestamp id; null while it is not known whether the post went through. */
  readonly ts: string | null;
  /** Of the content that was sent last. */
  readonly hash: string | null;
  readonly claimedAt: number;
}

export interface MessageRecords {
  /** Claims the key before the first post; returns the record that stands (`fresh`: claimed by this call). */
  claim(
    key: string,
    where: { channel: string; thread: string | null; at: number },
  ): Promise<{ fresh: boolean; record: MessageRecord }>;
  sent(key: string, ts: string, hash: string): Promise<void>;
  find(key: string): Promise<MessageRecord | null>;
  /** Gives the key up, so that it can be claimed anew (the message was deleted, or never sent). */
  forget(key: string): Promise<void>;
}
