import { z } from 'zod';
import type { Question } from './ask.ts';
import { atOf, Login, Time } from './fields.ts';
import { failedPart, joined, type Looking, missedOf, type Part, readPages } from './part.ts';
import { categoriesOf, filesMatter } from './paths.ts';
import { quoted, type Told, withinSecond } from './tell.ts';

const Pull = z.object({
  number: z.number().int(),
  title: z.string(),
  html_url: z.string(),
  user: Login,
  updated_at: Time,
  merged_at: Time.nullish(),
  merge_commit_sha: z.string().nullish(),
});
type Pull = z.infer<typeof Pull>;

const File = z.object({ filename: z.string(), previous_filename: z.string().optional() });

const asked = { what: 'pull requests', permission: 'Pull requests' };
const perPage = 50;
const mostPages = 20;
const mostFilePages = 3;

/** Pull requests that were merged into the branch, the last updated first: what was merged was updated then or later. */
export async function readPulls(looking: Looking): Promise<Part & { readonly commits: ReadonlySet<string> }> {
  const { stretch } = looking;
  const branch = await looking.branch();
  if (branch.kind === 'failed') return { ...failedPart(branch.failure), commits: new Set() };
  const pages = await readPages(looking, questionOf(looking, branch.value), (page) => page, {
    most: mostPages,
    enough: (page) => page.some(({ updated_at }) => atOf(updated_at) < stretch.fromAt),
  });
  const merged = pages.items.filter(({ merged_at }) => merged_at != null);
  const within = [...new Map(merged.map((pull) => [pull.number, pull])).values()].filter(
    ({ merged_at }) => merged_at != null && atOf(merged_at) + 999 >= stretch.fromAt && atOf(merged_at) <= stretch.toAt,
  );
  const parts = await Promise.all(within.map((pull) => toldOf(pull, branch.value, looking)));
  return {
    ...joined(parts, stretch, missedOf(pages, asked, mostPages * perPage, 'ask for a shorter stretch')),
    commits: new Set(merged.flatMap(({ merge_commit_sha }) => merge_commit_sha ?? [])),
  };
}

function questionOf({ gitHub, settings }: Looking, base: string): Question<Pull[]> {
  const { owner, name: repo } = settings.repository;
  const parameters = {
    owner,
    repo,
    base,
    state: 'closed',
    sort: 'updated',
    direction: 'desc',
    per_page: perPage,
  } as const;
  return { ...asked, url: gitHub.rest.pulls.list.endpoint(parameters).url, schema: z.array(Pull) };
}

async function toldOf(pull: Pull, branch: string, looking: Looking): Promise<Part> {
  const { settings } = looking;
  const mergedAt = atOf(pull.merged_at ?? pull.updated_at);
  const { files, whole, failures } = filesMatter(settings)
    ? await filesOf(pull, looking)
    : { files: [], whole: false, failures: [] };
  const found = categoriesOf(files, settings);
  // Among those that are not known there may be one that counts.
  const categories = found.length === 0 && !whole ? (['maintenance'] as const) : found;
  const told = categories.map(
    (category): Told => ({
      key: category === 'maintenance' ? `pull:${pull.number}` : `pull:${pull.number}:${category}`,
      category,
      ...withinSecond(mergedAt),
      actor: pull.user?.login ?? null,
      action: 'update',
      kind: 'pull request',
      name: `#${pull.number}`,
      summary: `Pull request #${pull.number} ${quoted(pull.title)} was merged into ${branch}`,
      diff: touched(files),
      link: pull.html_url,
    }),
  );
  return { told, failures };
}

async function filesOf(pull: Pull, looking: Looking) {
  const { gitHub, settings } = looking;
  const { owner, name: repo } = settings.repository;
  const parameters = { owner, repo, pull_number: pull.number, per_page: 100 };
  const question = {
    what: 'files of pull requests',
    permission: 'Pull requests',
    url: gitHub.rest.pulls.listFiles.endpoint(parameters).url,
    schema: z.array(File),
  };
  const { items, more, failure } = await readPages(looking, question, (page) => page, { most: mostFilePages });
  return { files: namesOf(items), whole: !more, failures: failure === null ? [] : [failure] };
}

/** What was moved was at both places. */
export function namesOf(files: readonly z.infer<typeof File>[]): readonly string[] {
  return files.flatMap(({ filename, previous_filename }) =>
    previous_filename === undefined ? [filename] : [filename, previous_filename],
  );
}

const mostNamed = 20;

export function touched(files: readonly string[]): readonly string[] {
  const named = files.slice(0, mostNamed).map((file) => `touches ${file}`);
  return files.length > mostNamed ? [...named, `and ${files.length - mostNamed} more files`] : named;
}
