import { z } from 'zod';
import type { Question } from './ask.ts';
import { atOf, hourMs, Login, roundedDown, Time } from './fields.ts';
import { failedPart, type Looking, missedOf, type Part, reaches, readPages } from './part.ts';
import { categoriesOf, matches } from './paths.ts';
import { quoted, type Told, withinSecond } from './tell.ts';

const Run = z.object({
  id: z.number().int(),
  name: z.string().nullish(),
  path: z.string(),
  display_title: z.string().nullish(),
  run_number: z.number().int(),
  run_attempt: z.number().int().nullish(),
  event: z.string(),
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
  html_url: z.string(),
  created_at: Time,
  run_started_at: Time.nullish(),
  updated_at: Time,
  actor: Login,
});
type Run = z.infer<typeof Run>;
const Runs = z.object({ workflow_runs: z.array(Run) });

const asked = { what: 'workflow runs', permission: 'Actions' };
const perPage = 100;

/** GitHub tells at most 1000 that match. */
const mostPages = 10;

/** The longest that a job on GitHub's own runners lasts: what began before the stretch may reach into it. */
const longestJobMs = 6 * hourMs;

/** Runs on the branch, save those that only test what is not merged. */
export async function readRuns(looking: Looking): Promise<Part> {
  const branch = await looking.branch();
  if (branch.kind === 'failed') return failedPart(branch.failure);
  const pages = await readPages(looking, questionOf(looking, branch.value), (page) => page.workflow_runs, {
    most: mostPages,
  });
  const told = pages.items.flatMap((run) => toldOf(run, branch.value, looking));
  return {
    told: told.filter((one) => reaches(one, looking.stretch)),
    failures: missedOf(pages, asked, mostPages * perPage, 'ask for a shorter stretch'),
  };
}

function questionOf({ gitHub, settings, stretch }: Looking, branch: string): Question<z.infer<typeof Runs>> {
  const { owner, name: repo } = settings.repository;
  const created = `>=${roundedDown(stretch.fromAt - longestJobMs, hourMs)}`;
  const parameters = { owner, repo, branch, created, exclude_pull_requests: true, per_page: perPage };
  return { ...asked, url: gitHub.rest.actions.listWorkflowRunsForRepo.endpoint(parameters).url, schema: Runs };
}

const notBegun: readonly string[] = ['queued', 'requested', 'waiting', 'pending'];

function toldOf(run: Run, branch: string, { settings, nowAt }: Looking): readonly Told[] {
  const [file = ''] = run.path.split('@');
  const name = run.name ?? file;
  if (run.event.startsWith('pull_request') || notBegun.includes(run.status ?? '') || run.conclusion === 'skipped')
    return [];
  if (
    settings.workflows.length > 0 &&
    ![file, file.split('/').at(-1) ?? '', name].some((one) => matches(one, settings.workflows))
  ) {
    return [];
  }
  const startAt = atOf(run.run_started_at ?? run.created_at);
  const isOver = run.status === 'completed';
  const attempt = (run.run_attempt ?? 1) > 1 ? `, attempt ${run.run_attempt}` : '';
  const outcome = isOver ? (run.conclusion ?? 'completed') : 'still running';
  // Which files it works on is not told: its own stands for them.
  return categoriesOf([file], { ...settings, paths: [] }).map((category) => ({
    key: `run:${run.id}:${run.run_attempt ?? 1}`,
    category,
    ...withinSecond(startAt),
    untilAt: Math.max(startAt, isOver ? atOf(run.updated_at) : nowAt),
    actor: run.actor?.login ?? null,
    action: 'start',
    kind: 'workflow run',
    name: ` ${name} ${run.run_number}`,
    summary: `Workflow ${quoted(name)} run ${run.run_number}${attempt} on ${branch}: ${outcome}`,
    diff: [...(run.display_title == null ? [] : [`run of ${quoted(run.display_title)}`]), `started by ${run.event}`],
    link: run.html_url,
  }));
}
