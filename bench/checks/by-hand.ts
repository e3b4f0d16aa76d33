import { StepId } from '../../src/playbook/step.ts';
import { image } from '../../test/e2e/harness/image.ts';
import { kubectl, onNode, testbed } from '../../test/e2e/harness/testbed.ts';

/** What a person types for a step, and how long it took, in ms. */
export type ByHand = ReadonlyMap<StepId, { readonly command: string; readonly tookMs: number }>;

/** `curl -k` in Node, since the testbed has no image with curl. */
const request = `require('node:https').get('${testbed.endpoint}/version',{rejectUnauthorized:false},r=>{console.log(r.statusCode);process.exit()})`;
const fetchIt = ['/usr/local/bin/node', '-e', request];
const pod = 'apidown-bench-curl';

const commands: Readonly<Record<StepId, { command: string; run: () => Promise<string> }>> = {
  endpoint: { command: 'kubectl cluster-info', run: () => kubectl('cluster-info') },
  inside: {
    command: 'kubectl run, a pod that asks once',
    run: () =>
      kubectl('run', pod, `--image=${image}`, '--restart=Never', '--rm', '-i', '-q', '--command', '--', ...fetchIt),
  },
  listening: { command: 'ss -tlnp', run: () => onNode('ss', '-tlnp') },
  firewall: { command: 'nft list ruleset', run: () => onNode('nft', 'list', 'ruleset') },
  'network-policies': {
    command: 'kubectl get networkpolicies',
    run: () => kubectl('get', 'networkpolicies', '-A', '-o', 'yaml'),
  },
  'control-plane-pods': {
    command: 'kubectl get pods',
    run: () => kubectl('-n', 'kube-system', 'get', 'pods'),
  },
};

/** Leaves nothing, wherever the commands were interrupted. */
export async function removeCurlPod(): Promise<void> {
  await kubectl('delete', 'pod', pod, '--ignore-not-found', '--now');
}

/** The six steps one after the other, by a person who types infinitely fast and reads nothing. */
export async function sixByHand(): Promise<ByHand> {
  const timed = new Map<StepId, { command: string; tookMs: number }>();
  for (const step of StepId.options) {
    const { command, run } = commands[step];
    timed.set(step, { command, tookMs: await took(run) });
  }
  return timed;
}

/** Step 2 for somebody who has a pod standing that they may enter. */
export function insideStandingPod(): Promise<number> {
  return took(() => kubectl('-n', 'apidown', 'exec', 'deploy/apidown-agent', '--', ...fetchIt));
}

async function took(run: () => Promise<string>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}
