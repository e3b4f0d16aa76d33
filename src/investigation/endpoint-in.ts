import { EndpointFacts } from '../checks/endpoint/contract.ts';

/** The endpoint that step 1 settled on; null when it found none, or these are no such facts. */
export function endpointIn(facts: unknown): string | null {
  return EndpointFacts.safeParse(facts).data?.chosen?.url ?? null;
}
