import { z } from 'zod';
import type { Deed } from '../deed.ts';
import type { AwsEvent } from './event.ts';
import { Id } from './shapes.ts';

/** Listeners of both generations: the newer ones go by arn, classic ones by the load balancer's name and port. */
export function readListener({ name, request, response }: AwsEvent): readonly Deed[] {
  const asked = ListenerRequest.parse(request);
  const [answered] = ListenerResponse.parse(response).listeners;
  const done = name.startsWith('Create') ? 'created' : name.startsWith('Delete') ? 'deleted' : 'modified';
  if (asked.loadBalancerName !== undefined) {
    const ports = [
      ...(asked.loadBalancerPorts ?? []),
      ...(asked.listeners ?? []).flatMap(({ loadBalancerPort }) => loadBalancerPort ?? []),
    ];
    const balancer = asked.loadBalancerName;
    return z
      .array(z.number())
      .min(1)
      .parse(ports)
      .map((port) => ({ kind: 'listener', balancer, listener: `${balancer}:${port}`, port, done }));
  }
  const listener = asked.listenerArn ?? answered?.listenerArn ?? null;
  const balancer = asked.loadBalancerArn ?? answered?.loadBalancerArn ?? balancerOfListener(listener);
  if (balancer === null) throw new TypeError('no listener and no load balancer is named');
  return [{ kind: 'listener', balancer, listener, port: asked.port ?? answered?.port ?? null, done }];
}

/** `…:listener/net/NAME/HASH/ID` is one of `…:loadbalancer/net/NAME/HASH`. */
function balancerOfListener(arn: string | null): string | null {
  const [, before, path] = /^(.+):listener(?:-rule)?\/((?:net|app)\/[^/]+\/[^/]+)/.exec(arn ?? '') ?? [];
  return before === undefined || path === undefined ? null : `${before}:loadbalancer/${path}`;
}

export function readListenerRule({ request }: AwsEvent): readonly Deed[] {
  return [{ kind: 'listener-rule', rule: z.object({ ruleArn: Id }).parse(request).ruleArn }];
}

export function readTargetGroup({ name, request }: AwsEvent): readonly Deed[] {
  const { targetGroupArn: group, attributes, ...told } = TargetGroupRequest.parse(request);
  const settings = name.endsWith('Attributes')
    ? (attributes ?? []).map(({ key, value }) => `${key} = ${value}`)
    : Object.entries(told).map(([key, value]) => `${key} = ${value}`);
  return [{ kind: 'target-group', group, what: settings.join(', ') }];
}

export function readTargets({ name, request }: AwsEvent): readonly Deed[] {
  const done = name.startsWith('Register') ? 'registered' : 'deregistered';
  if (name.includes('Instances')) {
    const { loadBalancerName: group, instances } = ClassicTargets.parse(request);
    return [{ kind: 'targets', group, targets: instances.map(({ instanceId: id }) => ({ id, port: null })), done }];
  }
  const { targetGroupArn: group, targets } = Targets.parse(request);
  return [{ kind: 'targets', group, targets: targets.map(({ id, port }) => ({ id, port: port ?? null })), done }];
}

export function readBalancer({ name, request, response }: AwsEvent): readonly Deed[] {
  const asked = BalancerKey.parse(request);
  if (name !== 'CreateLoadBalancer') return [{ kind: 'balancer', balancer: keyOf(asked), done: 'deleted' }];
  const { loadBalancers } = z.object({ loadBalancers: z.array(BalancerKey).optional() }).parse(response);
  return [{ kind: 'balancer', balancer: keyOf(loadBalancers?.[0] ?? asked), done: 'created' }];
}

export function readBalancerGroups({ request }: AwsEvent): readonly Deed[] {
  const { securityGroups, ...key } = BalancerKey.extend({ securityGroups: z.array(Id) }).parse(request);
  return [{ kind: 'balancer-groups', balancer: keyOf(key), groups: securityGroups }];
}

export function readBalancerSubnets({ request }: AwsEvent): readonly Deed[] {
  const { subnets, subnetMappings, ...key } = BalancerSubnets.parse(request);
  const told = [...(subnets ?? []), ...(subnetMappings ?? []).map(({ subnetId }) => subnetId)];
  return [{ kind: 'balancer-subnets', balancer: keyOf(key), subnets: told }];
}

export function readBalancerAttributes({ request }: AwsEvent): readonly Deed[] {
  const { attributes, ...key } = BalancerKey.extend({ attributes: Attributes.optional() }).parse(request);
  return [
    {
      kind: 'balancer-attributes',
      balancer: keyOf(key),
      attributes: (attributes ?? []).map(({ key, value }) => `${key} = ${value}`),
    },
  ];
}

const BalancerKey = z.object({ loadBalancerArn: Id.optional(), loadBalancerName: Id.optional() });

function keyOf({ loadBalancerArn, loadBalancerName }: z.infer<typeof BalancerKey>): string {
  return Id.parse(loadBalancerArn ?? loadBalancerName);
}

const Attributes = z.array(
  z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]).transform(String) }),
);

const ListenerRequest = z.object({
  listenerArn: Id.optional(),
  loadBalancerArn: Id.optional(),
  port: z.number().optional(),
  loadBalancerName: Id.optional(),
  loadBalancerPorts: z.array(z.number()).optional(),
  listeners: z.array(z.object({ loadBalancerPort: z.number().optional() })).optional(),
});
const ListenerResponse = z.object({
  listeners: z
    .array(z.object({ listenerArn: Id.optional(), loadBalancerArn: Id.optional(), port: z.number().optional() }))
    .default([]),
});

const TargetGroupRequest = z.object({
  targetGroupArn: Id,
  attributes: Attributes.optional(),
  healthCheckPort: z.union([z.string(), z.number()]).optional(),
  healthCheckProtocol: z.string().optional(),
  healthCheckPath: z.string().optional(),
  healthCheckEnabled: z.boolean().optional(),
  healthCheckIntervalSeconds: z.number().optional(),
  healthCheckTimeoutSeconds: z.number().optional(),
  healthyThresholdCount: z.number().optional(),
  unhealthyThresholdCount: z.number().optional(),
});

const Targets = z.object({
  targetGroupArn: Id,
  targets: z.array(z.object({ id: Id, port: z.number().nullish() })).min(1),
});
const ClassicTargets = z.object({ loadBalancerName: Id, instances: z.array(z.object({ instanceId: Id })).min(1) });

const BalancerSubnets = BalancerKey.extend({
  subnets: z.array(Id).optional(),
  subnetMappings: z.array(z.object({ subnetId: Id })).optional(),
});
