import type { Phrase } from '../../briefing/phrase.ts';
import { utcDayAndTime, utcTime } from '../../briefing/time.ts';
import { leavesByWords, shortVantage } from '../../briefing/vantage-words.ts';
import { besideOf } from '../../playbook/asked.ts';
import { stepById } from '../../playbook/playbook.ts';
import type { StepId } from '../../playbook/step.ts';
import type { Evidence } from '../../words/evidence.ts';
import type { Actor } from '../../words/person.ts';
import type { Vantage } from '../../words/vantage.ts';
import { code, prose } from '../escape.ts';

/** A time as the reader's own clock shows it, with UTC beside it. */
export function timeOf(at: number): string {
  const utc = `${utcTime(at)} UTC`;
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${utc}> (${utc})`;
}

/** The same with the day, for what may be of another day than the reader's. */
export function dayAndTimeOf(at: number): string {
  const utc = `${utcDayAndTime(at)} UTC`;
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time_secs}|${utc}> (${utcTime(at)} UTC)`;
}

/** With the day when the two are far enough apart for it to matter. */
export function timeNear(at: number, nearAt: number): string {
  return Math.abs(nearAt - at) > 12 * 3_600_000 ? dayAndTimeOf(at) : timeOf(at);
}

/** Words with moments among them; each stretch of words at most `max` long. */
export function phraseOf(phrase: Phrase, nearAt: number, max = 240): string {
  return phrase.map((part) => (typeof part === 'string' ? prose(part, max) : timeNear(part.at, nearAt))).join('');
}

/** A mention, for people who are in Slack; it notifies nobody in an edited or ephemeral message. */
export function personOf(actor: Actor): string {
  if (actor.kind === 'itself') return 'apidown';
  return /^[UW][A-Z0-9]+$/.test(actor.id) ? `<@${actor.id}>` : prose(actor.id, 60);
}

/** `node cp-1 (from 10.0.0.5)`: the address is the one its packets leave by. */
export function vantageOf(vantage: Vantage): string {
  const leavesBy = leavesByWords(vantage);
  return prose(shortVantage(vantage), 80) + (leavesBy === null ? '' : ` (from ${code(leavesBy)})`);
}

/** Of names the first few: `prod, staging and 3 more`. */
export function named(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map((name) => prose(name, 60));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The vantage that evidence is from; of a further check what it looked at: `cloud rules, by the bot`. */
export function whereFrom(step: StepId, { check, vantage }: Pick<Evidence, 'check' | 'vantage'>): string {
  const beside = besideOf(stepById(step), check);
  return beside === null ? vantageOf(vantage) : `${prose(beside.words, 80)}, by ${prose(shortVantage(vantage), 80)}`;
}
