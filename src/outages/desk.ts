import { isAboutOutage } from '../investigation/about-outage.ts';
import type { Investigations } from '../investigation/commands.ts';
import { waits } from '../investigation/open.ts';
import type { Investigation } from '../investigation/state.ts';
import { turns } from '../investigation/turns.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Outage } from '../words/onset.ts';
import { nextReminderAt } from './next-reminder.ts';
import type { Hush, OutageCard, OutageCards, OutageSettings } from './ports.ts';
import { quietUntil } from './quiet-hours.ts';
import { type Stretch, stretchesOf } from './stretches.ts';

/** An incident as its messages in Slack are to show it. */
export interface OutageView {
  readonly card: OutageCard;
  readonly settings: OutageSettings;
  /** At least one, oldest first. */
  readonly stretches: readonly Stretch[];
  /** It answers for so long that what follows is an incident of its own. */
  readonly isOver: boolean;
  /** What is about it: open in a channel, else concluded there, else one that stands by; null: none. */
  readonly investigation: Investigation | null;
}

export interface OutageDeskPorts {
  readonly cards: OutageCards;
  /** null: nothing is to be posted of it. */
  settingsOf(cluster: string): OutageSettings | null;
  /** Outages that last, or ended at `sinceAt` or later. */
  outagesOf(cluster: string, sinceAt: number): Promise<readonly Outage[]>;
  readonly investigations: Pick<Investigations, 'listOpen' | 'find'>;
  /** Makes Slack show it; resolves with what became of the card. */
  show(view: OutageView): Promise<{ readonly kind: 'sent' | 'refused' | 'failed' }>;
  readonly clock: Clock;
  readonly log: Log;
  /** How often it is looked whether a reminder is due. */
  readonly tickMs?: number;
}

/** What came of a press. `already`: it holds by what somebody said before. */
export type Hushed =
  | { readonly kind: 'done' }
  | { readonly kind: 'already'; readonly hush: Hush }
  | { readonly kind: 'over' }
  | { readonly kind: 'unknown' };

/** Keeps a card for each incident that the prober sees, and reminds of what lasts. */
export interface OutageDesk {
  /** An outage began, went on or ended. */
  seen(outage: Outage): void;
  /** Any investigation changed: a card that leads to it follows. */
  changed(investigation: Investigation): void;
  /** What lasts when the bot starts gets its card, if it has none yet. */
  resume(clusters: readonly string[]): Promise<void>;
  /** Posts reminders that are due, and brings every card up to date. */
  look(): Promise<void>;
  find(incident: string): Promise<OutageCard | null>;
  snooze(incident: string, reminder: number, by: string): Promise<Hushed>;
  stop(incident: string, reminder: number, by: string): Promise<Hushed>;
  close(): Promise<void>;
}

/** As the prober has it: what follows within this is the same incident. */
const flappingMs = 10 * 60_000;
const snoozeMs = 60 * 60_000;
const defaultTickMs = 15_000;
/** Dozens of changes come at once when checks end; the card shows the last of them. */
const gatherMs = 250;
/** A channel that does not take the card is not asked again sooner. */
const refusedForMs = 5 * 60_000;
const keptMs = 90 * 24 * 60 * 60_000;

export function createOutageDesk(ports: OutageDeskPorts): OutageDesk {
  const { cards, clock, log } = ports;
  const inTurn = turns();
  const refusedAt = new Map<string, number>();
  const changedClusters = new Set<string>();
  let gathering: NodeJS.Timeout | null = null;
  let isClosed = false;

  /** Never rejects. */
  async function attempt(work: () => Promise<unknown>, about: object): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isClosed) log.error({ error, ...about }, 'the card of an outage could not be kept');
    }
  }

  async function take(outage: Outage): Promise<void> {
    const { incident, cluster, onset } = outage;
    const settings = ports.settingsOf(cluster);
    if (settings === null) return;
    const standing = await cards.find(incident);
    // What an agent that was away tells of when it is over is no news.
    if (standing === null && (settings.channel === null || onset.recovery !== null)) return;
    const card = standing ?? (await claimed(outage, settings, settings.channel ?? ''));
    if (standing !== null && onset.recovery === null) await cards.reopen(incident);
    refusedAt.delete(incident);
    await refresh(card);
  }

  async function claimed(
    { incident, cluster }: Outage,
    settings: OutageSettings,
    channel: string,
  ): Promise<OutageCard> {
    const postedAt = clock.now();
    const mentions = settings.mention !== null && !isQuiet(settings, postedAt);
    const { card, fresh } = await cards.claim({ incident, cluster, channel, postedAt, mentions });
    if (fresh) log.info({ incident, cluster, channel }, 'an outage gets its card');
    return card;
  }

  /** Claims the reminder that is due, and shows all as it is. */
  async function refresh(known: OutageCard): Promise<void> {
    const { incident, cluster } = known;
    const settings = ports.settingsOf(cluster);
    if (settings === null) return cards.close(incident);
    const outages = await outagesNow(known);
    const stretches = stretchesOf(outages);
    const down = stretches.at(-1);
    // Forgotten, since it is long over.
    if (down === undefined) return cards.close(incident);
    const nowAt = clock.now();
    const investigation = await investigationOf(known, outages);
    const isOver = down.recovery !== null && nowAt - down.recovery.latestAt >= flappingMs;
    if (down.recovery === null) await remindWhenDue(known, down, settings, investigation);
    const card = await cards.find(incident);
    if (card === null) return;
    // Not waited for: Slack may be the part that can't be reached.
    void attempt(() => show({ card, settings, stretches, isOver, investigation }), { incident });
  }

  async function show(view: OutageView): Promise<void> {
    const { incident } = view.card;
    const outcome = await ports.show(view);
    if (outcome.kind === 'refused') refusedAt.set(incident, clock.now());
    else refusedAt.delete(incident);
    if (view.isOver && outcome.kind !== 'failed') await cards.close(incident);
  }

  async function outagesNow({ cluster, incident, postedAt }: OutageCard): Promise<readonly Outage[]> {
    const outages = await ports.outagesOf(cluster, postedAt - flappingMs);
    return outages.filter((outage) => outage.incident === incident);
  }

  async function remindWhenDue(
    card: OutageCard,
    down: Stretch,
    settings: OutageSettings,
    investigation: Investigation | null,
  ): Promise<void> {
    const dueAt = nextReminderAt(card, down.since.latestAt, settings);
    const at = clock.now();
    // One for all that were missed while the bot was away; and not in the quiet hours into which it was delayed.
    if (dueAt === null || at < dueAt || isQuiet(settings, at)) return;
    const number = (card.reminders.at(-1)?.number ?? 0) + 1;
    const isCaredFor = investigation !== null && investigation.room !== null && investigation.conclusion === null;
    await cards.remind(card.incident, { number, at, mentions: settings.mention !== null && !isCaredFor });
  }

  async function investigationOf(card: OutageCard, outages: readonly Outage[]): Promise<Investigation | null> {
    const about = (await ports.investigations.listOpen(card.cluster)).filter((one) => isAboutOutage(one, outages));
    const inRooms = about.filter(({ room }) => room !== null);
    const leads = inRooms.find(({ room }) => room?.channel === card.channel) ?? inRooms[0];
    if (leads !== undefined) {
      if (leads.id !== card.investigation) await cards.lead(card.incident, leads.id);
      return leads;
    }
    const before = card.investigation === null ? null : await ports.investigations.find(card.investigation);
    return before ?? about.find(waits) ?? null;
  }

  async function hush(incident: string, said: Hush): Promise<Hushed> {
    const card = await cards.find(incident);
    if (card === null) return { kind: 'unknown' };
    const down = stretchesOf(await outagesNow(card)).at(-1);
    if (down === undefined || down.recovery !== null) {
      await inTurn(card.cluster, () => refresh(card));
      return { kind: 'over' };
    }
    const holds = await cards.hush(incident, said);
    if (holds === null) return { kind: 'unknown' };
    await inTurn(card.cluster, () => refresh(card));
    return holds.fresh ? { kind: 'done' } : { kind: 'already', hush: holds.hush };
  }

  async function refreshOpen(fits: (card: OutageCard) => boolean): Promise<void> {
    const open = (await cards.open()).filter(fits);
    await Promise.all(open.map((card) => attempt(() => inTurn(card.cluster, () => refresh(card)), { ...card })));
  }

  async function look(): Promise<void> {
    await refreshOpen(({ incident }) => clock.now() - (refusedAt.get(incident) ?? 0) >= refusedForMs);
    await cards.prune(clock.now() - keptMs);
  }

  const ticking = setInterval(() => void attempt(look, {}), ports.tickMs ?? defaultTickMs).unref();

  return {
    seen(outage) {
      if (!isClosed) void attempt(() => inTurn(outage.cluster, () => take(outage)), { outage: outage.id });
    },
    changed({ cluster }) {
      if (isClosed) return;
      changedClusters.add(cluster);
      gathering ??= setTimeout(() => {
        gathering = null;
        const clusters = new Set(changedClusters);
        changedClusters.clear();
        void attempt(() => refreshOpen((card) => clusters.has(card.cluster)), {});
      }, gatherMs).unref();
    },
    async resume(clusters) {
      for (const cluster of clusters) {
        const lasting = (await ports.outagesOf(cluster, clock.now())).filter(({ onset }) => onset.recovery === null);
        for (const outage of lasting) await attempt(() => inTurn(cluster, () => take(outage)), { outage: outage.id });
      }
    },
    look,
    find: cards.find,
    snooze: (incident, reminder, by) => {
      const at = clock.now();
      return hush(incident, { kind: 'snoozed', reminder, by, at, untilAt: at + snoozeMs });
    },
    stop: (incident, reminder, by) => hush(incident, { kind: 'stopped', reminder, by, at: clock.now(), untilAt: null }),
    async close() {
      isClosed = true;
      clearInterval(ticking);
      if (gathering !== null) clearTimeout(gathering);
      // What is on its way to Slack ends with Slack; what the store was asked for is waited for.
      for (const { cluster } of await cards.open()) await inTurn(cluster, async () => {});
    },
  };
}

function isQuiet({ quiet }: OutageSettings, at: number): boolean {
  return quiet !== null && quietUntil(quiet, at) !== null;
}
