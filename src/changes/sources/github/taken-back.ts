import { z } from 'zod';
import { type Looking, type Part, reaches } from './part.ts';
import type { Told } from './tell.ts';
import type { Failure } from './trouble.ts';

const Issue = z.object({
  html_url: z.string(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
});

/** Of a repository with more, those that were told the longest ago are not followed. */
const mostFollowed = 500;

/**
 * What was told by an earlier look and is not so any more: issues lose their labels, are deleted, and their windows are
 * moved. Told again by the same key, so that it replaces what was told. A restart of the bot forgets what was told.
 * @param listed what every issue that was found says now, wherever it lies
 * @param labels those that issues count by
 */
export async function takeBack(
  looking: Looking,
  listed: ReadonlyMap<number, readonly Told[]>,
  labels: ReadonlySet<string>,
): Promise<Part> {
  const { stretch, memory } = looking;
  const failures: Failure[] = [];
  const told: Told[] = [];
  for (const [number, before] of [...memory.toldIssues]) {
    const now = listed.get(number);
    if (now === undefined) {
      const fate = await fateOf(number, before, labels, looking);
      if (fate.kind === 'failed') failures.push(fate.failure);
      else memory.toldIssues.delete(number);
      if (fate.kind === 'withdrawn') told.push(...before.map((one) => withdrawn(one, fate.why)));
      continue;
    }
    const isIn = (all: readonly Told[], { key }: Told) => all.some((one) => one.key === key);
    told.push(...now.filter((one) => isIn(before, one) && !reaches(one, stretch)));
    told.push(
      ...before.filter((one) => !isIn(now, one)).map((one) => withdrawn(one, 'Its issue says otherwise by now.')),
    );
  }
  for (const [number, now] of listed) {
    if (memory.toldIssues.has(number) || now.some((one) => reaches(one, stretch))) memory.toldIssues.set(number, now);
  }
  for (const number of [...memory.toldIssues.keys()].slice(0, -mostFollowed)) memory.toldIssues.delete(number);
  return { told, failures };
}

type Fate =
  | { readonly kind: 'withdrawn'; readonly why: string }
  /** Closed, and listed no more because that was long before the stretch. */
  | { readonly kind: 'stands' }
  | { readonly kind: 'failed'; readonly failure: Failure };

async function fateOf(
  number: number,
  before: readonly Told[],
  labels: ReadonlySet<string>,
  { gitHub, settings, signal }: Looking,
): Promise<Fate> {
  const { owner, name: repo } = settings.repository;
  const { url } = gitHub.rest.issues.get.endpoint({ owner, repo, issue_number: number });
  const answer = await gitHub.get({ what: 'issues', permission: 'Issues', url, schema: Issue }, signal);
  // That issues may be read was seen by their lists.
  if (answer.kind === 'failed' && answer.failure.kind === 'gone') {
    return { kind: 'withdrawn', why: 'Its issue was deleted.' };
  }
  if (answer.kind === 'failed') return answer;
  const { html_url, labels: carried } = answer.value.value;
  if (!before.some(({ link }) => link === html_url)) {
    return { kind: 'withdrawn', why: 'Its issue was moved to another repository.' };
  }
  const names = carried.map((label) => (typeof label === 'string' ? label : label.name));
  const counts = names.some((name) => name != null && labels.has(name.toLowerCase()));
  return counts
    ? { kind: 'stands' }
    : { kind: 'withdrawn', why: 'Its issue carries no label any more that it counts by.' };
}

function withdrawn(told: Told, why: string): Told {
  return {
    ...told,
    action: 'update',
    summary: `Taken back: ${told.summary}`,
    diff: [why],
    effect: { kind: 'judged', verdict: 'none', words: why },
  };
}
