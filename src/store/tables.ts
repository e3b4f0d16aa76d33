import type { Generated } from 'kysely';

/** The tables as the newest migration leaves them. Times are epoch ms; `json` columns are parsed by zod where they are read. */
export interface Tables {
  investigations: InvestigationsTable;
  investigation_events: InvestigationEventsTable;
  agent_keys: AgentKeysTable;
  agent_sessions: AgentSessionsTable;
  cluster_knowledge: ClusterKnowledgeTable;
  messages: MessagesTable;
  pulse: PulseTable;
  change_groups: ChangeGroupsTable;
  changes: ChangesTable;
  coverage: CoverageTable;
  changes_forgotten: ChangesForgottenTable;
  stream_cursors: StreamCursorsTable;
  stream_gaps: StreamGapsTable;
  sample_series: SampleSeriesTable;
  sample_chunks: SampleChunksTable;
  outages: OutagesTable;
  prober_alive: ProberAliveTable;
  source_memories: SourceMemoriesTable;
  outage_cards: OutageCardsTable;
  outage_reminders: OutageRemindersTable;
  channel_clusters: ChannelClustersTable;
  health_schedules: HealthSchedulesTable;
  health_slots: HealthSlotsTable;
  pasts: PastsTable;
  audit: AuditTable;
}

/** Derived from the events in the transaction that appends them: what listing needs, and the optimistic lock. */
interface InvestigationsTable {
  id: string;
  cluster: string;
  channel: string | null;
  opened_at: number;
  concluded_at: number | null;
  seq: number;
}

interface InvestigationEventsTable {
  investigation: string;
  /** From 1. */
  seq: number;
  json: string;
}

interface AgentKeysTable {
  id: string;
  cluster: string;
  role: string;
  public_key_pem: string;
  created_at: number;
  revoked_at: number | null;
}

interface AgentSessionsTable {
  cluster: string;
  role: string;
  instance: string;
  epoch: number;
  /** All null until the agent's first session is accepted. */
  vantage_json: string | null;
  version: string | null;
  last_seen_at: number | null;
}

interface ClusterKnowledgeTable {
  cluster: string;
  json: string;
}

interface MessagesTable {
  key: string;
  channel: string;
  thread: string | null;
  ts: string | null;
  hash: string | null;
  claimed_at: number;
}

/** One row, written by every ping. */
interface PulseTable {
  id: number;
  beats: number;
}

/** Changes of one cluster and category that are about as wide as one another; see `changes/width.ts`. */
interface ChangeGroupsTable {
  id: Generated<number>;
  cluster: string;
  category: string;
  level: number;
}

interface ChangesTable {
  n: Generated<number>;
  cluster: string;
  id: string;
  group_id: number;
  /** Whole milliseconds, rounded outwards: what is searched. What is answered is in `json`. */
  starts_at: number;
  /** Of what lasts, when it ends. */
  ends_at: number;
  json: string;
}

/** Whole milliseconds, both ends covered. Stretches of the same source, instance and category never touch. */
interface CoverageTable {
  cluster: string;
  source: string;
  instance: string;
  category: string;
  from_at: number;
  to_at: number;
}

/** One row, once something was forgotten: what is told to cover the time before counts no more. */
interface ChangesForgottenTable {
  id: number;
  before_at: number;
}

interface StreamCursorsTable {
  cluster: string;
  role: string;
  instance: string;
  stream: string;
  last: number;
  /** The latest time that its records told of: decides when it is forgotten. */
  told_at: number;
}

/** What an agent lost before it was told. Stays, so that a span told later doesn't cover it. */
interface StreamGapsTable {
  cluster: string;
  instance: string;
  from_at: number;
  to_at: number;
}

interface SampleSeriesTable {
  id: Generated<number>;
  cluster: string;
  /** The series itself, written always the same way: it is found by it. */
  json: string;
}

interface SampleChunksTable {
  series_id: number;
  /** Which stretch of time; see `samples/chunk.ts`. */
  chunk: number;
  packed: Uint8Array;
}

interface OutagesTable {
  id: string;
  cluster: string;
  began_at: number;
  /** At the latest; null while it lasts. */
  ended_at: number | null;
  json: string;
}

interface ProberAliveTable {
  from_at: number;
  to_at: number;
  /** Silence after `to_at` that says nothing yet. */
  gap_ms: number;
}

interface SourceMemoriesTable {
  source: string;
  instance: string;
  json: string;
}

interface OutageCardsTable {
  incident: string;
  cluster: string;
  channel: string;
  posted_at: number;
  /** 0 or 1, as `closed`. */
  mentions: number;
  investigation: string | null;
  /** All null until somebody said something about reminders. */
  hush_kind: 'snoozed' | 'stopped' | null;
  hush_reminder: number | null;
  hush_by: string | null;
  hush_at: number | null;
  hush_until_at: number | null;
  closed: Generated<number>;
}

interface OutageRemindersTable {
  incident: string;
  /** From 1. */
  number: number;
  at: number;
  mentions: number;
}

interface ChannelClustersTable {
  channel: string;
  cluster: string;
}

interface HealthSchedulesTable {
  id: string;
  created_at: number;
  /** Kept, so that a request that is delivered again doesn't bring it back. */
  removed_at: number | null;
  json: string;
}

/** Whoever inserts the row posts; `outcome` is null until it is known what became of it. */
interface HealthSlotsTable {
  schedule: string;
  slot_at: number;
  claimed_at: number;
  outcome: string | null;
  why: string | null;
  settled_at: number | null;
}

/** Derived from the events of an investigation up to `seq`, by whoever looked for past ones last. */
interface PastsTable {
  id: string;
  cluster: string;
  opened_at: number;
  seq: number;
  /** What is searched, in small letters. */
  words: string;
  json: string;
}

interface AuditTable {
  n: Generated<number>;
  at: number;
  actor: string;
  via: string;
  channel: string | null;
  action: string;
  cluster: string | null;
  target: string | null;
  outcome: string;
}
