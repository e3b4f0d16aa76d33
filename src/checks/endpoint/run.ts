import type { KnownEndpoint } from '../../words/endpoint.ts';
import type { CheckRunner } from '../contract.ts';
import type { Learned } from '../ports.ts';
import { chooseEndpoint, isSamePlace } from './choose.ts';
import { type EndpointFacts, type EndpointParams, endpoint } from './contract.ts';
import type { ResolveHost } from './resolve.ts';

export interface EndpointNeeds {
  readonly learned: Learned;
  readonly resolve: ResolveHost;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Settles which endpoint is meant, then resolves every host that anybody named, all at the same time. */
export function endpointRunner({ learned, resolve, clock }: EndpointNeeds): CheckRunner<EndpointParams, EndpointFacts> {
  return {
    contract: endpoint,
    async run(params, signal) {
      const known = eachOnce([...params.known, ...learned.knowledge().endpoints]);
      const chosen = chooseEndpoint(params.url, known);
      const hosts = new Set([...(chosen === null ? [] : [chosen]), ...known].map(({ host }) => host));
      const resolutions = await Promise.all([...hosts].slice(0, MAX_HOSTS).map((host) => resolve(host, signal)));
      return { facts: { chosen, known, hosts: resolutions }, asOfAt: clock() };
    },
  };
}

const MAX_HOSTS = 32;

function eachOnce(endpoints: readonly KnownEndpoint[]): KnownEndpoint[] {
  return endpoints.filter(
    (one, index) => endpoints.findIndex((other) => other.origin === one.origin && isSamePlace(one, other)) === index,
  );
}
