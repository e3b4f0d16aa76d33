import { z } from 'zod';
import { ClusterKnowledge } from '../../words/endpoint.ts';
import { ContainerRecord } from '../../words/kube.ts';
import type { CheckContract } from '../contract.ts';
import { judgeControlPlanePods } from './judge.ts';

export const ControlPlanePodsParams = z.strictObject({});
export type ControlPlanePodsParams = z.infer<typeof ControlPlanePodsParams>;

/** In the order in which trouble matters: without etcd no API server, without it no others. The last two stand beside it. */
export const Component = z.enum([
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'coredns',
]);
export type Component = z.infer<typeof Component>;

/** One pod of the control plane. Times are epoch ms. */
export const ComponentFacts = z.object({
  component: Component,
  node: z.string().nullable(),
  pod: z.string(),
  /** From the node's files: the hash of its manifest. */
  uid: z.string().nullable(),
  /** Only the API knows it. */
  phase: z.string().nullable(),
  deleting: z.boolean(),
  /** Its main container; null when none was ever started. From the node's files `ready` only means that it runs. */
  container: ContainerRecord.nullable(),
});
export type ComponentFacts = z.infer<typeof ComponentFacts>;

/** What the API server said, now or before it fell silent. */
export const ApiFacts = z.object({
  source: z.literal('api'),
  /** When the agent looked, on its own clock: ages are counted from here, as the bot's clock may differ. */
  lookedAt: z.number(),
  /** When that was last proven; null: nothing was ever seen. */
  asOfAt: z.number().nullable(),
  /** Is it proven now? */
  live: z.boolean(),
  provider: ClusterKnowledge.shape.provider,
  controlPlaneNodes: z.array(z.string()),
  components: z.array(ComponentFacts),
  /** In words, what could not be read. */
  limits: z.array(z.string()),
});
export type ApiFacts = z.infer<typeof ApiFacts>;

const ManifestFacts = z.object({
  component: Component,
  path: z.string(),
  modifiedAt: z.number(),
  sha256: z.string(),
});

/** A component's files on its node. */
export const NodeComponentFacts = ComponentFacts.extend({
  /** When the log of its newest container was last written; null without a log. */
  loggedAt: z.number().nullable(),
  /** What the container that ended last wrote at the end; empty when none ended lately. */
  lastWords: z.array(z.string()),
});
export type NodeComponentFacts = z.infer<typeof NodeComponentFacts>;

/** What stands in the files of one control-plane node, which can be read with the API server down. */
export const NodeFacts = z.object({
  source: z.literal('node-files'),
  /** When the agent looked, on the node's clock: ages are counted from here, as the bot's clock may differ. */
  lookedAt: z.number(),
  node: z.string(),
  manifests: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('read'),
      path: z.string(),
      /** When a file last came, went or was renamed in the folder. */
      changedAt: z.number(),
      found: z.array(ManifestFacts),
      /** In words, files that can't be used. */
      trouble: z.array(z.string()),
    }),
    z.object({ kind: z.literal('unreadable'), path: z.string(), message: z.string() }),
  ]),
  /** Does the API server of this node use an etcd of this node? null: not known. */
  localEtcd: z.boolean().nullable(),
  /** Did this agent see an API server's manifest here before? */
  ranApiServer: z.boolean(),
  /** Could the folder of the pods' logs be read? If not, a component without a trace may run all the same. */
  logsRead: z.boolean(),
  components: z.array(NodeComponentFacts),
  /** In words, what could not be read. */
  limits: z.array(z.string()),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

export const ControlPlanePodsFacts = z.discriminatedUnion('source', [ApiFacts, NodeFacts]);
export type ControlPlanePodsFacts = z.infer<typeof ControlPlanePodsFacts>;

/** Are the pods of the control plane running and not restarting? */
export const controlPlanePods: CheckContract<ControlPlanePodsParams, ControlPlanePodsFacts> = {
  id: 'control-plane-pods',
  params: ControlPlanePodsParams,
  facts: ControlPlanePodsFacts,
  judge: judgeControlPlanePods,
};
