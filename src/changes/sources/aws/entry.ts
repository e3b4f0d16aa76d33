/** One account in one region, as an entry of `changes.aws` says it. */
export interface AwsEntry {
  readonly name: string;
  readonly region: string;
  /** Those that it may be about; none of them empty. */
  readonly clusters: readonly string[];
  /** All null: the SDK's own chain (environment, shared files, container, instance). */
  readonly credentials: {
    readonly profile: string | null;
    readonly roleArn: string | null;
    readonly externalId: string | null;
    readonly webIdentityTokenFile: string | null;
  };
  /** Of a stand-in that answers for every service; null: AWS itself. */
  readonly endpointUrl: string | null;
  readonly eksCluster: string | null;
  /** Zones that the endpoint's name is in; empty: Route 53 is not asked. */
  readonly hostedZoneIds: readonly string[];
  /** Load balancers in front of the API server; empty: found by the endpoint's addresses. */
  readonly loadBalancerArns: readonly string[];
}
