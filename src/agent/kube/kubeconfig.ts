import { parse } from 'yaml';
import { z } from 'zod';

/** What a kubeconfig says of its current context; of its first cluster when it has none, as `kube-public/cluster-info` does. */
export interface ReadKubeconfig {
  /** As written: `https://host:port`, perhaps with a path. */
  readonly server: string;
  readonly ca: PemSource | null;
  readonly insecure: boolean;
  readonly serverName: string | null;
  readonly proxyUrl: string | null;
  readonly user: KubeUser;
}

/** Text given in place, or a file that holds it (perhaps relative to the kubeconfig's folder). */
export type PemSource =
  | { readonly kind: 'pem'; readonly pem: string }
  | { readonly kind: 'file'; readonly path: string };

export type KubeUser =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'certificate'; readonly cert: PemSource; readonly key: PemSource }
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  /** `exec` and `auth-provider`: only the official client knows how. */
  | { readonly kind: 'plugin' };

export type KubeconfigAnswer =
  | { readonly kind: 'read'; readonly config: ReadKubeconfig }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Source of the format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export function readKubeconfig(text: string): KubeconfigAnswer {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    return unreadable(`it is not YAML: ${firstLine(cause)}`);
  }
  const parsed = Kubeconfig.safeParse(raw);
  if (!parsed.success) return unreadable(z.prettifyError(parsed.error));
  const file = parsed.data;
  const context = file.contexts.find((each) => each.name === file['current-context'])?.context;
  if (file['current-context'] !== '' && context === undefined) {
    return unreadable(`current-context "${file['current-context']}" is not among its contexts`);
  }
  const cluster =
    context === undefined ? file.clusters[0] : file.clusters.find((each) => each.name === context.cluster);
  if (cluster === undefined) return unreadable('it names no cluster for its current context');
  const user = file.users.find((each) => each.name === context?.user)?.user;
  const read = pemSource(cluster.cluster['certificate-authority-data'], cluster.cluster['certificate-authority']);
  return {
    kind: 'read',
    config: {
      server: cluster.cluster.server,
      ca: read,
      insecure: cluster.cluster['insecure-skip-tls-verify'] === true,
      serverName: cluster.cluster['tls-server-name'] ?? null,
      proxyUrl: cluster.cluster['proxy-url'] ?? null,
      user: user === undefined ? { kind: 'nobody' } : kubeUser(user),
    },
  };
}

const text = z.string().min(1).nullish();

const Cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': text,
  'proxy-url': text,
});

const User = z.object({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});

const Kubeconfig = z.object({
  'current-context': z
    .string()
    .nullish()
    .transform((name) => name ?? ''),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })).min(1),
  contexts: list(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().nullish() }) }),
  ),
  users: list(z.object({ name: z.string(), user: User })),
});

/** Go writes an empty list as `null`. */
function list<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

function kubeUser(user: z.infer<typeof User>): KubeUser {
  // The order of kubectl: a token beats a certificate, and `exec` is asked only without either.
  if (user.tokenFile) return { kind: 'tokenFile', path: user.tokenFile };
  if (user.token) return { kind: 'token', token: user.token };
  const cert = pemSource(user['client-certificate-data'], user['client-certificate']);
  const key = pemSource(user['client-key-data'], user['client-key']);
  if (cert !== null && key !== null) return { kind: 'certificate', cert, key };
  if (user.username) return { kind: 'password', name: user.username, password: user.password ?? '' };
  if (user.exec || user['auth-provider']) return { kind: 'plugin' };
  return { kind: 'nobody' };
}

function pemSource(data: string | null | undefined, path: string | null | undefined): PemSource | null {
  if (data) return { kind: 'pem', pem: Buffer.from(data, 'base64').toString('utf8') };
  return path ? { kind: 'file', path } : null;
}

function unreadable(why: string): KubeconfigAnswer {
  return { kind: 'unreadable', message: why };
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}
