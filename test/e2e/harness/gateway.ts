import { output } from './exec.ts';
import type { Undo } from './faults.ts';
import { image } from './image.ts';
import { applyYaml, kubectl, kubectlRan, testbed } from './testbed.ts';

/** A TCP proxy on the pod network, as clusters that front their API server with one have it. */
export async function deployGateway(): Promise<void> {
  const proxy = `require('net').createServer((c)=>{const s=require('net').connect(6443,'${testbed.nodeAddress}');c.pipe(s).pipe(c);for(const e of [c,s])e.on('error',()=>{c.destroy();s.destroy()})}).listen(8443)`;
  await applyYaml(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'edge' } },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'gateway', namespace: 'edge', labels: { app: 'gateway' } },
          spec: {
            containers: [
              {
                name: 'proxy',
                image,
                imagePullPolicy: 'Never',
                command: ['/usr/local/bin/node', '-e', proxy],
                ports: [{ containerPort: 8443 }],
              },
            ],
          },
        },
      ],
    }),
  );
  await kubectl('-n', 'edge', 'wait', 'pod/gateway', '--for=condition=Ready', '--timeout=60s');
}

export async function removeGateway(): Promise<void> {
  await kubectlRan('delete', 'namespace', 'edge', '--ignore-not-found', '--timeout=60s');
}

/** A policy that lets nothing in to the pods with these labels. */
export async function policy(namespace: string, name: string, labels: Record<string, string>): Promise<Undo> {
  await applyYaml(
    JSON.stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name },
      spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
    }),
  );
  return async () => void (await kubectl('-n', namespace, 'delete', 'networkpolicy', name));
}

/** The cut that a policy engine would make, in the pod's own namespace, where no agent looks. */
export async function cutGateway(): Promise<Undo> {
  const address = (await kubectl('-n', 'edge', 'get', 'pod', 'gateway', '-o', 'jsonpath={.status.podIP}')).trim();
  const namespaces = (await output('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const namespace of namespaces.filter((name) => name.startsWith('cni-'))) {
    const addresses = await output('ip', ['netns', 'exec', namespace, 'ip', '-o', 'addr']);
    if (!addresses.includes(`${address}/`)) continue;
    const nft = (rules: string) => output('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: rules });
    await nft('table inet cut {\nchain in { type filter hook input priority 0; tcp dport 8443 drop; }\n}\n');
    return async () => void (await nft('delete table inet cut\n'));
  }
  throw new Error(`no network namespace has the gateway's address ${address}`);
}
