import { z } from 'zod';
import type { ChangeEffect } from '../../../words/change.ts';
import type { Question } from './ask.ts';
import { atOf, dayMs, Login, roundedDown, Time, textUpTo } from './fields.ts';
import { type Looking, missedOf, type Part, reaches, readPages } from './part.ts';
import { readWindow, type WrittenWindow } from './read-window.ts';
import type { GitHubSettings } from './settings.ts';
import { takeBack } from './taken-back.ts';
import { quoted, type Told, utc, withinSecond } from './tell.ts';

const Issue = z.object({
  number: z.number().int(),
  title: z.string(),
  body: textUpTo(20_000).nullish(),
  html_url: z.string(),
  user: Login,
  created_at: Time,
  closed_at: Time.nullish(),
  /** A pull request is an issue too. */
  pull_request: z.object({}).nullish(),
});
type Issue = z.infer<typeof Issue>;

type Kind = 'maintenance' | 'planned change';

const mostPages = 10;
const perPage = 100;

/**
 * Maintenance windows and planned changes. Open ones are asked for without `since`, which means "updated since": a window
 * may have been announced long ago. Closed ones with it: what was closed before the stretch was over by then.
 */
export async function readIssues(looking: Looking): Promise<Part> {
  const { settings, stretch, nowAt } = looking;
  const kinds = new Map<string, Kind>([
    ...settings.planned.labels.map((label) => [label, 'planned change'] as const),
    ...settings.maintenance.labels.map((label) => [label, 'maintenance'] as const),
  ]);
  const lists = await Promise.all(
    [...kinds].flatMap(([label, kind]) =>
      (['open', 'closed'] as const).map(async (state) => ({
        kind,
        label,
        ...(await readPages(looking, questionOf(looking, label, state), (page) => page, { most: mostPages })),
      })),
    ),
  );
  const failures = lists.flatMap((list) => {
    const advice = `name labels that fewer issues carry than "${list.label}", or close what is done`;
    return missedOf(list, asked, mostPages * perPage, advice);
  });
  // One that carries labels of both is a maintenance; one that was closed in between is told as closed.
  const byNumber = new Map<number, { issue: Issue; kind: Kind }>();
  for (const { items, kind } of lists) {
    for (const issue of items) {
      if (issue.pull_request != null) continue;
      const known = byNumber.get(issue.number);
      byNumber.set(issue.number, {
        issue: known?.issue.closed_at == null ? issue : known.issue,
        kind: known?.kind === 'maintenance' ? known.kind : kind,
      });
    }
  }
  const listed = new Map(
    [...byNumber].map(([number, { issue, kind }]) => [number, toldOf(issue, kind, settings, nowAt)] as const),
  );
  const told = [...listed.values()].flat().filter((one) => reaches(one, stretch));
  // Of what is not listed nothing is known unless all lists are whole.
  if (failures.length > 0) return { told, failures };
  const labels = new Set([...kinds.keys()].map((label) => label.toLowerCase()));
  const takenBack = await takeBack(looking, listed, labels);
  return { told: [...told, ...takenBack.told], failures: takenBack.failures };
}

const asked = { what: 'issues', permission: 'Issues' };

function questionOf(
  { gitHub, settings, stretch }: Looking,
  labels: string,
  state: 'open' | 'closed',
): Question<Issue[]> {
  const { owner, name: repo } = settings.repository;
  const since = state === 'open' ? {} : { since: roundedDown(stretch.fromAt, dayMs) };
  // What is new or changed comes first, so that a first page that is the same means that all of them are.
  const parameters = {
    owner,
    repo,
    labels,
    state,
    sort: 'updated',
    direction: 'desc',
    per_page: perPage,
    ...since,
  } as const;
  return { ...asked, url: gitHub.rest.issues.listForRepo.endpoint(parameters).url, schema: z.array(Issue) };
}

/** How long work counts that says nothing of its end: an issue that nobody closes is no work that goes on for weeks. */
const longestUntoldMs = dayMs;

function toldOf(issue: Issue, kind: Kind, settings: GitHubSettings, nowAt: number): readonly Told[] {
  const written = readWindow(issue.body ?? '', settings.form, settings.timeZone);
  const closedAt = issue.closed_at == null ? null : atOf(issue.closed_at);
  const named = settings.clusters.filter((cluster) =>
    written.clusters.some((name) => name.toLowerCase() === cluster.toLowerCase()),
  );
  const base = {
    key: `issue:${issue.number}`,
    category: 'maintenance',
    actor: issue.user?.login ?? null,
    kind,
    name: `#${issue.number}`,
    link: issue.html_url,
    ...(named.length === 0 ? {} : { clusters: named }),
  } as const;
  const title = `${kind === 'maintenance' ? 'Maintenance' : 'Planned change'} #${issue.number} ${quoted(issue.title)}`;
  const { startAt, endAt } = written;
  if (startAt === null) return withoutStart({ base, title, issue, written, closedAt, nowAt });
  if (closedAt !== null && closedAt < startAt) return [calledOff({ base, title, written, closedAt, startAt })];

  const untold = Math.min(closedAt ?? Math.max(nowAt, startAt), startAt + longestUntoldMs);
  const untilAt = endAt === null ? untold : Math.min(endAt, closedAt ?? endAt);
  return [
    {
      ...base,
      earliestAt: startAt,
      latestAt: startAt,
      untilAt,
      action: 'start',
      summary: `${title}, ${endAt === null ? `from ${utc(startAt)}` : `${utc(startAt)} to ${utc(endAt)}`}${closedEarly(untilAt, endAt)}`,
      diff: [...expectedWords(written), ...endWords(endAt, closedAt, nowAt), ...written.notes],
    },
  ];
}

interface Case {
  readonly base: Pick<Told, 'key' | 'category' | 'actor' | 'kind' | 'name' | 'link' | 'clusters'>;
  readonly title: string;
  readonly written: WrittenWindow;
}

/** All that is known then: it was done at some time between when the issue was opened and when it was closed. */
function withoutStart({
  base,
  title,
  issue,
  written,
  closedAt,
  nowAt,
}: Case & { issue: Issue; closedAt: number | null; nowAt: number }): readonly Told[] {
  const openedAt = atOf(issue.created_at);
  const lastAt = Math.min(closedAt ?? Math.max(nowAt, openedAt), openedAt + longestUntoldMs);
  const latestAt = Math.max(
    openedAt,
    written.endAt === null ? lastAt : Math.min(written.endAt, closedAt ?? written.endAt),
  );
  const why =
    written.notes.length === 0 ? 'It does not say when the work begins' : "When the work begins can't be read from it";
  const until = written.endAt === null ? 'it was closed, for a day at most' : 'its end';
  const words = `${why}: anything from when it was opened until ${until} counts.`;
  const opened: Told = {
    ...base,
    earliestAt: openedAt,
    latestAt,
    action: 'update',
    summary: `${title}, at an unknown time after ${utc(openedAt)}`,
    diff: [words, ...expectedWords(written), ...written.notes],
    effect: unknownEffect(words),
  };
  if (closedAt === null || closedAt <= latestAt) return [opened];
  const closing = 'It was closed then, which is often when the work is done; it does not say when it began.';
  const closed: Told = {
    ...base,
    ...withinSecond(closedAt),
    key: `${base.key}:closed`,
    action: 'update',
    summary: `${title} was closed`,
    diff: [closing, ...expectedWords(written), ...written.notes],
    effect: unknownEffect(closing),
  };
  return [opened, closed];
}

function calledOff({ base, title, written, closedAt, startAt }: Case & { closedAt: number; startAt: number }): Told {
  const words = `It was closed before it began: planned for ${utc(startAt)}, closed at ${utc(closedAt)}.`;
  return {
    ...base,
    ...withinSecond(closedAt),
    action: 'update',
    summary: `${title} was called off`,
    diff: [words, ...written.notes],
    effect: { kind: 'judged', verdict: 'none', words },
  };
}

function unknownEffect(words: string): ChangeEffect {
  return { kind: 'judged', verdict: 'unknown', words };
}

function closedEarly(untilAt: number, endAt: number | null): string {
  return endAt !== null && untilAt < endAt ? `, closed at ${utc(untilAt)}` : '';
}

function endWords(endAt: number | null, closedAt: number | null, nowAt: number): readonly string[] {
  if (endAt === null) return ['It gives no end that can be read: it counts until it was closed, for a day at most.'];
  if (closedAt === null) return nowAt > endAt ? ['It is still open after its end: the work may go on.'] : [];
  if (closedAt <= endAt) return closedAt < endAt ? [`It was closed before its end, at ${utc(closedAt)}.`] : [];
  return [`It was closed after its end, at ${utc(closedAt)}: the work may have gone on until then.`];
}

function expectedWords({ expected }: WrittenWindow): readonly string[] {
  return expected.length === 0 ? [] : [`Its author expects: ${expected.join(', ')}.`];
}
