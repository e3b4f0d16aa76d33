import { Agent, request } from 'node:https';
import { kubeAccess } from '../../src/agent/kube/access.ts';
import { kubectlRan } from '../../test/e2e/harness/testbed.ts';
import { until } from '../../test/e2e/harness/until.ts';

const namespace = 'bench-journal';
const label = { bench: 'kube-journal' };
const selector = 'bench=kube-journal';
const atOnce = 16;

const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
const configMaps = '/api/v1/namespaces/kube-system/configmaps';

/** NetworkPolicies and ConfigMaps as a large cluster has them: this many of each. */
export async function fillCluster(kubeconfig: string, count: number): Promise<void> {
  const api = await apiCalls(kubeconfig);
  try {
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: namespace, labels: label } });
    const numbers = Array.from({ length: count }, (_, number) => number);
    const workers = Array.from({ length: atOnce }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        await api.send('POST', policies, policy(number));
        await api.send('POST', configMaps, configMap(number));
      }
    });
    await Promise.all(workers);
  } finally {
    api.close();
  }
}

/** Takes all of them away again, and waits until they are gone. */
export async function emptyCluster(kubeconfig: string): Promise<void> {
  const api = await apiCalls(kubeconfig);
  try {
    await until(600_000, async () => {
      for (const path of [configMaps, policies]) await api.send('DELETE', `${path}?labelSelector=${selector}`, null);
      const left = await kubectlRan('get', 'configmaps,networkpolicies', '-A', '-l', selector, '-o', 'name');
      return left.code === 0 && left.stdout === '' ? null : 'some are still there';
    });
  } finally {
    api.close();
  }
  await kubectlRan('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=300s');
}

function policy(number: number): object {
  const cidrs = Array.from({ length: 4 }, (_, place) => `10.${number % 256}.${place}.0/24`);
  return {
    metadata: { name: `policy-${number}`, namespace, labels: { ...label, number: String(number) } },
    spec: {
      podSelector: { matchLabels: { app: `app-${number}`, tier: 'web' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [...cidrs.map((cidr) => ({ ipBlock: { cidr } })), { podSelector: { matchLabels: { app: 'front' } } }],
          ports: [443, 8443].map((port) => ({ protocol: 'TCP', port })),
        },
      ],
      egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
    },
  };
}

function configMap(number: number): object {
  const line = `setting-${number} = ${'v'.repeat(60)}\n`;
  return {
    metadata: { name: `config-${number}`, namespace: 'kube-system', labels: label },
    data: { 'app.conf': line.repeat(12), 'limits.conf': line.repeat(3), mode: String(number) },
  };
}

async function apiCalls(kubeconfig: string) {
  const access = await kubeAccess({ kubeconfig, env: {} });
  const credentials = await access.credentials();
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

  /** What is there already, or gone already, is well. */
  function send(method: string, path: string, body: object | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { ...credentials.headers, 'content-type': 'application/json' };
      request(new URL(path, access.server), { agent, method, ...access.tls, ...credentials, headers })
        .on('response', (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => (text += part));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0 } = response;
            const fine =
              statusCode < 300 || [404, 409].includes(statusCode) || (method === 'DELETE' && statusCode >= 500);
            if (fine) resolve();
            else reject(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`));
          });
        })
        .on('error', reject)
        .end(body === null ? undefined : JSON.stringify(body));
    });
  }

  return { send, close: () => agent.destroy() };
}
