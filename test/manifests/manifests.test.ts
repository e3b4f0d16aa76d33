import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { readAgentConfig } from '../../src/agent/config.ts';
import { readSettings } from '../../src/config/settings.ts';
import { ENROLMENT_FILE, enrolmentSecretName } from '../../src/link/enrolment.ts';
import {
  allFiles,
  generatedFrom,
  kustomizations,
  manifest,
  manifests,
  patchedContainers,
  pod,
  pods,
  text,
} from './read.ts';

const CLUSTER_AGENT = 'agents/base/cluster-agent.yaml';
const NODE_AGENT = 'agents/node/node-agent.yaml';
const STATIC_POD = 'agents/static-pod/node-agent.yaml';
const BOT = 'bot/bot.yaml';

/** Whole containers: those of the pods, and those that an option adds. */
const containers = [
  ...pods.flatMap(({ file, spec }) => spec.containers.map((container) => ({ file, container }))),
  ...patchedContainers.filter(({ container }) => container.image !== undefined),
];

describe('the manifests', () => {
  it('are all there: three pods for agents, one for the bot, and the firewall reader as an option', () => {
    expect(pods.map(({ file }) => file)).toEqual([CLUSTER_AGENT, NODE_AGENT, STATIC_POD, BOT]);
    expect(patchedContainers.map(({ file, container }) => `${file} ${container.name}`)).toEqual([
      'agents/cri-status/daemonset.yaml agent',
      'agents/firewall/daemonset.yaml agent',
      'agents/firewall/daemonset.yaml firewall-reader',
      'agents/static-pod-firewall/pod.yaml agent',
      'agents/static-pod-firewall/pod.yaml firewall-reader',
    ]);
  });

  it('name files that exist, and leave none unnamed', () => {
    const folders = new Set(allFiles.map((file) => normalize(join(file, '..'))));
    const named = kustomizations.flatMap(({ folder, resources, patches }) =>
      [...resources, ...patches.map(({ path }) => path)].map((path) => normalize(join(folder, path))),
    );
    for (const path of named) expect(allFiles.includes(path) || folders.has(path), path).toBe(true);
    const unnamed = allFiles.filter(
      (file) => !file.endsWith('kustomization.yaml') && !generatedFrom.has(file) && !named.includes(file),
    );
    expect(unnamed).toEqual([]);
  });

  it('hold no Secret and no wildcard', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(manifests.filter(({ body }) => JSON.stringify(body).includes('"*"'))).toEqual([]);
  });
});

describe('the rights of the cluster agent', () => {
  const rules = (kind: string, namespace?: string) =>
    z.object({ rules: z.array(Rule) }).parse(manifest(kind, 'apidown-agent', namespace)).rules;
  const flat = (kind: string, namespace?: string) =>
    rules(kind, namespace).flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((resource) => (group === '' ? resource : `${resource}.${group}`))),
    );
  const Rule = z.strictObject({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    verbs: z.array(z.string()),
  });

  it('are exactly these in the whole cluster', () => {
    expect(flat('ClusterRole')).toEqual([
      'pods',
      'nodes',
      'namespaces',
      'services',
      'events',
      'endpointslices.discovery.k8s.io',
      'networkpolicies.networking.k8s.io',
      'adminnetworkpolicies.policy.networking.k8s.io',
      'baselineadminnetworkpolicies.policy.networking.k8s.io',
      'clusternetworkpolicies.policy.networking.k8s.io',
      'ciliumnetworkpolicies.cilium.io',
      'ciliumclusterwidenetworkpolicies.cilium.io',
      'networkpolicies.crd.projectcalico.org',
      'globalnetworkpolicies.crd.projectcalico.org',
      'hostendpoints.crd.projectcalico.org',
      'networkpolicies.crd.antrea.io',
      'clusternetworkpolicies.crd.antrea.io',
    ]);
  });

  it('are exactly these in kube-system and kube-public', () => {
    expect(flat('Role', 'kube-system')).toEqual([
      'configmaps',
      'deployments.apps',
      'replicasets.apps',
      'daemonsets.apps',
    ]);
    expect(flat('Role', 'kube-public')).toEqual(['configmaps']);
  });

  it('write nothing, and are given to nobody else', () => {
    const roles = manifests.filter(({ kind }) => kind.endsWith('Role'));
    expect(roles.map(({ kind, namespace }) => `${kind} ${namespace}`)).toEqual([
      'ClusterRole undefined',
      'Role kube-system',
      'Role kube-public',
    ]);
    for (const { kind, namespace } of roles) {
      for (const { verbs } of rules(kind, namespace)) expect(verbs).toEqual(['get', 'list', 'watch']);
    }
    const bindings = manifests.filter(({ kind }) => kind.endsWith('RoleBinding'));
    expect(bindings).toHaveLength(3);
    for (const { body } of bindings) {
      expect(body.subjects).toEqual([{ kind: 'ServiceAccount', name: 'apidown-agent', namespace: 'apidown' }]);
    }
  });
});

describe.each(containers.map(({ file, container }) => ({ file, name: container.name, container })))(
  'the container $name of $file',
  ({ container }) => {
    it('runs a pinned image, of the version of this program', () => {
      expect(container.image).toBe(`apidown:${packageJson.version}`);
      expect(container.imagePullPolicy).toBe('IfNotPresent');
      expect(container.workingDir).toBe('/app');
      expect(container.command?.[0]).toBe('/usr/local/bin/node');
      expect(container.command?.[1]).toMatch(/^src\/bin\/(agent|bot)\.ts$/);
    });

    it('can not become more than it is', () => {
      const { privileged, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
      expect({ allowPrivilegeEscalation, readOnlyRootFilesystem }).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
      });
      expect(privileged ?? false).toBe(false);
      expect(capabilities).toEqual(
        container.name === 'firewall-reader' ? { drop: ['ALL'], add: ['NET_ADMIN'] } : { drop: ['ALL'] },
      );
    });

    it('says what it needs and how much it may take', () => {
      expect(container.resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      expect(container.resources?.limits).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
    });
  },
);

describe.each(pods.map(({ file, spec }) => ({ file, spec })))('the pod of $file', ({ file, spec }) => {
  it('shares neither the processes nor the memory of its node, and is handed no token unasked', () => {
    expect([spec.hostPID, spec.hostIPC, spec.automountServiceAccountToken]).toEqual([false, false, false]);
    expect(spec.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
  });

  it('is on the network of its node only where it looks at the node', () => {
    expect(spec.hostNetwork).toBe([NODE_AGENT, STATIC_POD].includes(file));
  });

  it('mounts only volumes that it has', () => {
    const names = spec.volumes.map(({ name }) => name);
    expect([...new Set(spec.containers.flatMap((each) => each.volumeMounts.map(({ name }) => name)))].sort()).toEqual(
      names.toSorted(),
    );
  });
});

describe.each([CLUSTER_AGENT, BOT])('the pod of %s', (file) => {
  it('keeps to the restricted Pod Security level', () => {
    const { securityContext, volumes, containers: all } = pod(file);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: expect.any(Number) });
    expect(Number(securityContext.runAsUser)).toBeGreaterThan(10_000);
    const kinds = volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
    const allowed = ['configMap', 'emptyDir', 'projected', 'secret', 'downwardAPI', 'persistentVolumeClaim'];
    expect(kinds.filter((kind) => !allowed.includes(kind))).toEqual([]);
    expect(all.flatMap(({ ports }) => ports).filter(({ hostPort }) => hostPort !== undefined)).toEqual([]);
    for (const { securityContext: own } of all) expect(own).not.toHaveProperty('runAsUser');
  });
});

describe('the cluster agent', () => {
  it('is the only one with a token, which is short-lived', () => {
    const withToken = pods.filter(({ spec }) => JSON.stringify(spec).includes('serviceAccountToken"'));
    expect(withToken.map(({ file }) => file)).toEqual([CLUSTER_AGENT]);
    expect(JSON.stringify(withToken)).toContain('"expirationSeconds":3600');
  });

  it('may be dialed by nobody, and may dial names, the bot and the API under any port', () => {
    expect(manifest('NetworkPolicy', 'apidown-agent', 'apidown').spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [{ ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'TCP' }] }],
    });
  });

  it('lives in a namespace that holds it to that', () => {
    expect(manifest('Namespace', 'apidown').metadata).toMatchObject({
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
  });
});

describe.each([NODE_AGENT, STATIC_POD])('the node agent of %s', (file) => {
  const spec = pod(file);

  it('sees these paths of its node and no others, and writes only its own', () => {
    const paths = spec.volumes.flatMap(({ name, hostPath }) => (hostPath === undefined ? [] : [{ name, ...hostPath }]));
    const writable = new Set(
      spec.containers.flatMap((each) => each.volumeMounts.filter(({ readOnly }) => !readOnly).map(({ name }) => name)),
    );
    const seen = paths.map(({ name, path }) => `${writable.has(name) ? 'writes' : 'reads'} ${path}`);
    expect(seen.filter((path) => path !== 'reads /etc/apidown')).toEqual([
      'writes /var/lib/apidown',
      'reads /etc/kubernetes/manifests',
      'reads /etc/kubernetes/pki/ca.crt',
      'reads /var/log/pods',
      'reads /var/log/containers',
    ]);
    expect(seen.includes('reads /etc/apidown')).toBe(file === STATIC_POD);
  });

  it('is told where each of them is', () => {
    const [agent] = spec.containers;
    const mounts = new Set(agent?.volumeMounts.map(({ mountPath }) => mountPath));
    const folders = agent?.env.filter(({ name }) => /_(DIR|CA_FILE)$/.test(name) && name !== 'APIDOWN_PROC_DIR') ?? [];
    expect(folders.map(({ value }) => value).filter((value) => !mounts.has(value ?? ''))).toEqual([]);
    expect(folders).toHaveLength(5);
  });
});

describe('the static pod', () => {
  it('refers to nothing that only an API server could give', () => {
    expect(JSON.stringify(pod(STATIC_POD))).not.toMatch(/configMap|secret|serviceAccountName/i);
  });

  it('is the container of the DaemonSet but for that', () => {
    const [daemon] = pod(NODE_AGENT).containers;
    const [own] = pod(STATIC_POD).containers;
    for (const key of ['command', 'securityContext', 'resources', 'livenessProbe'] as const) {
      expect(own?.[key]).toEqual(daemon?.[key]);
    }
  });
});

describe('the enrolment', () => {
  it.each([
    [CLUSTER_AGENT, 'cluster', 0o440],
    [NODE_AGENT, 'node', 0o400],
  ] as const)('is mounted where the agent of %s looks for it', (file, role, mode) => {
    const spec = pod(file);
    const volume = spec.volumes.find(({ secret }) => secret !== undefined);
    expect(volume?.secret).toEqual({ secretName: enrolmentSecretName(role), defaultMode: mode });
    const [agent] = spec.containers;
    const mount = agent?.volumeMounts.find(({ name }) => name === volume?.name);
    expect(agent?.env).toContainEqual({ name: 'APIDOWN_KEY_FILE', value: `${mount?.mountPath}/${ENROLMENT_FILE}` });
    expect(agent?.env).toContainEqual({ name: 'APIDOWN_ROLE', value: role });
  });
});

describe('every agent', () => {
  it.each([
    [CLUSTER_AGENT, 'cluster'],
    [NODE_AGENT, 'node'],
    [STATIC_POD, 'node'],
    ['agents/firewall/daemonset.yaml', 'firewall-reader'],
    ['agents/static-pod-firewall/pod.yaml', 'firewall-reader'],
  ])('of %s starts as %s from what it is told', (file, role) => {
    const container = containers.find((each) => each.file === file)?.container;
    const env = Object.fromEntries(
      container?.env.map(({ name, value }) => [name, value ?? 'given-by-kubernetes']) ?? [],
    );
    // What the ConfigMap or the enrolment brings.
    const cluster = { APIDOWN_CLUSTER: 'prod', APIDOWN_BOT_URL: 'https://bot.example:8443' };
    const answer = readAgentConfig({ ...cluster, ...env }, container?.command?.slice(2) ?? []);
    expect(answer).toMatchObject({ kind: 'ok' });
    if (answer.kind === 'ok')
      expect(answer.config.kind === 'linked' ? answer.config.role : answer.config.kind).toBe(role);
  });
});

describe('the bot', () => {
  it('runs once, over one file', () => {
    const spec = z
      .looseObject({ replicas: z.number(), strategy: z.unknown() })
      .parse(manifest('Deployment', 'apidown-bot').spec);
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('starts from a configuration that is right and fits what is mounted', () => {
    const read = readSettings(text('bot/apidown.yaml'), '/etc/apidown/config/apidown.yaml');
    if (read.kind === 'bad') throw new Error(JSON.stringify(read.mistakes));
    const [bot] = pod(BOT).containers;
    const mounts = bot?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
    const { hub, http, store } = read.settings;
    for (const file of [store.file, hub.tls?.cert ?? '', hub.tls?.key ?? '']) {
      expect(mounts).toContain(file.slice(0, file.lastIndexOf('/')));
    }
    expect(bot?.ports).toMatchObject([
      { name: 'hub', containerPort: hub.listen.port },
      { name: 'http', containerPort: http.listen.port },
    ]);
    expect(bot?.command).toContain('/etc/apidown/config/apidown.yaml');
  });
});
