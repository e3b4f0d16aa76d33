import type { Change, ChangeCategory } from '../../../words/change.ts';
import type { Looked, OutsideSource, SourceTrouble, Stretch } from '../source.ts';
import { type GitHubDeps, gitHubAt } from './ask.ts';
import { branchOf } from './branch.ts';
import { readCommits } from './commits.ts';
import { readDeployments } from './deployments.ts';
import { examine } from './examine.ts';
import { readIssues } from './issues.ts';
import type { Looking, Memory, Part } from './part.ts';
import { readPulls } from './pulls.ts';
import { readReleases } from './releases.ts';
import { readRuns } from './runs.ts';
import type { GitHubSettings, GitHubThing } from './settings.ts';
import { changeOf, instanceOf, sourceName, type Told } from './tell.ts';

/** What GitHub lists may be behind by this much; it promises nothing. */
const lateMs = 60_000;

/** As long as the journal remembers. */
const reachesBackMs = 30 * 24 * 3_600_000;

/** Ten lists or so each time, nearly all answered by a 304, which is free. */
const lookEveryMs = 120_000;

/** A GitHub repository as change management: maintenance windows, planned and merged changes, deployments, runs, releases. */
export function gitHubSource(settings: GitHubSettings, deps: GitHubDeps): OutsideSource {
  const gitHub = gitHubAt(settings, deps);
  const branch = branchOf(gitHub, settings, deps.now);
  const memory: Memory = { overDeployments: new Map(), withoutActivity: false, toldIssues: new Map() };

  return {
    name: sourceName,
    instance: instanceOf(settings),
    clusters: settings.clusters,
    tells: tellsOf(settings),
    lateMs,
    reachesBackMs,
    lookEveryMs,
    async look(stretch, signal) {
      signal.throwIfAborted();
      const nowAt = deps.now();
      let asking: ReturnType<typeof branch> | null = null;
      const branchOnce = () => {
        asking ??= branch(signal);
        return asking;
      };
      const parts = await readAll({ gitHub, settings, stretch, nowAt, memory, signal, branch: branchOnce });
      return {
        changes: changesOf(parts, settings, nowAt),
        covered: coveredBy(parts, settings, { fromAt: stretch.fromAt, toAt: Math.min(stretch.toAt, nowAt - lateMs) }),
        troubles: troublesOf(parts, settings),
      };
    },
    examine: (signal) => examine(gitHub, settings, signal),
    requests: gitHub.requests,
    async close() {
      gitHub.close();
    },
  };
}

interface NamedPart extends Part {
  readonly thing: GitHubThing;
}

/** All at once: the slowest of them decides. */
async function readAll(looking: Looking): Promise<readonly NamedPart[]> {
  const read = async (thing: GitHubThing): Promise<NamedPart & { readonly commits?: ReadonlySet<string> }> => {
    switch (thing) {
      case 'issues':
        return { thing, ...(await readIssues(looking)) };
      case 'pulls':
        return { thing, ...(await readPulls(looking)) };
      case 'commits':
        return { thing, ...(await readCommits(looking)) };
      case 'deployments':
        return { thing, ...(await readDeployments(looking)) };
      case 'workflowRuns':
        return { thing, ...(await readRuns(looking)) };
      case 'releases':
        return { thing, ...(await readReleases(looking)) };
      default:
        return thing satisfies never;
    }
  };
  const parts = await Promise.all([...new Set(looking.settings.read)].map(read));
  // What a pull request put onto the branch is told as that.
  const merged = new Set(parts.flatMap(({ commits }) => [...(commits ?? [])]));
  return parts.map((part) => ({
    ...part,
    told: part.told.filter(({ commit }) => commit === undefined || !merged.has(commit)),
  }));
}

function changesOf(parts: readonly Part[], settings: GitHubSettings, nowAt: number): Looked['changes'] {
  const told = new Map<string, { readonly change: Change; readonly told: Told }>();
  for (const one of parts.flatMap((part) => part.told)) {
    const change = changeOf(one, settings, nowAt);
    told.set(change.id, { change, told: one });
  }
  return [...told.values()].flatMap(({ change, told: { clusters } }) =>
    (clusters ?? settings.clusters).map((cluster) => ({ cluster, change })),
  );
}

/** What a thing can be about: files decide for those that have some. */
function categoriesTold(thing: GitHubThing, { categories }: GitHubSettings): readonly ChangeCategory[] {
  const byFiles = thing === 'pulls' || thing === 'commits' || thing === 'workflowRuns';
  const mapped = byFiles ? categories.map(({ category }) => category) : [];
  return [...new Set<ChangeCategory>(['maintenance', ...mapped])].sort();
}

function tellsOf(settings: GitHubSettings): OutsideSource['tells'] {
  const where = `in GitHub (${instanceOf(settings)})`;
  const all = new Set(settings.read.flatMap((thing) => categoriesTold(thing, settings)));
  all.delete('maintenance');
  const mapped = [...all].sort();
  return [
    { categories: ['maintenance'], words: `maintenance windows and planned changes ${where}` },
    ...(mapped.length === 0 ? [] : [{ categories: mapped, words: `changes to files ${where}` }]),
  ];
}

/** A category is covered when everything that can tell of it did. */
function coveredBy(parts: readonly NamedPart[], settings: GitHubSettings, stretch: Stretch): Looked['covered'] {
  if (stretch.toAt < stretch.fromAt) return [];
  const all = new Set(parts.flatMap(({ thing }) => categoriesTold(thing, settings)));
  const missing = new Set(
    parts.flatMap(({ thing, failures }) => (failures.length === 0 ? [] : categoriesTold(thing, settings))),
  );
  const categories = [...all].filter((category) => !missing.has(category)).sort();
  return categories.length === 0 ? [] : [{ ...stretch, categories }];
}

/** The same trouble of several things is told once. */
function troublesOf(parts: readonly NamedPart[], settings: GitHubSettings): readonly SourceTrouble[] {
  const troubles = new Map<string, SourceTrouble>();
  for (const { thing, failures } of parts) {
    for (const { kind, words } of failures) {
      const known = troubles.get(`${kind} ${words}`)?.categories ?? [];
      const categories = [...new Set([...known, ...categoriesTold(thing, settings)])].sort();
      troubles.set(`${kind} ${words}`, { kind, words, categories });
    }
  }
  return [...troubles.values()];
}
