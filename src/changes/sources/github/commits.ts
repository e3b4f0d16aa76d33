import { z } from 'zod';
import type { Answer, Page, Question } from './ask.ts';
import { readCommitsByPath } from './commits-by-path.ts';
import { atOf, Login, Time, textUpTo } from './fields.ts';
import { failedPart, joined, type Looking, missedOf, type Part, readPages } from './part.ts';
import { categoriesOf } from './paths.ts';
import { namesOf, touched } from './pulls.ts';
import { plain, quoted, type Told, withinSecond } from './tell.ts';

const Activity = z.object({
  id: z.number().int(),
  before: z.string(),
  after: z.string(),
  timestamp: Time,
  activity_type: z.string(),
  actor: Login,
});
type Activity = z.infer<typeof Activity>;

const Comparison = z.object({
  html_url: z.string(),
  total_commits: z.number().int(),
  commits: z.array(z.object({ sha: z.string(), commit: z.object({ message: textUpTo(1_000) }) })),
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});
type Comparison = z.infer<typeof Comparison>;

const asked = { what: 'pushes', permission: 'Contents' };
const perPage = 100;
const mostPages = 10;

/** As many as a comparison tells. */
const mostFiles = 300;

/**
 * What was pushed to the branch, by the repository's activity: a commit's own date is when it was made, often days before
 * it came to the branch. Where there is no such list (older Enterprise servers), commits by path.
 */
export async function readCommits(looking: Looking): Promise<Part> {
  const branch = await looking.branch();
  if (branch.kind === 'failed') return failedPart(branch.failure);
  if (looking.memory.withoutActivity) return readCommitsByPath(looking, branch.value);
  const { stretch } = looking;
  const pages = await readPages(looking, questionOf(looking, branch.value), (page) => page, {
    most: mostPages,
    enough: (page) => page.some(({ timestamp }) => atOf(timestamp) < stretch.fromAt),
  });
  const { items, failure } = pages;
  if (failure?.kind === 'gone' || failure?.kind === 'refused') {
    looking.memory.withoutActivity = failure.kind === 'gone';
    return readCommitsByPath(looking, branch.value);
  }
  const pushes = items.filter(
    ({ activity_type, timestamp }) =>
      counted(looking).includes(activity_type) &&
      atOf(timestamp) + 999 >= stretch.fromAt &&
      atOf(timestamp) <= stretch.toAt,
  );
  const parts = await Promise.all(pushes.map((push) => partOf(push, branch.value, looking)));
  return joined(parts, stretch, missedOf(pages, asked, mostPages * perPage, 'ask for a shorter stretch'));
}

function questionOf({ gitHub, settings }: Looking, branch: string): Question<Activity[]> {
  const { owner, name: repo } = settings.repository;
  const parameters = { owner, repo, ref: `refs/heads/${branch}`, per_page: perPage };
  return { ...asked, url: gitHub.rest.repos.listActivities.endpoint(parameters).url, schema: z.array(Activity) };
}

/** What came by a pull request is told as one. */
function counted({ settings }: Looking): readonly string[] {
  const merges = settings.read.includes('pulls') ? [] : ['pr_merge', 'merge_queue_merge'];
  return ['push', 'force_push', ...merges];
}

async function partOf(push: Activity, branch: string, looking: Looking): Promise<Part> {
  const answer = await comparisonOf(push, looking);
  if (answer.kind === 'failed') {
    // It happened, whatever it was.
    const told = toldOf({ push, branch, category: 'maintenance', comparison: null });
    // What was overwritten by force can be gone for good.
    return { told: [told], failures: answer.failure.kind === 'gone' ? [] : [answer.failure] };
  }
  const comparison = answer.value.value;
  const files = namesOf(comparison.files ?? []);
  const found = categoriesOf(files, looking.settings);
  const isCut = (comparison.files?.length ?? mostFiles) >= mostFiles;
  const categories = found.length === 0 && isCut ? (['maintenance'] as const) : found;
  return { told: categories.map((category) => toldOf({ push, branch, category, comparison })), failures: [] };
}

function comparisonOf({ before, after }: Activity, looking: Looking): Promise<Answer<Page<Comparison>>> {
  const { gitHub, settings, signal } = looking;
  const { owner, name: repo } = settings.repository;
  const parameters = { owner, repo, basehead: `${before}...${after}`, per_page: 100 };
  const url = gitHub.rest.repos.compareCommitsWithBasehead.endpoint(parameters).url;
  return gitHub.get({ what: 'comparisons of commits', permission: 'Contents', url, schema: Comparison }, signal);
}

const mostCommits = 10;

function toldOf(known: {
  readonly push: Activity;
  readonly branch: string;
  readonly category: Told['category'];
  readonly comparison: Comparison | null;
}): Told {
  const { push, branch, category, comparison } = known;
  const commits = comparison?.commits ?? [];
  const count = comparison?.total_commits ?? 0;
  const titles = commits.map(({ sha, commit }) => `${sha.slice(0, 7)} ${titleOf(commit.message)}`).toReversed();
  const newest = commits.at(-1);
  const what = count === 0 ? '' : count === 1 ? ' a commit' : ` ${count} commits`;
  const title = newest === undefined ? '' : `: ${quoted(titleOf(newest.commit.message))}`;
  const more = count > 1 ? ` and ${count - 1} more` : '';
  const verb = push.activity_type === 'force_push' ? 'force-pushed' : 'pushed';
  return {
    key: category === 'maintenance' ? `push:${push.id}` : `push:${push.id}:${category}`,
    category,
    ...withinSecond(atOf(push.timestamp)),
    actor: push.actor?.login ?? null,
    action: 'update',
    kind: 'push',
    name: `@${push.after.slice(0, 7)}`,
    commit: push.after,
    summary: `${push.actor?.login ?? 'Somebody'} ${verb}${what} to ${branch}${title}${more}`,
    diff: [
      ...titles.slice(0, mostCommits),
      ...(count > mostCommits ? [`and ${count - mostCommits} more commits`] : []),
      ...touched(namesOf(comparison?.files ?? [])),
    ],
    link: comparison?.html_url ?? null,
  };
}

export function titleOf(message: string): string {
  return plain(message.split('\n', 1)[0] ?? '', 200);
}
