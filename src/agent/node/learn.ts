import { readFile } from 'node:fs/promises';
import type { Log } from '../../ops/log.ts';
import { endpointUrl, type KnownEndpoint, parseEndpoint } from '../../words/endpoint.ts';
import type { Lesson } from '../knowledge.ts';
import { apiServerFlags } from './files.ts';
import { readManifests } from './manifests.ts';

/** kube-apiserver's own default for `--secure-port`. */
const DEFAULT_PORT = '6443';

/** What a control-plane node's files tell without an API server: where its API server listens, and the cluster's CA. */
export async function learnOnNode(options: {
  readonly node: string;
  readonly manifestsDir: string;
  /** The cluster's CA certificate; never its key. */
  readonly caFile: string;
  readonly at: number;
  readonly log: Log;
}): Promise<Lesson> {
  const flags = apiServerFlags(await readManifests(options.manifestsDir));
  const caPem = await readFile(options.caFile, 'utf8').catch((error) => {
    options.log.debug({ path: options.caFile, error }, "the cluster's CA can not be read here");
    return '';
  });
  return {
    endpoints: flags === null ? [] : endpointsIn(flags, options.at),
    caPem,
    controlPlaneNodes: flags === null ? [] : [options.node],
    provider: flags === null ? 'unknown' : 'self',
    provenAt: 0,
  };
}

function endpointsIn(flags: ReadonlyMap<string, string>, at: number): KnownEndpoint[] {
  const address = flags.get('advertise-address');
  const port = flags.get('secure-port') ?? DEFAULT_PORT;
  if (address === undefined) return [];
  try {
    return [parseEndpoint(endpointUrl(address, Number(port)), 'manifest', at)];
  } catch {
    // Flags that make no address are the API server's own trouble, which step 6 tells.
    return [];
  }
}
