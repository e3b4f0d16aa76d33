import { orAborted } from '../ops/or-aborted.ts';
import { maskSecrets } from '../ops/secrets.ts';
import type { DoctorCheck, Situation } from './check.ts';
import { type Finding, failed, notChecked } from './finding.ts';

export interface Examined {
  readonly check: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** Which checks are still under way, and out of how many. */
export interface Progress {
  readonly waitingFor: readonly string[];
  readonly of: number;
}

/**
 * Runs all checks at once. Each has a deadline of its own; one that hangs or breaks says so and delays no other.
 * In the order of `checks`.
 */
export async function examine(
  checks: readonly DoctorCheck[],
  situation: Situation,
  onProgress: (progress: Progress) => void = () => {},
): Promise<readonly Examined[]> {
  const waiting = new Set(checks);
  const tell = () => onProgress({ waitingFor: [...waiting].map(({ title }) => title), of: checks.length });
  tell();
  return Promise.all(
    checks.map(async (check) => {
      const findings = await findingsOf(check, situation);
      waiting.delete(check);
      tell();
      return { check: check.id, title: check.title, findings: findings.map(masked) };
    }),
  );
}

async function findingsOf(check: DoctorCheck, situation: Situation): Promise<readonly Finding[]> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(new Error('it took too long')), check.withinMs);
  try {
    return await orAborted(check.run(situation, ended.signal), ended.signal);
  } catch (error) {
    if (ended.signal.aborted) {
      const words = `it did not end within ${check.withinMs / 1000} s`;
      return [notChecked('all of it', words, 'look whether what it asks can be reached, then try again')];
    }
    const words = `the check itself broke: ${error instanceof Error ? error.message : String(error)}`;
    return [failed('all of it', words, 'report this, with the version of apidown')];
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}

/** What others say of a mistake may quote it. */
function masked(finding: Finding): Finding {
  return { ...finding, words: maskSecrets(finding.words) };
}
