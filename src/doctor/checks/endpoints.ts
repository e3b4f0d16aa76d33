import { probe } from '../../probe/probe.ts';
import { parseEndpoint } from '../../words/endpoint.ts';
import type { ProbeResult } from '../../words/probe.ts';
import type { DoctorCheck } from '../check.ts';
import { type KnownCluster, knownClusters } from '../clusters.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';

const probeMs = 8_000;

/** Can each API server be probed from here, and is it known by whom its certificate has to be? */
export const endpoints: DoctorCheck = {
  id: 'endpoints',
  title: 'Clusters',
  withinMs: 15_000,
  async run(situation, signal) {
    const all = await knownClusters(situation);
    return (await Promise.all(all.map((known) => lookAt(known, signal)))).flat();
  },
};

async function lookAt({ profile, endpoint }: KnownCluster, signal: AbortSignal): Promise<readonly Finding[]> {
  const { name, knowledge } = profile;
  const about = `cluster ${name}`;
  if (endpoint === null) {
    const mend = `set clusters.${name}.endpoint, or enroll a cluster agent, which learns it`;
    return [failed(about, 'its endpoint is not known: it can’t be probed', mend)];
  }
  const { host, port } = parseEndpoint(endpoint, 'configuration', 0);
  const target = { path: 'endpoint' as const, host, port };
  const results = await probe(target, { caPem: knowledge.caPem, deadlineMs: probeMs }, signal);
  const ca =
    knowledge.caPem === ''
      ? [
          warning(
            `the CA of ${name}`,
            'it is not known: no probe can tell this API server from another, and none counts as good',
            `set clusters.${name}.caFile, or enroll a cluster agent, which learns it`,
          ),
        ]
      : [];
  return [...results.map((result) => reached(about, endpoint, result)), ...ca];
}

function reached(about: string, endpoint: string, result: ProbeResult): Finding {
  const at = result.address === null ? endpoint : `${endpoint} (${result.address})`;
  const { failure, byClusterCa } = result;
  if (result.good) return ok(about, `${at} answers`);
  if (failure === null) {
    return byClusterCa === null
      ? notChecked(about, `${at} answers; whether it is this cluster can’t be told without its CA`)
      : failed(
          about,
          `${at} answers, and is another server than this cluster’s`,
          'correct the endpoint, or the caFile',
        );
  }
  return failed(about, `${at} can't be used from here: ${failure.message}`, mendOf(failure.kind));
}

function mendOf(kind: NonNullable<ProbeResult['failure']>['kind']): string {
  switch (kind) {
    case 'nameNotFound':
    case 'resolverFailed':
      return 'correct the name in clusters.NAME.endpoint, or this machine’s resolver';
    case 'certificate':
    case 'tlsAlert':
    case 'plainHttp':
    case 'notAnApiServer':
      return 'correct clusters.NAME.endpoint or caFile: what answers there is not this cluster’s API server';
    case 'serverError':
      return 'look at the API server itself: apidown investigate';
    default:
      return 'let this machine through to it, correct the endpoint, or look what is wrong: apidown investigate';
  }
}
