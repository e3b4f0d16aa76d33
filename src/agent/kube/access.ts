import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { endpointUrl } from '../../words/endpoint.ts';
import { type KubeUser, type PemSource, type ReadKubeconfig, readKubeconfig } from './kubeconfig.ts';

/** How to reach the API server and as whom. */
export interface KubeAccess {
  /** `https://host:port`, perhaps with a path. */
  readonly server: URL;
  readonly origin: 'kubeconfig' | 'service';
  /** What the server's certificate is checked against; null: the system's authorities. */
  readonly caPem: string | null;
  readonly tls: Pick<RequestOptions, 'ca' | 'servername' | 'rejectUnauthorized'>;
  /** Asked before every request, since tokens are replaced on disk while the agent runs. */
  credentials(): Promise<Pick<RequestOptions, 'headers' | 'cert' | 'key'>>;
}

/** @throws with what is missing or wrong, and what was expected. */
export async function kubeAccess(options: {
  /** Path of a kubeconfig; null: the service account of the pod. */
  readonly kubeconfig: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDir?: string;
}): Promise<KubeAccess> {
  return options.kubeconfig === null
    ? serviceAccountAccess(options.env, options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR)
    : kubeconfigAccess(options.kubeconfig);
}

/** Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

async function serviceAccountAccess(
  env: Readonly<Record<string, string | undefined>>,
  dir: string,
): Promise<KubeAccess> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) {
    throw new Error('Not in a pod (KUBERNETES_SERVICE_HOST is not set) and APIDOWN_KUBECONFIG names no kubeconfig');
  }
  const caPem = await fileText(join(dir, 'ca.crt'), "the service account's CA");
  await fileText(join(dir, 'token'), "the service account's token");
  return {
    server: new URL(endpointUrl(host, Number(port))),
    origin: 'service',
    caPem,
    tls: { ca: caPem },
    credentials: async () => bearer(await fileText(join(dir, 'token'), "the service account's token")),
  };
}

async function kubeconfigAccess(path: string): Promise<KubeAccess> {
  const answer = readKubeconfig(await fileText(path, 'the kubeconfig'));
  if (answer.kind === 'unreadable') throw new Error(`The kubeconfig ${path} can't be used: ${answer.message}`);
  const config = answer.config;
  if (config.proxyUrl !== null) {
    throw new Error(
      `The kubeconfig ${path} asks for the proxy ${config.proxyUrl}; the agent has to reach the API server directly`,
    );
  }
  const at = (file: string) => resolve(dirname(path), file);
  const caPem = config.ca === null ? null : await pem(config.ca, at, 'the CA');
  return {
    server: serverUrl(config, path),
    origin: 'kubeconfig',
    caPem,
    tls: {
      ...(caPem === null ? {} : { ca: caPem }),
      ...(config.serverName === null ? {} : { servername: config.serverName }),
      ...(config.insecure ? { rejectUnauthorized: false } : {}),
    },
    credentials: await userCredentials(config.user, at, path),
  };
}

function serverUrl(config: ReadKubeconfig, path: string): URL {
  const url = URL.canParse(config.server) ? new URL(config.server) : undefined;
  if (url?.protocol !== 'https:') {
    throw new Error(`The kubeconfig ${path} names the server "${config.server}"; expected https://host:port`);
  }
  return url;
}

async function userCredentials(
  user: KubeUser,
  at: (file: string) => string,
  kubeconfig: string,
): Promise<KubeAccess['credentials']> {
  switch (user.kind) {
    case 'nobody':
      return async () => ({});
    case 'token':
      return async () => bearer(user.token);
    case 'tokenFile':
      return async () => bearer(await fileText(at(user.path), 'the token'));
    case 'password': {
      const basic = Buffer.from(`${user.name}:${user.password}`).toString('base64');
      return async () => ({ headers: { authorization: `Basic ${basic}` } });
    }
    case 'certificate':
      return async () => ({
        cert: await pem(user.cert, at, 'the client certificate'),
        key: await pem(user.key, at, 'the client key'),
      });
    case 'plugin':
      return pluginCredentials(kubeconfig);
  }
}

/** The official client takes 80 MB when it is loaded, so only where its credential plug-ins are asked for. */
async function pluginCredentials(kubeconfig: string): Promise<KubeAccess['credentials']> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return {
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      ...(options.cert === undefined ? {} : { cert: options.cert }),
      ...(options.key === undefined ? {} : { key: options.key }),
    };
  };
}

function bearer(token: string): Pick<RequestOptions, 'headers'> {
  return { headers: { authorization: `Bearer ${token.trim()}` } };
}

async function pem(source: PemSource, at: (file: string) => string, what: string): Promise<string> {
  return source.kind === 'pem' ? source.pem : fileText(at(source.path), what);
}

async function fileText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`Can't read ${what} at ${path}`, { cause });
  }
}
