import type { CloudModel } from '../../packet/cloud/model.ts';

/** The cloud accounts that are configured, as the bot reads them; it alone has their credentials. */
export interface CloudPort {
  /** Clusters that an account is configured for. */
  readonly clusters: readonly string[];
  /**
   * The rules as they are now; a reading of a few seconds ago does, as checks ask at the same time. Never rejects but for
   * the signal's reason: what can't be read stands in the reading, with the last that was known.
   */
  read(cluster: string, signal: AbortSignal): Promise<CloudReading>;
}

interface CloudReading {
  /** One for each account and region. */
  readonly accounts: readonly CloudAccount[];
}

export interface CloudAccount {
  /** As people know it, to be said after "in": `AWS prod-eu`. */
  readonly name: string;
  /** null: nothing of it was ever read. */
  readonly model: CloudModel | null;
  /** What can't be read now, each a clause that says what happened and what to do. */
  readonly troubles: readonly string[];
  /** Changes of late, for a denial that one of them began; the newest first. */
  readonly recent: readonly RecentChange[];
}

interface RecentChange {
  /**
   * The cloud's id of what was changed: a security group (of a rule that was removed its group: a denial can't name
   * what is gone), a network ACL, a route table; of a managed endpoint its name.
   */
  readonly id: string;
  /** As it stands in brackets after the rule that denies: `removed 14:03:12 UTC by alice`. */
  readonly words: string;
}
