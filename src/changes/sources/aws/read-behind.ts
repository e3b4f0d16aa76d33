import type { ClassicBalancer } from './api/balancers.ts';
import type { Interface } from './api/network-shapes.ts';
import type { AwsApi } from './api/open.ts';
import { balancerOf } from './find-balancers.ts';
import type { StateBalancer, StateListener, StateTargetGroup } from './state.ts';
import { distinct, type Told } from './told.ts';

interface Behind {
  readonly listeners: readonly StateListener[];
  readonly targetGroups: readonly StateTargetGroup[];
}

export async function readBalancer(
  api: AwsApi,
  balancer: StateBalancer,
  port: number,
  told: Told,
  signal: AbortSignal,
): Promise<Behind> {
  const all = told(await api.balancers.listeners(balancer.id, signal), []);
  const listeners = all
    .filter((listener) => listener.port === port)
    .map((one) => ({
      id: one.arn,
      balancer: balancer.id,
      port,
      protocol: one.protocol,
      targetGroups: [...one.targetGroups],
    }));
  if (listeners.length === 0) return { listeners, targetGroups: [] };
  const groups = told(await api.balancers.targetGroups(balancer.id, signal), []);
  const targetGroups: StateTargetGroup[] = [];
  for (const { arn, name } of groups.filter(({ arn }) => listeners.some((one) => one.targetGroups.includes(arn)))) {
    const keepsClientAddress =
      balancer.kind === 'network' ? told(await api.balancers.keepsClientAddress(arn, signal), null) : false;
    const targets = told(await api.balancers.targets(arn, signal), []);
    targetGroups.push({ id: arn, name, keepsClientAddress, targets: targets.map((target) => ({ ...target })) });
  }
  return { listeners, targetGroups };
}

export async function readClassic(
  api: AwsApi,
  balancer: ClassicBalancer,
  port: number,
  told: Told,
  signal: AbortSignal,
): Promise<Behind> {
  const own = balancer.listeners.filter((listener) => listener.port === port);
  if (own.length === 0) return { listeners: [], targetGroups: [] };
  const health = told(await api.balancers.classicHealth(balancer.name, signal), []);
  const groupOf = (instancePort: number) => `${balancer.name}:${instancePort}`;
  return {
    listeners: own.map(({ instancePort, protocol }) => ({
      id: `${balancer.name}:${port}`,
      balancer: balancer.name,
      port,
      protocol,
      targetGroups: [groupOf(instancePort)],
    })),
    targetGroups: own.map(({ instancePort }) => ({
      id: groupOf(instancePort),
      name: balancer.name,
      keepsClientAddress: false,
      targets: balancer.instances.map((id) => ({
        id,
        port: instancePort,
        health: health.find((one) => one.id === id)?.health ?? null,
      })),
    })),
  };
}

/** Their interfaces: those that were found by address tell how all of them are described. */
export async function readFronts(
  api: AwsApi,
  balancers: readonly StateBalancer[],
  at: readonly Interface[],
  told: Told,
  signal: AbortSignal,
): Promise<readonly Interface[]> {
  const descriptions = balancers.map(({ kind, id, name }) => {
    const known = at.find((one) => balancerOf(one) === name);
    if (known !== undefined) return known.description;
    return kind === 'classic' ? `ELB ${name}` : `ELB ${id.split(':loadbalancer/').at(-1) ?? name}`;
  });
  return told(await api.network.interfacesOf(distinct(descriptions), signal), []);
}
