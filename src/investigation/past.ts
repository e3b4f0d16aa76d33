import { z } from 'zod';
import { Standing } from '../words/diagnosis.ts';
import { Actor } from '../words/person.ts';
import { leadingCause, leadingOnset } from './leading.ts';
import type { Investigation } from './state.ts';

const Interval = z.object({ earliestAt: z.number(), latestAt: z.number() });

/** An investigation in a few words, for whoever looks for it later. Times are epoch ms. */
export const Past = z.object({
  id: z.string(),
  cluster: z.string(),
  openedAt: z.number(),
  openedBy: Actor,
  /** null: opened at an onset, and nobody asked for it; or at a terminal. */
  channel: z.string().nullable(),
  /** null: it is open. */
  concluded: z.object({ at: z.number(), by: Actor }).nullable(),
  /** What was chosen at the conclusion; else what leads. */
  cause: z.object({ title: z.string(), standing: Standing }).nullable(),
  /** In the words of who concluded it; may be empty. */
  summary: z.string(),
  impact: z.string(),
  actions: z.array(z.string()),
  onset: Interval.nullable(),
  recovery: Interval.nullable(),
  issueUrl: z.string().nullable(),
});
export type Past = z.infer<typeof Past>;

export function pastOf(investigation: Investigation): Past {
  const { id, cluster, openedAt, openedBy, room, conclusion, issue } = investigation;
  const onset = leadingOnset(investigation);
  const leads = leadingCause(investigation)?.cause ?? null;
  const cause = conclusion?.cause ?? leads;
  return {
    id,
    cluster,
    openedAt,
    openedBy,
    channel: room?.channel ?? null,
    concluded: conclusion === null ? null : { at: conclusion.at, by: conclusion.by },
    cause: cause === null ? null : { title: cause.title, standing: cause.standing },
    summary: conclusion?.summary ?? '',
    impact: conclusion?.impact ?? '',
    actions: [...(conclusion?.actions ?? [])],
    onset: onset === null ? null : { earliestAt: onset.earliestAt, latestAt: onset.latestAt },
    recovery: onset?.recovery ?? null,
    issueUrl: issue?.kind === 'opened' ? issue.url : null,
  };
}

/** What is searched: small letters alone. */
export function searchedWords({ id, cause, summary, impact, actions }: Past): string {
  return [id, cause?.title ?? '', summary, impact, ...actions].join('\n').toLowerCase();
}
