import type { Clock } from '../../../ops/clock.ts';
import { parseEndpoint } from '../../../words/endpoint.ts';
import type { SourceMemory } from '../memory.ts';
import type { AwsEntry } from './entry.ts';
import { namesByDns } from './look-up.ts';
import { awsLimits } from './pace.ts';
import { type AwsSource, awsSource } from './source.ts';

export interface AwsNeeds {
  readonly clock: Clock;
  /** The URL of the cluster's API server, as far as it is known. */
  endpointOf(cluster: string): Promise<string | null>;
  /** Where the newest models outlive the bot. */
  memoryOf(source: string, instance: string): SourceMemory;
}

/** What makes the sources of every entry: those of one account keep to its rate together. */
export function awsSources(): (entry: AwsEntry, needs: AwsNeeds) => readonly AwsSource[] {
  let limits: ReturnType<typeof awsLimits> | null = null;
  return (entry, { clock, endpointOf, memoryOf }) => {
    limits ??= awsLimits(clock);
    const ports = {
      clock,
      shelf: {
        get: (key: string) => memoryOf('aws', key).last(),
        put: (key: string, value: unknown) => memoryOf('aws', key).keep(value),
      },
      limits,
      lookUp: namesByDns(),
      async endpointOf(cluster: string) {
        const url = await endpointOf(cluster);
        if (url === null) return null;
        const { host, port } = parseEndpoint(url, 'configuration', clock.now());
        return { host, port };
      },
    };
    return [awsSource(entry, ports)];
  };
}
