import { z } from 'zod';
import type { Question } from './ask.ts';
import { titleOf } from './commits.ts';
import { atOf, dayMs, Login, roundedDown, Time, textUpTo } from './fields.ts';
import { joined, type Looking, missedOf, type Part, readPages } from './part.ts';
import { categoriesOf, filesMatter, folderOf } from './paths.ts';
import { namesOf, touched } from './pulls.ts';
import { quoted, type Told, withinSecond } from './tell.ts';

const Commit = z.object({
  sha: z.string(),
  html_url: z.string(),
  author: Login,
  commit: z.object({
    message: textUpTo(1_000),
    author: z.object({ name: z.string().optional() }).nullish(),
    committer: z.object({ date: Time.optional() }).nullish(),
  }),
});
type Commit = z.infer<typeof Commit>;

const WithFiles = z.object({
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});

const asked = { what: 'commits', permission: 'Contents' };
const perPage = 100;
const mostPages = 10;

/** Commits on the branch in each folder that counts, by their own dates: when they came to the branch is not told here. */
export async function readCommitsByPath(looking: Looking, branch: string): Promise<Part> {
  const { settings, stretch } = looking;
  const folders = new Set(settings.paths.map(folderOf));
  // Everything is in the root.
  const asking = folders.size === 0 || folders.has('') ? [''] : [...folders];
  const lists = await Promise.all(
    asking.map((path) => readPages(looking, questionOf(looking, branch, path), (page) => page, { most: mostPages })),
  );
  const commits = new Map(lists.flatMap(({ items }) => items).map((commit) => [commit.sha, commit]));
  const within = [...commits.values()].filter((commit) => {
    const at = madeAt(commit);
    return at !== null && at + 999 >= stretch.fromAt && at <= stretch.toAt;
  });
  const parts = await Promise.all(within.map((commit) => partOf(commit, branch, looking)));
  const advice = 'ask for a shorter stretch, or name fewer paths';
  const missed = lists.flatMap((pages) => missedOf(pages, asked, mostPages * perPage, advice));
  return joined(parts, stretch, missed);
}

function questionOf({ gitHub, settings, stretch }: Looking, sha: string, path: string): Question<Commit[]> {
  const { owner, name: repo } = settings.repository;
  const since = roundedDown(stretch.fromAt, dayMs);
  const parameters = { owner, repo, sha, since, per_page: perPage, ...(path === '' ? {} : { path }) };
  return { ...asked, url: gitHub.rest.repos.listCommits.endpoint(parameters).url, schema: z.array(Commit) };
}

function madeAt({ commit }: Commit): number | null {
  return commit.committer?.date === undefined ? null : atOf(commit.committer.date);
}

async function partOf(commit: Commit, branch: string, looking: Looking): Promise<Part> {
  const { gitHub, settings, signal } = looking;
  if (!filesMatter(settings)) return { told: [toldOf(commit, branch, 'maintenance', [])], failures: [] };
  const { owner, name: repo } = settings.repository;
  const url = gitHub.rest.repos.getCommit.endpoint({ owner, repo, ref: commit.sha }).url;
  const answer = await gitHub.get({ ...asked, url, schema: WithFiles }, signal);
  if (answer.kind === 'failed') {
    return { told: [toldOf(commit, branch, 'maintenance', [])], failures: [answer.failure] };
  }
  const files = namesOf(answer.value.value.files ?? []);
  return {
    told: categoriesOf(files, settings).map((category) => toldOf(commit, branch, category, files)),
    failures: [],
  };
}

function toldOf(commit: Commit, branch: string, category: Told['category'], files: readonly string[]): Told {
  const { sha } = commit;
  return {
    key: category === 'maintenance' ? `commit:${sha}` : `commit:${sha}:${category}`,
    category,
    ...withinSecond(madeAt(commit) ?? 0),
    actor: commit.author?.login ?? commit.commit.author?.name ?? null,
    action: 'update',
    kind: 'commit',
    name: `@${sha.slice(0, 7)}`,
    commit: sha,
    summary: `Commit ${sha.slice(0, 7)} ${quoted(titleOf(commit.commit.message))} on ${branch}`,
    diff: [`Its time is when it was made: it may have come to ${branch} later.`, ...touched(files)],
    link: commit.html_url,
  };
}
