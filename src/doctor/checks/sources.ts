import { expectedSources } from '../../changes/expected.ts';
import { expectedOf } from '../../changes/sources/expected-of.ts';
import { makeSources } from '../../changes/sources/registry.ts';
import type { Examined, OutsideSource } from '../../changes/sources/source.ts';
import { createLog } from '../../ops/log.ts';
import { orAborted } from '../../ops/or-aborted.ts';
import { parseEndpoint } from '../../words/endpoint.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok } from '../finding.ts';

const eachWithinMs = 30_000;

/** Sets every configured source up as the bot would, and lets all of them try at once what they have to read. */
export const sources: DoctorCheck = {
  id: 'sources',
  title: 'Sources of changes',
  withinMs: eachWithinMs + 5_000,
  async run(situation) {
    const made = await madeOf(situation);
    if (made.kind === 'refused') return [made.finding];
    const clusters = Object.keys(situation.settings.clusters);
    const examined = await Promise.all(made.sources.map(findingsOf));
    const none = made.sources.length === 0 ? [ok('outside of the clusters', 'none is configured')] : [];
    return [...none, ...examined.flat(), ...untold(clusters, made.sources)];
  },
};

async function madeOf({ settings, clock, sourceKinds }: Situation) {
  const endpointOf = (cluster: string) => settings.clusters[cluster]?.endpoint ?? null;
  const here = {
    clock,
    log: createLog({ name: 'doctor', level: 'silent' }),
    endpointOf: async (cluster: string) => endpointOf(cluster),
    placesOf: async (cluster: string) => {
      const url = endpointOf(cluster);
      return url === null ? [] : [parseEndpoint(url, 'configuration', 0)];
    },
    // Whoever only tries what may be read compares with nothing, and leaves what the bot keeps alone.
    memoryOf: () => ({ last: async () => null, keep: async () => {} }),
  };
  try {
    const made = await makeSources(settings.changes, Object.keys(settings.clusters), here, sourceKinds);
    return { kind: 'made' as const, sources: made };
  } catch (error) {
    const [words = '', mend = 'correct it in the configuration'] = String(
      error instanceof Error ? error.message : error,
    ).split('; ');
    return { kind: 'refused' as const, finding: failed('changes', words, mend) };
  }
}

async function findingsOf(source: OutsideSource): Promise<readonly Finding[]> {
  const about = `${source.name} ${source.instance}`;
  const deadline = AbortSignal.timeout(eachWithinMs);
  try {
    return (await orAborted(source.examine(deadline), deadline)).map((each) => findingOf(about, each));
  } catch (error) {
    if (deadline.aborted) {
      const words = `it did not answer within ${eachWithinMs / 1_000} s`;
      return [failed(about, words, 'look whether it can be reached')];
    }
    return [failed(about, `it broke: ${String(error)}`, 'report this, with the version of apidown')];
  } finally {
    source.close?.().catch(() => {});
  }
}

/** A source says what is wrong and how to mend it in one sentence. */
function findingOf(source: string, { what, outcome, words }: Examined): Finding {
  const about = `${source}: ${what}`;
  if (outcome === 'ok') return ok(about, 'may be read');
  const cut = words.lastIndexOf('; ');
  const mend =
    outcome === 'missing'
      ? 'grant it, as the document of this source says'
      : 'look at its credentials and at the way to it';
  return cut === -1 ? failed(about, words, mend) : failed(about, words.slice(0, cut), words.slice(cut + 2));
}

/** Where nobody tells the diagnosis says "no data". What is configured counts as there, whether it works or not. */
function untold(clusters: readonly string[], all: readonly OutsideSource[]): readonly Finding[] {
  const each = clusters.flatMap((cluster) => untoldOf(cluster, all));
  return [...Map.groupBy(each, ({ what, why }) => `${what}: ${why}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const about = `${first.what} of ${same.map(({ cluster }) => cluster).join(', ')}`;
    return [
      notChecked(
        about,
        `${first.why}: the diagnosis has no data of it`,
        'configure a source under changes, where you have one',
      ),
    ];
  });
}

function untoldOf(cluster: string, all: readonly OutsideSource[]) {
  const outside = all
    .filter(({ clusters }) => clusters.includes(cluster))
    .flatMap((source) =>
      expectedOf({ source, health: { kind: 'notYet' }, lastLookedAt: null, looks: { whole: 0, partly: 0, failed: 0 } }),
    );
  const unknown = { knowledge: { provider: 'unknown' as const, controlPlaneNodes: [] } };
  return expectedSources(unknown, outside).flatMap(({ words, absent }) =>
    absent === null ? [] : [{ cluster, what: words, why: absent }],
  );
}
