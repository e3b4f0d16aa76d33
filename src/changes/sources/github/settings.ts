import type { ChangeCategory } from '../../../words/change.ts';

/** Which repository is asked, as whom, and for what; the configuration's entry of `changes.github` with its clusters resolved. */
export interface GitHubSettings {
  readonly repository: { readonly owner: string; readonly name: string };
  /** Clusters that it may be about, at least one. */
  readonly clusters: readonly string[];
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise server. */
  readonly baseUrl: string;
  /** File with a token; null where an App is used. One of the two is given. */
  readonly tokenFile: string | null;
  readonly app: GitHubApp | null;
  /** null: the repository's default branch. */
  readonly branch: string | null;
  readonly read: readonly GitHubThing[];
  /** Merged and pushed changes count only when they touch a file of these globs; empty: any file. */
  readonly paths: readonly string[];
  /** What a change is about by the files that it touches: the first that matches a file decides; none: `maintenance`. */
  readonly categories: readonly { readonly paths: readonly string[]; readonly category: ChangeCategory }[];
  /** Globs of workflows' files or names; empty: all. */
  readonly workflows: readonly string[];
  /** Names of environments; empty: all. */
  readonly environments: readonly string[];
  readonly maintenance: { readonly labels: readonly string[] };
  readonly planned: { readonly labels: readonly string[] };
  readonly form: WindowForm;
  /** IANA name of the zone of times that give none. */
  readonly timeZone: string;
}

/** One repository, and as whom it is asked. */
export type GitHubPlace = Pick<GitHubSettings, 'repository' | 'baseUrl' | 'tokenFile' | 'app'>;

export interface GitHubApp {
  readonly id: number;
  readonly installationId: number;
  /** PEM file with its private key. */
  readonly keyFile: string;
}

export type GitHubThing = 'issues' | 'pulls' | 'commits' | 'deployments' | 'workflowRuns' | 'releases';

/** Headings under which an issue form puts its answers, in any case; the first that is there counts. */
export interface WindowForm {
  readonly start: readonly string[];
  readonly end: readonly string[];
  readonly timeZone: readonly string[];
  readonly clusters: readonly string[];
}
