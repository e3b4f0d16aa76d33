import { postmortemOf, type Told } from '../briefing/postmortem.ts';
import { markdownOf } from '../briefing/postmortem-markdown.ts';
import type { InvestigationEvent } from '../investigation/events.ts';
import { replay } from '../investigation/evolve.ts';
import type { Standing } from '../words/diagnosis.ts';
import type { Actor } from '../words/person.ts';

/** ISO 8601 in UTC. */
type Time = string;

interface Interval {
  readonly earliest: Time;
  readonly latest: Time;
}

interface RankedCause {
  readonly title: string;
  readonly standing: Standing;
}

/** What `apidown postmortem --json` prints. Documented in docs/postmortem.md; fields are added, never renamed. */
export interface PostmortemSummary {
  readonly schema: 'apidown.postmortem/1';
  readonly id: string;
  readonly cluster: string;
  readonly endpoint: string | null;
  readonly opened: { readonly at: Time; readonly by: string };
  /** null: not yet. */
  readonly concluded: { readonly at: Time; readonly by: string } | null;
  readonly began: Interval | null;
  readonly over: Interval | null;
  readonly lastedSeconds: number | null;
  /** What was chosen of those that were ranked; null: none was. */
  readonly cause: RankedCause | null;
  readonly ownWords: string;
  readonly impact: string;
  readonly actions: readonly string[];
  /** Best first. */
  readonly ranked: readonly (RankedCause & {
    readonly reasons: readonly string[];
    readonly against: readonly string[];
  })[];
  readonly timeline: readonly {
    readonly at: Interval;
    readonly what: string;
    readonly who: string | null;
    readonly link: string | null;
  }[];
  readonly ruledOut: readonly Told[];
  readonly withoutData: readonly Told[];
  readonly did: readonly { readonly at: Time; readonly by: string; readonly what: string }[];
  readonly markdown: string;
}

/** A postmortem from what the store keeps of it; people by their ids, since nobody is asked for names. null: no events. Pure. */
export function postmortemFrom(events: readonly InvestigationEvent[], zone: string): PostmortemSummary | null {
  const investigation = replay(events);
  if (investigation === null) return null;
  const postmortem = postmortemOf(investigation);
  const { id, cluster, endpoint, openedAt, openedBy, conclusion, onset, lastedMs, causes } = postmortem;
  return {
    schema: 'apidown.postmortem/1',
    id,
    cluster,
    endpoint,
    opened: { at: iso(openedAt), by: nameOf(openedBy) },
    concluded: conclusion === null ? null : { at: iso(conclusion.at), by: nameOf(conclusion.by) },
    began: onset === null ? null : interval(onset.earliestAt, onset.latestAt),
    over: onset?.recovery == null ? null : interval(onset.recovery.earliestAt, onset.recovery.latestAt),
    lastedSeconds: lastedMs === null ? null : lastedMs / 1_000,
    cause: conclusion?.cause == null ? null : { title: conclusion.cause.title, standing: conclusion.cause.standing },
    ownWords: conclusion?.summary ?? '',
    impact: conclusion?.impact ?? '',
    actions: conclusion?.actions ?? [],
    ranked: causes.map(({ title, standing, reasons, against }) => ({ title, standing, reasons, against })),
    timeline: postmortem.moments.map(({ fromAt, toAt, mark, what, who, link }) => ({
      at: interval(fromAt, toAt),
      what: what === '' ? mark : `${mark}: ${what}`,
      who: who === null || typeof who === 'string' ? who : nameOf(who),
      link,
    })),
    ruledOut: postmortem.ruledOut,
    withoutData: postmortem.withoutData,
    did: postmortem.did.map(({ at, by, what }) => ({ at: iso(at), by: nameOf(by), what })),
    markdown: markdownOf(postmortem, { zone, nameOf: (user) => user, cardUrl: null }),
  };
}

function nameOf(actor: Actor): string {
  return actor.kind === 'itself' ? 'apidown' : actor.id;
}

function interval(earliestAt: number, latestAt: number) {
  return { earliest: iso(earliestAt), latest: iso(latestAt) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
