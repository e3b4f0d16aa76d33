import type { Stretch } from '../source.ts';
import type { Answer, GitHub, Question } from './ask.ts';
import type { GitHubSettings } from './settings.ts';
import type { Told } from './tell.ts';
import { type Asked, type Failure, tooMany } from './trouble.ts';

/** What one kind of thing is read with. */
export interface Looking {
  readonly gitHub: GitHub;
  readonly settings: GitHubSettings;
  readonly stretch: Stretch;
  readonly nowAt: number;
  /** The branch that counts. Asked once, however often it is called. */
  branch(): Promise<Answer<string>>;
  readonly memory: Memory;
  readonly signal: AbortSignal;
}

/** What is kept from look to look; what is told without it is true as well. */
export interface Memory {
  /** Deployments that are over, by their id, with when they ended. Epoch ms. */
  readonly overDeployments: Map<number, number>;
  /** This server does not list a repository's activity. */
  withoutActivity: boolean;
  /** What was told of issues, by their number. */
  readonly toldIssues: Map<number, readonly Told[]>;
}

/** What one kind of thing told. */
export interface Part {
  readonly told: readonly Told[];
  /** Unless it is empty, more may have happened than was told. */
  readonly failures: readonly Failure[];
}

export function failedPart(...failures: readonly Failure[]): Part {
  return { told: [], failures };
}

interface Pages<T> {
  readonly items: readonly T[];
  /** There are more, which were not read. */
  readonly more: boolean;
  readonly failure: Failure | null;
}

/**
 * Page after page, at most `most`.
 * @param enough whether what is behind this page need not be read
 */
export async function readPages<P, T>(
  { gitHub, signal }: Pick<Looking, 'gitHub' | 'signal'>,
  question: Question<P>,
  itemsOf: (page: P) => readonly T[],
  { most, enough = () => false }: { readonly most: number; readonly enough?: (items: readonly T[]) => boolean },
): Promise<Pages<T>> {
  const items: T[] = [];
  let url: string | null = question.url;
  for (let read = 0; url !== null; read += 1) {
    if (read === most) return { items, more: true, failure: null };
    const answer: Answer<{ value: P; next: string | null }> = await gitHub.get({ ...question, url }, signal);
    if (answer.kind === 'failed') return { items, more: true, failure: answer.failure };
    const page = itemsOf(answer.value.value);
    items.push(...page);
    if (enough(page)) break;
    url = answer.value.next;
  }
  return { items, more: false, failure: null };
}

/** Why more may stand in a list than was read of it. @param read how many are read at most */
export function missedOf(
  { more, failure }: Pages<unknown>,
  asked: Asked,
  read: number,
  advice: string,
): readonly Failure[] {
  if (failure !== null) return [failure];
  return more ? [tooMany(asked, read, advice)] : [];
}

/** What each of a list told of a stretch, and why more may have happened. @param missed of the list itself */
export function joined(parts: readonly Part[], stretch: Stretch, missed: readonly Failure[]): Part {
  return {
    told: parts.flatMap(({ told }) => told).filter((one) => reaches(one, stretch)),
    failures: [...missed, ...parts.flatMap(({ failures }) => failures)],
  };
}

/** Can it have happened within, or does what it began last into it? */
export function reaches({ earliestAt, latestAt, untilAt }: Told, { fromAt, toAt }: Stretch): boolean {
  return earliestAt <= toAt && Math.max(latestAt, untilAt ?? latestAt) >= fromAt;
}
