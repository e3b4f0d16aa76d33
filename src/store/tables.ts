/** The tables as the newest migration leaves them. Times are epoch ms; `json` columns are parsed by zod where they are read. */
export interface Tables {
  investigations: InvestigationsTable;
  investigation_events: InvestigationEventsTable;
  agent_keys: AgentKeysTable;
  agent_sessions: AgentSessionsTable;
  cluster_knowledge: ClusterKnowledgeTable;
  messages: MessagesTable;
  pulse: PulseTable;
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
