import { onTestFinished } from 'vitest';
import type { GitHubSettings } from '../../../../src/changes/sources/github/settings.ts';
import { gitHubSource } from '../../../../src/changes/sources/github/source.ts';
import type { Looked, OutsideSource } from '../../../../src/changes/sources/source.ts';
import type { Change } from '../../../../src/words/change.ts';
import { at, settingsWith, tokenFile } from './given.ts';
import { type Held, type Manners, type Serving, serveGitHub } from './served.ts';

export interface Staged {
  readonly source: OutsideSource;
  readonly serving: Serving;
  /** What time it is for the source; may be set. */
  readonly clock: { nowAt: number };
  /** From 12:00 to 14:00 unless told otherwise. */
  look(fromAt?: number, toAt?: number): Promise<Looked>;
  /** What it tells of the first cluster. */
  changes(fromAt?: number, toAt?: number): Promise<readonly Change[]>;
}

/** A source before a repository that holds this, at 14:00. Both end with the test. */
export async function staged(held: Held, given: Partial<GitHubSettings> = {}, manners: Manners = {}): Promise<Staged> {
  const serving = await serveGitHub(held, manners);
  const clock = { nowAt: at('14:00:00') };
  const settings = settingsWith({ baseUrl: serving.url, tokenFile: await tokenFile(), ...given });
  const source = gitHubSource(settings, { now: () => clock.nowAt, patienceMs: 5_000 });
  onTestFinished(async () => {
    await source.close?.();
    await serving.close();
  });
  const look = (fromAt = at('12:00:00'), toAt = at('14:00:00')) =>
    source.look({ fromAt, toAt }, new AbortController().signal);
  return {
    source,
    serving,
    clock,
    look,
    async changes(fromAt, toAt) {
      const { changes, troubles } = await look(fromAt, toAt);
      if (troubles.length > 0) throw new Error(troubles.map(({ words }) => words).join('; '));
      return changes.filter(({ cluster }) => cluster === settings.clusters[0]).map(({ change }) => change);
    },
  };
}
