import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeAccess } from '../../../src/agent/kube/access.ts';
import { readKubeconfig } from '../../../src/agent/kube/kubeconfig.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rm(dir, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

function kubeconfig(user: string, cluster = ''): string {
  return `
apiVersion: v1
kind: Config
current-context: prod
contexts:
- {name: other, context: {cluster: wrong, user: me}}
- {name: prod, context: {cluster: right, user: me}}
clusters:
- {name: wrong, cluster: {server: "https://wrong:1"}}
- name: right
  cluster:
    server: https://10.0.0.10:6443/prefix
    certificate-authority-data: ${base64('the CA')}
    ${cluster}
users:
- name: me
  user: ${user}
`;
}

async function accessBy(text: string) {
  const path = join(dir, 'config');
  await writeFile(path, text);
  return kubeAccess({ kubeconfig: path, env: {} });
}

describe('a kubeconfig', () => {
  it('is read for its current context', async () => {
    const access = await accessBy(kubeconfig('{token: abc}', 'tls-server-name: kubernetes'));
    expect(access.server.href).toBe('https://10.0.0.10:6443/prefix');
    expect(access).toMatchObject({
      origin: 'kubeconfig',
      caPem: 'the CA',
      tls: { ca: 'the CA', servername: 'kubernetes' },
    });
    expect(access.tls.rejectUnauthorized).toBeUndefined();
    expect(await access.credentials()).toEqual({ headers: { authorization: 'Bearer abc' } });
  });

  it('with a client certificate gives certificate and key', async () => {
    const user = `{client-certificate-data: ${base64('cert')}, client-key-data: ${base64('key')}}`;
    expect(await (await accessBy(kubeconfig(user))).credentials()).toEqual({ cert: 'cert', key: 'key' });
  });

  it('with a token file has it read before each request, beside the kubeconfig', async () => {
    const access = await accessBy(kubeconfig('{tokenFile: token}'));
    await writeFile(join(dir, 'token'), 'first\n');
    expect(await access.credentials()).toEqual({ headers: { authorization: 'Bearer first' } });
    await writeFile(join(dir, 'token'), 'second\n');
    expect(await access.credentials()).toEqual({ headers: { authorization: 'Bearer second' } });
  });

  it('with a credential plug-in is handed to the official client', async () => {
    const answer = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'by-plugin' },
    });
    const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: echo, args: ['${answer}'], interactiveMode: Never}}`;
    const access = await accessBy(kubeconfig(user));
    expect(await access.credentials()).toMatchObject({ headers: { Authorization: 'Bearer by-plugin' } });
  });

  it.each([
    ['not: [yaml', /not YAML/],
    ['just text', /expected object/],
    ['clusters: []', /clusters/],
    [kubeconfig('{}').replace('current-context: prod', 'current-context: gone'), /"gone" is not among its contexts/],
    [kubeconfig('{}').replace('https://10', 'ftp://10'), /expected https:\/\/host:port/],
    [kubeconfig('{}', 'proxy-url: http://proxy:3128'), /asks for the proxy/],
  ])('that can not be used says why: %j', async (text, why) => {
    await expect(accessBy(text)).rejects.toThrow(why);
  });

  it('that is not there says where it was looked for', async () => {
    const path = join(dir, 'none');
    await expect(kubeAccess({ kubeconfig: path, env: {} })).rejects.toThrow(`Can't read the kubeconfig at ${path}`);
  });

  it('of cluster-info has no context, and still a cluster', () => {
    const answer = readKubeconfig(
      'clusters: [{name: "", cluster: {server: "https://a:1"}}]\ncontexts: null\nusers: null\n',
    );
    expect(answer).toMatchObject({ kind: 'read', config: { server: 'https://a:1', user: { kind: 'nobody' } } });
  });
});

describe('a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

  it("asks as its service account, by the Service's address", async () => {
    await mkdir(join(dir, 'sa'));
    await writeFile(join(dir, 'sa', 'ca.crt'), 'the CA');
    await writeFile(join(dir, 'sa', 'token'), 'old');
    const access = await kubeAccess({ kubeconfig: null, env, serviceAccountDir: join(dir, 'sa') });
    expect(access.server.origin).toBe('https://10.96.0.1');
    expect(access).toMatchObject({ origin: 'service', caPem: 'the CA' });
    await writeFile(join(dir, 'sa', 'token'), 'replaced by the kubelet');
    expect(await access.credentials()).toEqual({ headers: { authorization: 'Bearer replaced by the kubelet' } });
  });

  it('without a token says where it was looked for', async () => {
    await expect(kubeAccess({ kubeconfig: null, env, serviceAccountDir: dir })).rejects.toThrow(join(dir, 'ca.crt'));
  });

  it('is needed where there is no kubeconfig', async () => {
    await expect(kubeAccess({ kubeconfig: null, env: {} })).rejects.toThrow('APIDOWN_KUBECONFIG');
  });
});
