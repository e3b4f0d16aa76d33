import { tameLine, tameSentence } from '../briefing/tame.ts';
import { duration, utcDayAndTime } from '../briefing/time.ts';
import type { Past } from '../investigation/past.ts';
import type { AuditEntry } from '../words/audit.ts';
import type { Actor } from '../words/person.ts';

/** Past investigations as a program reads them; documented in docs/postmortem.md. Times are ISO 8601 in UTC. Pure. */
export function pastSummary(past: Past) {
  const { id, cluster, openedAt, openedBy, channel, concluded, cause, summary, impact, actions, issueUrl } = past;
  return {
    id,
    cluster,
    opened: { at: iso(openedAt), by: nameOf(openedBy) },
    channel,
    concluded: concluded === null ? null : { at: iso(concluded.at), by: nameOf(concluded.by) },
    began: past.onset === null ? null : iso(past.onset.earliestAt),
    lastedSeconds: lastedMs(past) === null ? null : Number(lastedMs(past)) / 1_000,
    cause,
    summary,
    impact,
    actions,
    issueUrl,
  };
}

/** The same for a person: two lines each. */
export function pastText(past: Past): string {
  const { id, cluster, openedAt, onset, concluded, cause, summary } = past;
  const lasted = lastedMs(past);
  const began = onset === null ? `opened ${utcDayAndTime(openedAt)}` : `failed from ${utcDayAndTime(onset.earliestAt)}`;
  const how = concluded === null ? 'not concluded' : `concluded by ${nameOf(concluded.by)}`;
  const what = cause === null ? 'no cause found' : `${cause.standing}: ${cause.title}`;
  return [
    `${id}  ${tameLine(cluster, 63)}  ${began} UTC${lasted === null ? '' : ` for ${duration(lasted)}`}  ${tameLine(how, 100)}`,
    `  ${tameLine(what, 300)}${summary.trim() === '' ? '' : `. ${tameSentence(summary, 300)}`}`,
    '',
  ].join('\n');
}

/** One line. */
export function auditText({ at, actor, via, channel, action, cluster, target, outcome }: AuditEntry): string {
  const about = [cluster ?? '', target ?? '', channel === null ? '' : `in ${channel}`].filter((part) => part !== '');
  const words = [actor, via, action, ...about].map((word) => tameLine(word, 200)).join('  ');
  return `${utcDayAndTime(at)} UTC  ${outcome.padEnd(7)}  ${words}\n`;
}

function nameOf(actor: Actor): string {
  return actor.kind === 'itself' ? 'apidown' : actor.id;
}

function lastedMs({ onset, recovery }: Past): number | null {
  return onset === null || recovery === null ? null : recovery.latestAt - onset.latestAt;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
