import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { makeAuthority } from './certificates.ts';

/** A small API server on loopback: lists in pages, watches with bookmarks, and the ways in which both break. */
export interface StandInKubeApi {
  /** `https://127.0.0.1:port`; stays the same over `stop` and `start`. */
  readonly url: string;
  readonly port: number;
  readonly caPem: string;
  /** Every request since the start, as `GET /path?query`. */
  readonly requests: readonly string[];
  /** Which form each of them asked for. */
  readonly accepts: readonly string[];
  /** Streams that are open now. */
  openStreams(path?: string): number;
  /** Adds or replaces an object of a collection, such as `/api/v1/pods`, and tells the watchers. */
  put(collection: string, object: KubeObject): void;
  remove(collection: string, name: string, namespace?: string): void;
  /** What a collection holds. */
  objects(collection: string): readonly KubeObject[];
  /** What a plain GET of this path answers. */
  document(path: string, body: unknown): void;
  /** A bookmark with the newest version to every watcher. */
  bookmark(): void;
  /** Forgets all history: a watch from before gets 410. */
  compact(): void;
  /** Answers requests whose path starts so with this status; null: no longer. */
  refuse(path: string, status: number | null): void;
  /** Accepts, and never answers; open streams stay open and silent. */
  hang(hanging: boolean): void;
  /** Tears every open connection. */
  cut(): void;
  /** Ends every open stream in order, as a server does after `timeoutSeconds`. */
  endStreams(): void;
  /** Writes this to every open stream, as it is. */
  write(text: string): void;
  /** From the next connection on it presents a new certificate for these, by the same authority. */
  present(names: readonly string[], addresses: readonly string[]): Promise<void>;
  /** Refuses connections until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface KubeObject {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

interface Stored {
  readonly key: string;
  readonly object: KubeObject;
}

interface Happened {
  readonly version: number;
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

interface Stream {
  readonly collection: string;
  readonly selector: string | null;
  readonly response: ServerResponse;
}

export interface KubeApiOptions {
  /** Subject alternative names of its certificate besides its own on loopback. */
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  /** Whoever does not bring it gets 401; left out: everyone is let in. */
  readonly token?: string;
}

export async function startKubeApi(options: KubeApiOptions = {}): Promise<StandInKubeApi> {
  const { names = [], addresses = [], token } = options;
  const authority = await makeAuthority('stand-in cluster CA');
  const issue = (names: readonly string[], addresses: readonly string[]) =>
    authority.issue({
      commonName: 'kube-apiserver',
      names: ['localhost', ...names],
      addresses: ['127.0.0.1', ...addresses],
    });
  let leaf = await issue(names, addresses);
  const collections = new Map<string, Map<string, Stored>>();
  const documents = new Map<string, unknown>([['/version', { gitVersion: 'v1.37.2' }]]);
  const refusals = new Map<string, number>();
  const history: Happened[] = [];
  const streams = new Set<Stream>();
  const sockets = new Set<Duplex>();
  const requests: string[] = [];
  const accepts: string[] = [];
  let version = 1;
  let oldest = 0;
  let hanging = false;
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(at: number): Promise<Server> {
    const next = createServer({ key: leaf.keyPem, cert: leaf.certPem }, answer);
    next.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    next.listen(at, '127.0.0.1');
    await once(next, 'listening');
    return next;
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    requests.push(`${request.method} ${request.url}`);
    accepts.push(request.headers.accept ?? '');
    if (hanging) return;
    const url = new URL(request.url ?? '/', 'https://stand-in');
    const path = url.pathname;
    const refused = [...refusals].find(([start]) => path.startsWith(start));
    const document = documents.get(path);
    const collection = collections.get(path);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      send(response, 401, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'Unauthorized', code: 401 });
    } else if (refused !== undefined) send(response, refused[1], { kind: 'Status', message: `no access to ${path}` });
    else if (document !== undefined) send(response, 200, document);
    else if (collection === undefined) send(response, 404, { kind: 'Status', message: `${path} not found` });
    else if (url.searchParams.get('watch') === 'true') watch(path, url, response);
    else list(collection, url, response);
  }

  function list(collection: ReadonlyMap<string, Stored>, url: URL, response: ServerResponse): void {
    const limit = Number(url.searchParams.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const from = Number(url.searchParams.get('continue') ?? 0);
    const selected = [...collection.values()].map(({ object }) => object).filter(selects(labelSelector(url)));
    const page = selected.slice(from, from + limit);
    const more = from + limit < selected.length ? String(from + limit) : '';
    send(response, 200, { kind: 'List', metadata: { resourceVersion: String(version), continue: more }, items: page });
  }

  function watch(collection: string, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const stream = { collection, selector: labelSelector(url), response };
    if (from < oldest) {
      response.end(line('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' }));
      return;
    }
    streams.add(stream);
    response.on('close', () => streams.delete(stream));
    for (const event of history) if (event.version > from) tell(stream, event);
  }

  function tell(stream: Stream, event: Happened): void {
    if (stream.collection !== event.collection || !selects(stream.selector)(event.object) || hanging) return;
    stream.response.write(line(event.type, event.object));
  }

  function happen(collection: string, type: Happened['type'], object: KubeObject): KubeObject {
    version++;
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const event = { version, collection, type, object: versioned };
    history.push(event);
    for (const stream of streams) tell(stream, event);
    return versioned;
  }

  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  const api: StandInKubeApi = {
    url: `https://127.0.0.1:${port}`,
    port,
    caPem: authority.caPem,
    requests,
    accepts,
    openStreams: (path) => [...streams].filter((stream) => path === undefined || stream.collection === path).length,
    put(collection, object) {
      const stored = collections.get(collection) ?? new Map<string, Stored>();
      collections.set(collection, stored);
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      const uid = object.metadata.uid ?? stored.get(key)?.object.metadata.uid ?? `uid-${collection}-${key}`;
      const type = stored.has(key) ? 'MODIFIED' : 'ADDED';
      const made = happen(collection, type, { ...object, metadata: { ...object.metadata, uid } });
      stored.set(key, { key, object: made });
    },
    remove(collection, name, namespace = '') {
      const stored = collections.get(collection)?.get(`${namespace}/${name}`);
      if (stored === undefined) throw new Error(`${collection} has no ${namespace}/${name}`);
      collections.get(collection)?.delete(stored.key);
      happen(collection, 'DELETED', stored.object);
    },
    objects: (collection) => [...(collections.get(collection)?.values() ?? [])].map(({ object }) => object),
    document: (path, body) => void documents.set(path, body),
    bookmark() {
      version++;
      for (const { response } of streams)
        response.write(line('BOOKMARK', { metadata: { resourceVersion: String(version) } }));
    },
    compact() {
      history.length = 0;
      oldest = ++version;
    },
    refuse(path, status) {
      if (status === null) refusals.delete(path);
      else refusals.set(path, status);
    },
    hang(value) {
      hanging = value;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    endStreams() {
      for (const { response } of streams) response.end();
    },
    write(text) {
      for (const { response } of streams) response.write(text);
    },
    async present(names, addresses) {
      leaf = await issue(names, addresses);
      server.setSecureContext({ key: leaf.keyPem, cert: leaf.certPem });
    },
    stop,
    async start() {
      server = await listen(port);
    },
    close: stop,
  };
  for (const path of Object.values(COLLECTIONS)) collections.set(path, new Map());
  return api;
}

/** What an agent follows; there from the start, and empty. */
export const COLLECTIONS = {
  pods: '/api/v1/pods',
  namespaces: '/api/v1/namespaces',
  networkPolicies: '/apis/networking.k8s.io/v1/networkpolicies',
  services: '/api/v1/services',
  nodes: '/api/v1/nodes',
  endpointSlices: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  configMaps: '/api/v1/namespaces/kube-system/configmaps',
  publicConfigMaps: '/api/v1/namespaces/kube-public/configmaps',
  deployments: '/apis/apps/v1/namespaces/kube-system/deployments',
  daemonSets: '/apis/apps/v1/namespaces/kube-system/daemonsets',
  replicaSets: '/apis/apps/v1/namespaces/kube-system/replicasets',
  podEvents: '/api/v1/namespaces/kube-system/events',
  nodeEvents: '/api/v1/namespaces/default/events',
} as const;

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function labelSelector(url: URL): string | null {
  return url.searchParams.get('labelSelector');
}

function selects(selector: string | null): (object: KubeObject) => boolean {
  if (selector === null) return () => true;
  const [label = '', value] = selector.split('=');
  return ({ metadata }) => {
    const labels = metadata.labels;
    return (
      typeof labels === 'object' &&
      labels !== null &&
      Object.entries(labels).some((each) => each[0] === label && each[1] === value)
    );
  };
}
