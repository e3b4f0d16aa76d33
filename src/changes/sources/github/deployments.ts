import { z } from 'zod';
import type { Question } from './ask.ts';
import { atOf, dayMs, Login, Time } from './fields.ts';
import { joined, type Looking, missedOf, type Part, readPages } from './part.ts';
import { type Told, withinSecond } from './tell.ts';
import type { Failure } from './trouble.ts';

const Deployment = z.object({
  id: z.number().int(),
  sha: z.string(),
  ref: z.string(),
  task: z.string().nullish(),
  environment: z.string(),
  description: z.string().nullish(),
  creator: Login,
  created_at: Time,
  /** Of a preview, which goes with its pull request. */
  transient_environment: z.boolean().optional(),
});
type Deployment = z.infer<typeof Deployment>;

const Status = z.object({
  state: z.string(),
  created_at: Time,
  creator: Login,
  log_url: z.string().nullish(),
});
type Status = z.infer<typeof Status>;

const asked = { what: 'deployments', permission: 'Deployments' };
const perPage = 100;
const mostPages = 5;

/** Deployments may wait for a person before they begin, and last: those of a day before the stretch are followed. */
const followedMs = dayMs;

export async function readDeployments(looking: Looking): Promise<Part> {
  const { settings, stretch, memory } = looking;
  const followedFromAt = stretch.fromAt - followedMs;
  const pages = await readPages(looking, questionOf(looking), (page) => page, {
    most: mostPages,
    enough: (page) => page.some(({ created_at }) => atOf(created_at) < followedFromAt),
  });
  const followed = pages.items.filter(({ id, created_at, environment, transient_environment }) => {
    const counts = settings.environments.length === 0 || settings.environments.includes(environment);
    const endedAt = memory.overDeployments.get(id) ?? Number.POSITIVE_INFINITY;
    const createdAt = atOf(created_at);
    const canReach = createdAt >= followedFromAt && createdAt <= stretch.toAt && endedAt + 999 >= stretch.fromAt;
    return counts && transient_environment !== true && canReach;
  });
  const parts = await Promise.all(followed.map((deployment) => follow(deployment, looking)));
  return joined(parts, stretch, missedOf(pages, asked, mostPages * perPage, 'ask for a shorter stretch'));
}

function questionOf({ gitHub, settings }: Looking): Question<Deployment[]> {
  const { owner, name: repo } = settings.repository;
  const parameters = { owner, repo, per_page: perPage };
  return { ...asked, url: gitHub.rest.repos.listDeployments.endpoint(parameters).url, schema: z.array(Deployment) };
}

/** What has ended in the last minutes may get another status yet. */
const settledMs = 10 * 60_000;

async function follow(deployment: Deployment, looking: Looking): Promise<Part> {
  const { gitHub, settings, nowAt, memory } = looking;
  const { owner, name: repo } = settings.repository;
  const parameters = { owner, repo, deployment_id: deployment.id, per_page: 100 };
  const question = {
    what: 'statuses of deployments',
    permission: 'Deployments',
    url: gitHub.rest.repos.listDeploymentStatuses.endpoint(parameters).url,
    schema: z.array(Status),
  };
  const { items, failure } = await readPages(looking, question, (page) => page, { most: 3 });
  const failures: readonly Failure[] = failure === null ? [] : [failure];
  const course = courseOf(deployment, items);
  if (course === null) return { told: [], failures };
  if (course.endedAt !== null && course.endedAt < nowAt - settledMs)
    remember(memory.overDeployments, deployment.id, course.endedAt);
  return { told: [toldOf(deployment, course, nowAt)], failures };
}

const mostRemembered = 2_000;

function remember(over: Map<number, number>, id: number, endedAt: number): void {
  over.delete(id);
  over.set(id, endedAt);
  const [oldest] = over.keys();
  if (oldest !== undefined && over.size > mostRemembered) over.delete(oldest);
}

interface Course {
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly state: string;
  readonly by: string | null;
  readonly link: string | null;
}

/** null: it waits for something, and nothing was done yet. Without any status nobody tells how it went. */
function courseOf({ created_at, creator }: Deployment, statuses: readonly Status[]): Course | null {
  const inOrder = statuses.toSorted((a, b) => atOf(a.created_at) - atOf(b.created_at));
  const createdAt = atOf(created_at);
  if (inOrder.length === 0) {
    return { startedAt: createdAt, endedAt: createdAt, state: 'no status', by: creator?.login ?? null, link: null };
  }
  const begun = inOrder.find(({ state }) => state === 'in_progress');
  const ended = inOrder.find(({ state }) => final.includes(state));
  const last = begun ?? ended;
  if (last === undefined) return null;
  return {
    startedAt: begun === undefined ? createdAt : atOf(begun.created_at),
    endedAt: ended === undefined ? null : atOf(ended.created_at),
    state: ended?.state ?? 'in progress',
    by: creator?.login ?? last.creator?.login ?? null,
    link: inOrder.findLast(({ log_url }) => log_url != null && log_url !== '')?.log_url ?? null,
  };
}

const final: readonly string[] = ['success', 'failure', 'error', 'inactive'];

function toldOf(deployment: Deployment, course: Course, nowAt: number): Told {
  const { id, sha, ref, environment, description, task } = deployment;
  const commit = sha.slice(0, 7);
  const what = ref === sha ? commit : `${ref} (${commit})`;
  return {
    key: `deployment:${id}`,
    category: 'maintenance',
    ...withinSecond(course.startedAt),
    untilAt: Math.max(course.startedAt, course.endedAt ?? nowAt),
    actor: course.by,
    action: 'start',
    kind: 'deployment',
    name: ` ${environment} ${id}`,
    summary: `Deployment of ${what} to ${environment}: ${course.state}`,
    diff: [
      ...(description == null || description === '' ? [] : [description]),
      ...(task == null || task === 'deploy' ? [] : [`task ${task}`]),
    ],
    link: course.link,
  };
}
