import { z } from 'zod';
import { Entry } from '../cloud-firewall/entry.ts';
import type { CheckContract } from '../contract.ts';
import { HostResolution } from '../endpoint/contract.ts';
import { judgeEndpointPath } from './judge.ts';
import { PathWay } from './way.ts';

export const EndpointPathParams = z.object({
  /** null: nobody knows yet what clients connect to. */
  entry: Entry.nullable(),
});
export type EndpointPathParams = z.infer<typeof EndpointPathParams>;

export const EndpointPathFacts = z.object({
  /** How the host resolves where the bot is; null when there was none to look up. */
  resolution: HostResolution.nullable(),
  /** Those that begin where clients connect to. */
  ways: z.array(PathWay),
  /** How many more of them there are. */
  moreWays: z.number().int(),
  /** How many ways begin elsewhere. */
  elsewhere: z.number().int(),
  /** What could not be read, each with its place. */
  troubles: z.array(z.string()),
});
export type EndpointPathFacts = z.infer<typeof EndpointPathFacts>;

/** What stands between clients and the API server, hop by hop, as clouds and load balancers tell it? */
export const endpointPath: CheckContract<EndpointPathParams, EndpointPathFacts> = {
  id: 'endpoint-path',
  params: EndpointPathParams,
  facts: EndpointPathFacts,
  judge: judgeEndpointPath,
};
