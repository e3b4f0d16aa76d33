import { expectedSources } from '../changes/expected.ts';
import { expectedOf } from '../changes/sources/expected-of.ts';
import { makeSources, type SourceKind, sourceKinds } from '../changes/sources/registry.ts';
import type { Examined, OutsideSource } from '../changes/sources/source.ts';
import type { Examination } from '../cli/doctor.ts';
import type { Config } from '../config/load.ts';
import { systemClock } from '../ops/clock.ts';
import { createLog } from '../ops/log.ts';
import { maskSecrets } from '../ops/secrets.ts';
import { parseEndpoint } from '../words/endpoint.ts';

const withinMs = 30_000;

/** Sets every configured source up as the bot would, and lets all of them try at once what they have to read. */
export async function examineSources(
  config: Pick<Config, 'clusters' | 'changes'>,
  kinds: readonly SourceKind[] = sourceKinds,
  eachWithinMs = withinMs,
): Promise<Examination> {
  const clusters = Object.keys(config.clusters);
  const sources = await makeSources(
    config.changes,
    clusters,
    {
      clock: systemClock,
      log: createLog({ name: 'doctor', level: 'silent' }),
      endpointOf: async (cluster) => config.clusters[cluster]?.endpoint ?? null,
      placesOf: async (cluster) => {
        const url = config.clusters[cluster]?.endpoint ?? null;
        return url === null ? [] : [parseEndpoint(url, 'configuration', 0)];
      },
      // Whoever only tries what may be read compares with nothing, and leaves what the bot keeps alone.
      memoryOf: () => ({ last: async () => null, keep: async () => {} }),
    },
    kinds,
  );
  const examined = await Promise.all(
    sources.map(async (source) => ({
      source: source.name,
      instance: source.instance,
      clusters: source.clusters,
      findings: await findingsOf(source, eachWithinMs),
    })),
  );
  return { sources: examined, untold: clusters.flatMap((cluster) => untoldOf(cluster, sources)) };
}

async function findingsOf(source: OutsideSource, eachWithinMs: number): Promise<readonly Examined[]> {
  const deadline = AbortSignal.timeout(eachWithinMs);
  const overdue = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
  });
  try {
    return await Promise.race([source.examine(deadline), overdue]);
  } catch (error) {
    const what = 'everything that it has to read';
    if (deadline.aborted) {
      const words = `it did not answer within ${Math.round(eachWithinMs / 1_000)} s; look whether it can be reached`;
      return [{ what, outcome: 'failed', words }];
    }
    return [{ what, outcome: 'failed', words: `it broke: ${maskSecrets(String(error))}` }];
  } finally {
    source.close?.().catch(() => {});
  }
}

/** What is configured counts as there, whether it works or not. */
function untoldOf(cluster: string, sources: readonly OutsideSource[]): Examination['untold'] {
  const outside = sources
    .filter(({ clusters }) => clusters.includes(cluster))
    .flatMap((source) =>
      expectedOf({ source, health: { kind: 'notYet' }, lastLookedAt: null, looks: { whole: 0, partly: 0, failed: 0 } }),
    );
  const unknown = { knowledge: { provider: 'unknown' as const, controlPlaneNodes: [] } };
  return expectedSources(unknown, outside).flatMap(({ words, absent }) =>
    absent === null ? [] : [{ cluster, what: words, why: absent }],
  );
}
