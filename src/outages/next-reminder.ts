import type { OutageCard, OutageSettings } from './ports.ts';
import { quietUntil } from './quiet-hours.ts';

/**
 * When the next "still down" is due, for an outage that lasts since `downAt`: an interval after the card, the last
 * reminder or the beginning of this down stretch, whichever is latest; after a snooze when that ends; and never in
 * quiet hours, where it waits for their end. null: none will be. Epoch ms. Pure.
 */
export function nextReminderAt(
  card: Pick<OutageCard, 'postedAt' | 'reminders' | 'hush'>,
  downAt: number,
  { remindEveryMs, quiet }: Pick<OutageSettings, 'remindEveryMs' | 'quiet'>,
): number | null {
  if (remindEveryMs === null || card.hush?.kind === 'stopped') return null;
  const last = card.reminders.at(-1);
  const isSnoozed = card.hush !== null && card.hush.reminder === last?.number;
  const snoozedUntilAt = isSnoozed ? card.hush.untilAt : null;
  const dueAt = snoozedUntilAt ?? Math.max(card.postedAt, last?.at ?? 0, downAt) + remindEveryMs;
  return quiet === null ? dueAt : (quietUntil(quiet, dueAt) ?? dueAt);
}
