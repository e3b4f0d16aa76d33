import type { StandInKubeApi } from '../../../dev/stand-in/kube-api.ts';
import type { KubeAccess } from '../../../src/agent/kube/access.ts';
import { type KubeClient, kubeClient } from '../../../src/agent/kube/client.ts';
import type { StatePace } from '../../../src/agent/kube/state.ts';

/** Waiting for what must come, however slow the machine. */
export const WAIT = { timeout: 12_000, interval: 10 };

/** Quick where the product is patient, patient where a slow machine must not look like a fault. */
export const QUICK: StatePace = {
  watchSeconds: [240, 300],
  stallMs: 60_000,
  requestMs: 10_000,
  retryMs: [5, 50],
  refusedMs: 20,
  replayMs: 0,
  pulseMs: 60_000,
  deadPulseMs: 50,
  otherPoliciesMs: 60_000,
};

export function clientOf(api: StandInKubeApi, over: Partial<KubeAccess> = {}): KubeClient {
  return kubeClient({
    server: new URL(api.url),
    origin: 'kubeconfig',
    caPem: api.caPem,
    tls: { ca: api.caPem },
    credentials: async () => ({ headers: { authorization: 'Bearer a-token' } }),
    ...over,
  });
}
