import { output, type Ran, ran } from './exec.ts';

/** Addresses and names of the testbed; see its README. */
export const testbed = {
  script: process.env.TESTBED ?? new URL('../../../../shared/testbed/testbed', import.meta.url).pathname,
  home: process.env.TESTBED_HOME ?? '/var/tmp/testbed',
  node: 'cp-1',
  nodeAddress: '10.99.0.10',
  hostAddress: '10.99.0.1',
  endpoint: 'https://10.99.0.10:6443',
  manifests: '/etc/kubernetes/manifests',
} as const;

/** Brings the testbed up if it is not; returns the path of an admin kubeconfig. */
export async function testbedUp(): Promise<string> {
  const printed = await output(testbed.script, ['up'], { timeoutMs: 40 * 60_000 });
  return printed.trim().split('\n').at(-1) ?? '';
}

/** Takes the testbed down and up again where its control plane has restarted before: that is remembered for a while. */
export async function neverRestarted(): Promise<void> {
  await testbedUp();
  const counts = '{.items[*].status.containerStatuses[*].restartCount}';
  const { code, stdout } = await kubectlRan(
    '-n',
    'kube-system',
    'get',
    'pods',
    '-l',
    'tier=control-plane',
    '-o',
    `jsonpath=${counts}`,
  );
  if (code === 0 && stdout.split(' ').every((count) => count === '0')) return;
  await output(testbed.script, ['down'], { timeoutMs: 5 * 60_000 });
  await testbedUp();
}

export function kubectl(...args: string[]): Promise<string> {
  return output(testbed.script, ['kubectl', ...args]);
}

export function kubectlRan(...args: string[]): Promise<Ran> {
  return ran(testbed.script, ['kubectl', ...args]);
}

export function applyYaml(yaml: string): Promise<string> {
  return output(testbed.script, ['kubectl', 'apply', '-f', '-'], { input: yaml });
}

/** Runs a program in the node's network namespace. */
export function onNode(...command: string[]): Promise<string> {
  return output(testbed.script, ['node', ...command]);
}

/** Loads rules on the node, as an administrator would. */
export function nftOnNode(rules: string): Promise<string> {
  return output(testbed.script, ['node', 'nft', '-f', '-'], { input: rules });
}
