import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { AwsEntry } from './aws/entry.ts';
import type { GitHubSettings } from './github/settings.ts';
import type { HaproxyEntry } from './haproxy/make.ts';
import type { SourceMemory } from './memory.ts';
import type { OutsideSource } from './source.ts';

/** The section `changes:` of the configuration: of each kind a list of entries. A new kind is a line here and one below. */
export interface ConfiguredSources {
  readonly aws: readonly AwsEntry[];
  readonly github: readonly GitHubSettings[];
  readonly haproxy: readonly HaproxyEntry[];
}

/** What every source may use. */
export interface SourceNeeds {
  readonly clock: Clock;
  readonly log: Log;
  /** The URL of the cluster's API server, as far as it is known. */
  endpointOf(cluster: string): Promise<string | null>;
  /** Every address and port at which the cluster's API server, or one of them, is known to be reached. */
  placesOf(cluster: string): Promise<readonly { readonly host: string; readonly port: number }[]>;
  /** Where a source keeps what it saw last. */
  memoryOf(source: string, instance: string): SourceMemory;
}

/** A kind of source: a folder, named as its sources are and as its list in the configuration. */
export interface SourceKind {
  readonly name: string;
  /** Those that are configured; loads nothing when there are none. `clusters`: all that are configured. */
  make(
    configured: ConfiguredSources,
    clusters: readonly string[],
    needs: SourceNeeds,
  ): Promise<readonly OutsideSource[]>;
}

export const sourceKinds: readonly SourceKind[] = [
  sourceKind('aws', ({ aws }) => aws, loadAws),
  sourceKind('github', ({ github }) => github, loadGitHub),
  sourceKind('haproxy', ({ haproxy }) => haproxy, loadHaproxy),
];

async function loadAws() {
  const { awsSources } = await import('./aws/make.ts');
  return awsSources();
}

async function loadGitHub() {
  const { gitHubSource } = await import('./github/source.ts');
  return (entry: GitHubSettings, { clock }: SourceNeeds) => [gitHubSource(entry, clock)];
}

async function loadHaproxy() {
  const { haproxySources } = await import('./haproxy/make.ts');
  return haproxySources;
}

/**
 * `load`: imports the folder and gives what makes the sources of one entry, whose clusters are filled in. Only then the
 * folder's libraries cost memory.
 */
export function sourceKind<Entry extends { readonly clusters: readonly string[] }>(
  name: string,
  entriesOf: (configured: ConfiguredSources) => readonly Entry[],
  load: () => Promise<(entry: Entry, needs: SourceNeeds) => readonly OutsideSource[]>,
): SourceKind {
  return {
    name,
    async make(configured, clusters, needs) {
      const entries = entriesOf(configured);
      if (entries.length === 0) return [];
      const sourcesOf = await load();
      return entries.flatMap((entry) =>
        sourcesOf({ ...entry, clusters: entry.clusters.length === 0 ? clusters : entry.clusters }, needs),
      );
    },
  };
}

/** All that are configured. @throws when two of them are the same, or a folder can't be loaded */
export async function makeSources(
  configured: ConfiguredSources,
  clusters: readonly string[],
  needs: SourceNeeds,
  kinds: readonly SourceKind[] = sourceKinds,
): Promise<readonly OutsideSource[]> {
  const made = (await Promise.all(kinds.map((kind) => kind.make(configured, clusters, needs)))).flat();
  const seen = new Set<string>();
  for (const { name, instance } of made) {
    const key = `${name} ${instance}`;
    if (seen.has(key)) throw new Error(`changes.${name} names ${instance} twice; put its clusters into one entry`);
    seen.add(key);
  }
  return made;
}
