import type { Probe } from '../probe/probe.ts';
import type { CheckId } from '../words/check.ts';
import type { CloudPort } from './cloud-firewall/port.ts';
import { cloudFirewallRunner } from './cloud-firewall/run.ts';
import type { CheckRun, CheckRunner } from './contract.ts';
import type { NodeFacts } from './control-plane-pods/contract.ts';
import { controlPlanePodsFromApi, controlPlanePodsFromNode } from './control-plane-pods/run.ts';
import type { ResolveHost } from './endpoint/resolve.ts';
import { endpointRunner } from './endpoint/run.ts';
import type { PathPort } from './endpoint-path/port.ts';
import { endpointPathRunner } from './endpoint-path/run.ts';
import { type HostFirewallNeeds, hostFirewallRunner } from './host-firewall/run.ts';
import { listeningRunner } from './listening/run.ts';
import { networkPoliciesRunner } from './network-policies/run.ts';
import type { KubeState, Learned } from './ports.ts';
import { reachabilityRunner } from './reachability/run.ts';

/** What every role's checks need. */
interface EveryRole {
  readonly learned: Learned;
  readonly probe: Probe;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** What an agent has to run checks with; its role decides which checks those are. */
export type RunnerNeeds =
  | (EveryRole & { readonly role: 'cluster'; readonly state: KubeState; readonly resolve: ResolveHost })
  | (EveryRole & {
      readonly role: 'node';
      readonly readFiles: () => Promise<NodeFacts>;
      /** `/proc/net` of the host's network namespace. */
      readonly procNet: string;
      readonly firewall: HostFirewallNeeds['firewall'];
      readonly addresses: HostFirewallNeeds['addresses'];
    })
  | (EveryRole & { readonly role: 'vantage'; readonly resolve: ResolveHost });

/** What the bot reads itself of what stands around a cluster, whether or not it stands outside of it. */
export interface AroundNeeds {
  readonly cluster: string;
  /** null: no account is configured for this cluster. */
  readonly cloud: CloudPort | null;
  /** Load balancers and the like that tell their part of the way to this cluster. */
  readonly paths: readonly PathPort[];
  readonly resolve: ResolveHost;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** A check's runner with its types behind it: params are validated before it runs. */
export interface AnyRunner {
  readonly check: CheckId;
  run(params: unknown, signal: AbortSignal): Promise<RunnerAnswer>;
}

type RunnerAnswer =
  | ({ readonly kind: 'ran' } & CheckRun<unknown>)
  /** `message`: one sentence for a person. */
  | { readonly kind: 'refused'; readonly message: string };

/** The agent's side of the registry of checks. */
export function runnersFor(needs: RunnerNeeds): readonly AnyRunner[] {
  switch (needs.role) {
    case 'cluster':
      return [
        anyRunner(endpointRunner(needs)),
        anyRunner(reachabilityRunner({ ...needs, from: 'pod' })),
        anyRunner(networkPoliciesRunner(needs)),
        anyRunner(controlPlanePodsFromApi(needs)),
      ];
    case 'node':
      return [
        anyRunner(reachabilityRunner({ ...needs, from: 'node' })),
        anyRunner(listeningRunner(needs)),
        anyRunner(hostFirewallRunner(needs)),
        anyRunner(controlPlanePodsFromNode(needs)),
      ];
    case 'vantage':
      return [anyRunner(endpointRunner(needs)), anyRunner(reachabilityRunner({ ...needs, from: 'outside' }))];
  }
}

/** The bot's own: no probes, and nothing that an agent could run. */
export function runnersAround(needs: AroundNeeds): readonly AnyRunner[] {
  const { cloud, paths } = needs;
  return [
    ...(cloud === null ? [] : [anyRunner(cloudFirewallRunner({ ...needs, cloud }))]),
    ...(cloud === null && paths.length === 0 ? [] : [anyRunner(endpointPathRunner(needs))]),
  ];
}

function anyRunner<Params, Facts>(runner: CheckRunner<Params, Facts>): AnyRunner {
  const { id, params: Params } = runner.contract;
  return {
    check: id,
    async run(params, signal) {
      const parsed = Params.safeParse(params);
      if (parsed.success) return { kind: 'ran', ...(await runner.run(parsed.data, signal)) };
      const where = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'params'}: ${message}`);
      return {
        kind: 'refused',
        message: `The params of the check ${id} are wrong: ${where.join('; ')}`.slice(0, 1000),
      };
    },
  };
}
