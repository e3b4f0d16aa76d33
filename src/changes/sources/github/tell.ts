import type { Change, ChangeAction, ChangeCategory, ChangeEffect } from '../../../words/change.ts';
import type { GitHubSettings } from './settings.ts';

/** What GitHub told of one thing, before it is put into the bounds of a change. */
export interface Told {
  /** What makes it the same thing when it is told again, such as `pull:12`. */
  readonly key: string;
  readonly category: ChangeCategory;
  readonly earliestAt: number;
  readonly latestAt: number;
  readonly actor: string | null;
  readonly action: ChangeAction;
  /** `pull request`, `maintenance`, … */
  readonly kind: string;
  /** Behind the repository's name: `#12`, `@1f2e3d4`. */
  readonly name: string;
  readonly summary: string;
  readonly diff: readonly string[];
  readonly effect?: ChangeEffect;
  readonly untilAt?: number;
  readonly link: string | null;
  /** The commit that it put onto the branch: one thing is told once. */
  readonly commit?: string;
  /** Clusters that it names itself; left out: any of the source's. */
  readonly clusters?: readonly string[];
}

export const sourceName = 'github';

export function instanceOf({ repository: { owner, name } }: Pick<GitHubSettings, 'repository'>): string {
  return `${owner}/${name}`;
}

/** Everything from GitHub is somebody's text: on one line, without what hides or turns other text, and short. */
export function changeOf(told: Told, settings: GitHubSettings, observedAt: number): Change {
  const instance = instanceOf(settings);
  return {
    id: `${sourceName}:${instance}:${told.key}`.slice(0, 500),
    source: sourceName,
    instance,
    category: told.category,
    earliestAt: told.earliestAt,
    latestAt: Math.max(told.earliestAt, told.latestAt),
    observedAt,
    certainty: 'seen',
    actor: told.actor === null ? null : plain(told.actor, 253),
    action: told.action,
    target: {
      kind: told.kind,
      namespace: null,
      name: plain(`${instance}${told.name}`, 500),
      node: null,
      addresses: [],
      ports: [],
    },
    summary: plain(told.summary, 500),
    diff: shortened(told.diff),
    effect: told.effect ?? null,
    untilAt: told.untilAt ?? null,
    link: told.link !== null && /^https?:\/\/\S{1,1990}$/.test(told.link) ? told.link : null,
  };
}

const mostLines = 40;

function shortened(diff: readonly string[]): string[] {
  const lines = diff.slice(0, mostLines).map((line) => plain(line, 500));
  return diff.length <= mostLines ? lines : [...lines.slice(0, -1), `and ${diff.length - mostLines + 1} more`];
}

/** A title, as a part of a sentence. */
export function quoted(title: string): string {
  return `“${plain(title, 200)}”`;
}

export function plain(text: string, most: number): string {
  // What is cut off anyway need not be looked at.
  const oneLine = text
    .slice(0, most * 4)
    .replace(/[\uD800-\uDBFF]$/, '')
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  if (oneLine.length <= most && text.length <= most * 4) return oneLine;
  return `${oneLine
    .slice(0, most - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}

/** Times of GitHub are cut to whole seconds: it happened within that one. */
export function withinSecond(at: number): { readonly earliestAt: number; readonly latestAt: number } {
  return { earliestAt: at, latestAt: at + 999 };
}

/** `2026-11-28 14:05 UTC` */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
