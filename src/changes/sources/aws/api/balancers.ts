import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Asker } from './ask.ts';
import type { AwsClients } from './clients.ts';
import type { Asked } from './failure.ts';
import { allPages } from './pages.ts';

/** What is read of load balancers, of both generations. */
export interface Balancers {
  /** All of the region, when neither names nor arns are given. */
  all(
    by: { readonly names: readonly string[] } | { readonly arns: readonly string[] } | null,
    signal: AbortSignal,
  ): Promise<Asked<readonly Balancer[]>>;
  /** Classic ones, with their listeners and the instances behind them. */
  classic(names: readonly string[] | null, signal: AbortSignal): Promise<Asked<readonly ClassicBalancer[]>>;
  listeners(balancer: string, signal: AbortSignal): Promise<Asked<readonly Listener[]>>;
  targetGroups(balancer: string, signal: AbortSignal): Promise<Asked<readonly TargetGroup[]>>;
  /** Do targets see the client's address? null: AWS does not say. */
  keepsClientAddress(targetGroup: string, signal: AbortSignal): Promise<Asked<boolean | null>>;
  targets(targetGroup: string, signal: AbortSignal): Promise<Asked<readonly Target[]>>;
  /** By instance, in AWS' word. */
  classicHealth(name: string, signal: AbortSignal): Promise<Asked<readonly Target[]>>;
}

interface Balancer {
  readonly kind: 'network' | 'application';
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
}

export interface ClassicBalancer {
  readonly name: string;
  readonly dnsName: string;
  readonly listeners: readonly { readonly port: number; readonly instancePort: number; readonly protocol: string }[];
  readonly instances: readonly string[];
}

interface Listener {
  readonly arn: string;
  readonly port: number;
  readonly protocol: string;
  /** Where its default action sends to. */
  readonly targetGroups: readonly string[];
}

interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly targetsAre: 'instance' | 'ip' | 'other';
}

interface Target {
  /** An instance's id or an address. */
  readonly id: string;
  readonly port: number | null;
  /** `healthy`, `unhealthy`, `draining`, … */
  readonly health: string;
}

export function balancers(clients: AwsClients, { ask }: Asker): Balancers {
  const load = () => Promise.all([clients.balancers(), import('@aws-sdk/client-elastic-load-balancing-v2')]);
  const loadClassic = () => Promise.all([clients.classicBalancers(), import('@aws-sdk/client-elastic-load-balancing')]);
  return {
    all: (by, signal) =>
      allPages((token) =>
        ask(
          'elasticloadbalancing:DescribeLoadBalancers',
          async (abortSignal) => {
            const [client, { DescribeLoadBalancersCommand }] = await load();
            const which =
              by === null ? {} : 'names' in by ? { Names: [...by.names] } : { LoadBalancerArns: [...by.arns] };
            const command = new DescribeLoadBalancersCommand({ ...which, ...from(token) });
            const { LoadBalancers = [], NextMarker } = await client.send(command, { abortSignal });
            return { items: LoadBalancers.flatMap(balancerOf), next: NextMarker };
          },
          signal,
        ),
      ),
    classic: (names, signal) =>
      allPages((token) =>
        ask(
          'elasticloadbalancing:DescribeLoadBalancers',
          async (abortSignal) => {
            const [client, { DescribeLoadBalancersCommand }] = await loadClassic();
            const which = names === null ? {} : { LoadBalancerNames: [...names] };
            const command = new DescribeLoadBalancersCommand({ ...which, ...from(token) });
            const { LoadBalancerDescriptions = [], NextMarker } = await client.send(command, { abortSignal });
            const items = LoadBalancerDescriptions.map((one) => ({
              name: one.LoadBalancerName ?? '',
              dnsName: one.DNSName ?? '',
              listeners: (one.ListenerDescriptions ?? []).flatMap(({ Listener }) =>
                Listener?.LoadBalancerPort === undefined
                  ? []
                  : [
                      {
                        port: Listener.LoadBalancerPort,
                        instancePort: Listener.InstancePort ?? Listener.LoadBalancerPort,
                        protocol: Listener.Protocol ?? '',
                      },
                    ],
              ),
              instances: (one.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
            }));
            return { items, next: NextMarker };
          },
          signal,
        ),
      ),
    listeners: (balancer, signal) =>
      allPages((token) =>
        ask(
          'elasticloadbalancing:DescribeListeners',
          async (abortSignal) => {
            const [client, { DescribeListenersCommand }] = await load();
            const command = new DescribeListenersCommand({ LoadBalancerArn: balancer, ...from(token) });
            const { Listeners = [], NextMarker } = await client.send(command, { abortSignal });
            const items = Listeners.map(({ ListenerArn = '', Port = 0, Protocol = '', DefaultActions = [] }) => ({
              arn: ListenerArn,
              port: Port,
              protocol: Protocol,
              targetGroups: [
                ...new Set(
                  DefaultActions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
                    ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
                    ...(ForwardConfig?.TargetGroups ?? []).flatMap((one) => one.TargetGroupArn ?? []),
                  ]),
                ),
              ],
            }));
            return { items, next: NextMarker };
          },
          signal,
        ),
      ),
    targetGroups: (balancer, signal) =>
      allPages((token) =>
        ask(
          'elasticloadbalancing:DescribeTargetGroups',
          async (abortSignal) => {
            const [client, { DescribeTargetGroupsCommand }] = await load();
            const command = new DescribeTargetGroupsCommand({ LoadBalancerArn: balancer, ...from(token) });
            const { TargetGroups = [], NextMarker } = await client.send(command, { abortSignal });
            const items = TargetGroups.map(({ TargetGroupArn = '', TargetGroupName = '', TargetType }) => ({
              arn: TargetGroupArn,
              name: TargetGroupName,
              targetsAre: TargetType === 'instance' || TargetType === 'ip' ? TargetType : ('other' as const),
            }));
            return { items, next: NextMarker };
          },
          signal,
        ),
      ),
    keepsClientAddress: (targetGroup, signal) =>
      ask(
        'elasticloadbalancing:DescribeTargetGroupAttributes',
        async (abortSignal) => {
          const [client, { DescribeTargetGroupAttributesCommand }] = await load();
          const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: targetGroup });
          const { Attributes = [] } = await client.send(command, { abortSignal });
          const value = Attributes.find(({ Key }) => Key === 'preserve_client_ip.enabled')?.Value;
          return value === undefined ? null : value === 'true';
        },
        signal,
      ),
    targets: (targetGroup, signal) =>
      ask(
        'elasticloadbalancing:DescribeTargetHealth',
        async (abortSignal) => {
          const [client, { DescribeTargetHealthCommand }] = await load();
          const command = new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup });
          const { TargetHealthDescriptions = [] } = await client.send(command, { abortSignal });
          return TargetHealthDescriptions.flatMap(({ Target, TargetHealth }) =>
            Target?.Id === undefined
              ? []
              : [{ id: Target.Id, port: Target.Port ?? null, health: TargetHealth?.State ?? 'unknown' }],
          );
        },
        signal,
      ),
    classicHealth: (name, signal) =>
      ask(
        'elasticloadbalancing:DescribeInstanceHealth',
        async (abortSignal) => {
          const [client, { DescribeInstanceHealthCommand }] = await loadClassic();
          const command = new DescribeInstanceHealthCommand({ LoadBalancerName: name });
          const { InstanceStates = [] } = await client.send(command, { abortSignal });
          return InstanceStates.flatMap(({ InstanceId, State }) =>
            InstanceId === undefined ? [] : [{ id: InstanceId, port: null, health: classicWords(State) }],
          );
        },
        signal,
      ),
  };
}

function from(token: string | undefined) {
  return token === undefined ? {} : { Marker: token };
}

/** Those that hand packets to machines of their own (gateway load balancers) take no connections. */
function balancerOf({ Type, LoadBalancerArn, LoadBalancerName = '', DNSName = '' }: LoadBalancer): readonly Balancer[] {
  if (LoadBalancerArn === undefined || (Type !== 'network' && Type !== 'application')) return [];
  return [{ kind: Type, arn: LoadBalancerArn, name: LoadBalancerName, dnsName: DNSName }];
}

/** The words of the newer generation, so that there is one set of them. */
function classicWords(state: string | undefined): string {
  switch (state) {
    case 'InService':
      return 'healthy';
    case 'OutOfService':
      return 'unhealthy';
    default:
      return 'unknown';
  }
}
