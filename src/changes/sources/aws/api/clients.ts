import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EKSClient } from '@aws-sdk/client-eks';
import type { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsEntry } from '../entry.ts';

/** The SDK, loaded part by part when something of it is first asked: most setups need no more than a few. */
export interface AwsClients {
  ec2(): Promise<EC2Client>;
  balancers(): Promise<ElasticLoadBalancingV2Client>;
  classicBalancers(): Promise<ElasticLoadBalancingClient>;
  eks(): Promise<EKSClient>;
  route53(): Promise<Route53Client>;
  /** Of the entry's region, or of the one where AWS records what has none. */
  cloudTrail(region: string): Promise<CloudTrailClient>;
  sts(): Promise<STSClient>;
  close(): void;
}

export function awsClients({ region, endpointUrl, credentials }: AwsEntry): AwsClients {
  const endpoint = endpointUrl === null ? {} : { endpoint: endpointUrl };
  const made: { destroy(): void }[] = [];
  const provider = once(async () => shared(await credentialsOf(credentials, { region, ...endpoint })));
  // Asking again is ours: LookupEvents has a pace of its own, and every request is counted.
  const config = async (where = region) => ({
    region: where,
    maxAttempts: 1,
    credentials: await provider(),
    ...endpoint,
  });
  const kept = <T extends { destroy(): void }>(client: T): T => {
    made.push(client);
    return client;
  };
  const trails = new Map<string, () => Promise<CloudTrailClient>>();

  return {
    ec2: once(async () => {
      const { EC2Client } = await import('@aws-sdk/client-ec2');
      return kept(new EC2Client(await config()));
    }),
    balancers: once(async () => {
      const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
      return kept(new ElasticLoadBalancingV2Client(await config()));
    }),
    classicBalancers: once(async () => {
      const { ElasticLoadBalancingClient } = await import('@aws-sdk/client-elastic-load-balancing');
      return kept(new ElasticLoadBalancingClient(await config()));
    }),
    eks: once(async () => {
      const { EKSClient } = await import('@aws-sdk/client-eks');
      return kept(new EKSClient(await config()));
    }),
    route53: once(async () => {
      const { Route53Client } = await import('@aws-sdk/client-route-53');
      return kept(new Route53Client(await config()));
    }),
    cloudTrail(where) {
      const make =
        trails.get(where) ??
        once(async () => {
          const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
          return kept(new CloudTrailClient(await config(where)));
        });
      trails.set(where, make);
      return make();
    },
    sts: once(async () => {
      const { STSClient } = await import('@aws-sdk/client-sts');
      return kept(new STSClient(await config()));
    }),
    close() {
      for (const client of made.splice(0)) client.destroy();
    },
  };
}

async function credentialsOf(
  { profile, roleArn, externalId, webIdentityTokenFile }: AwsEntry['credentials'],
  clientConfig: { readonly region: string; readonly endpoint?: string },
) {
  const { fromIni, fromNodeProviderChain, fromTemporaryCredentials, fromTokenFile } = await import(
    '@aws-sdk/credential-providers'
  );
  if (webIdentityTokenFile !== null && roleArn !== null) {
    return fromTokenFile({ webIdentityTokenFile, roleArn, roleSessionName: SESSION, clientConfig });
  }
  const own = profile === null ? fromNodeProviderChain({ clientConfig }) : fromIni({ profile, clientConfig });
  if (roleArn === null) return own;
  const params = {
    RoleArn: roleArn,
    RoleSessionName: SESSION,
    ...(externalId === null ? {} : { ExternalId: externalId }),
  };
  return fromTemporaryCredentials({ masterCredentials: own, params, clientConfig });
}

type Provider = Awaited<ReturnType<typeof credentialsOf>>;
type Credentials = Awaited<ReturnType<Provider>>;

/** Got once for all clients, each of which would assume the role for itself, and anew a while before they are over. */
function shared(provider: Provider): Provider {
  let got: Promise<Credentials> | null = null;
  let renewAt = Number.POSITIVE_INFINITY;
  return async (properties) => {
    if (got === null || Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      got = provider(properties).then(
        (credentials) => {
          renewAt = (credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - RENEW_BEFORE_MS;
          return credentials;
        },
        (error: unknown) => {
          got = null;
          throw error;
        },
      );
    }
    return got;
  };
}

const RENEW_BEFORE_MS = 5 * 60_000;

/** By this name the account's own CloudTrail tells what was asked here. */
const SESSION = 'apidown';

/** What failed to be made is tried anew. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
