/** What keeping outage cards needs from outside; `bin` hands it in. */

/**
 * The card of an incident: of down stretches that follow one another closely. Once it is claimed it stands in its
 * channel, whatever the configuration says later. Times are epoch ms.
 */
export interface OutageCard {
  readonly incident: string;
  readonly cluster: string;
  readonly channel: string;
  readonly postedAt: number;
  /** Does the card name the configured mention? Decided once: in quiet hours it does not. */
  readonly mentions: boolean;
  /** The last investigation in a channel that was about it; null: none yet. */
  readonly investigation: string | null;
  /** In order, the first is number 1. */
  readonly reminders: readonly Reminder[];
  /** What a person last said about further reminders; null: nothing. */
  readonly hush: Hush | null;
}

export interface Reminder {
  readonly number: number;
  readonly at: number;
  readonly mentions: boolean;
}

export interface Hush {
  readonly kind: 'snoozed' | 'stopped';
  /** The reminder whose button was pressed. */
  readonly reminder: number;
  /** Slack user id. */
  readonly by: string;
  readonly at: number;
  /** Until when, of `snoozed`. */
  readonly untilAt: number | null;
}

export interface OutageCards {
  /** By the first who asks; gives the card that stands. `fresh`: claimed by this call. */
  claim(
    card: Pick<OutageCard, 'incident' | 'cluster' | 'channel' | 'postedAt' | 'mentions'>,
  ): Promise<{ readonly fresh: boolean; readonly card: OutageCard }>;
  find(incident: string): Promise<OutageCard | null>;
  /** Those that are not closed, oldest first. */
  open(): Promise<readonly OutageCard[]>;
  /** The investigation that the card leads to from now on. */
  lead(incident: string, investigation: string): Promise<void>;
  /** false when somebody else claimed this number. */
  remind(incident: string, reminder: Reminder): Promise<boolean>;
  /**
   * Snoozing takes effect unless this reminder, or a later one, was hushed already; stopping unless that was said
   * before. Gives what holds; `fresh`: by this call.
   */
  hush(incident: string, hush: Hush): Promise<{ readonly fresh: boolean; readonly hush: Hush } | null>;
  /** Nothing about it changes any more. */
  close(incident: string): Promise<void>;
  /** It is down again after all: seen late, within the incident. */
  reopen(incident: string): Promise<void>;
  /** Forgets closed ones that were posted before `at`. */
  prune(at: number): Promise<void>;
}

/** How the outages of a cluster are told, by its configuration. */
export interface OutageSettings {
  /** null: nothing is posted. */
  readonly channel: string | null;
  /** A user group or user id to name on the card; null: nobody. */
  readonly mention: string | null;
  /** null: never. */
  readonly remindEveryMs: number | null;
  readonly quiet: QuietHours | null;
}

/** Times of day, `22:00` to `07:00`, over midnight when `from` is the later one; by the clocks of `zone`, an IANA name. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}
