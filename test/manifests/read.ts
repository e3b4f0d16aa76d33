import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../manifests', import.meta.url));

const Container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  imagePullPolicy: z.string().optional(),
  workingDir: z.string().optional(),
  command: z.array(z.string()).optional(),
  env: z
    .array(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() }))
    .default([]),
  securityContext: z.record(z.string(), z.unknown()).default({}),
  resources: z
    .object({ requests: z.record(z.string(), z.string()), limits: z.record(z.string(), z.string()) })
    .optional(),
  ports: z
    .array(z.object({ name: z.string(), containerPort: z.number(), hostPort: z.number().optional() }))
    .default([]),
  livenessProbe: z.looseObject({ exec: z.object({ command: z.array(z.string()) }).optional() }).optional(),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }))
    .default([]),
});

const Volume = z.looseObject({
  name: z.string(),
  hostPath: z.object({ path: z.string(), type: z.string() }).optional(),
  secret: z.object({ secretName: z.string(), defaultMode: z.number() }).optional(),
});

const PodSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  hostNetwork: z.boolean().default(false),
  hostPID: z.boolean().default(false),
  hostIPC: z.boolean().default(false),
  securityContext: z.record(z.string(), z.unknown()).default({}),
  containers: z.array(Container),
  volumes: z.array(Volume).default([]),
});
export type PodSpec = z.infer<typeof PodSpec>;

const Manifest = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }).loose(),
});

export interface FoundManifest {
  /** Relative to `manifests/`. */
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly body: Record<string, unknown>;
}

/** Of a kustomization or component, only what names files. */
const Kustomization = z.looseObject({
  resources: z.array(z.string()).default([]),
  patches: z.array(z.object({ path: z.string() })).default([]),
  configMapGenerator: z.array(z.object({ files: z.array(z.string()) }).loose()).default([]),
});

export const kustomizations = filesIn(ROOT)
  .filter((file) => file.endsWith('kustomization.yaml'))
  .map((file) => ({
    folder: dirname(file),
    ...Kustomization.parse(documents(file)[0]),
  }));

/** Files that say only what is different in another one. */
const patchFiles = new Set(
  kustomizations.flatMap(({ folder, patches }) => patches.map(({ path }) => join(folder, path))),
);

const generatedFrom = new Set(
  kustomizations.flatMap(({ folder, configMapGenerator }) =>
    configMapGenerator.flatMap(({ files }) => files.map((file) => join(folder, file))),
  ),
);

export const manifests: readonly FoundManifest[] = filesIn(ROOT)
  .filter((file) => !file.endsWith('kustomization.yaml') && !generatedFrom.has(file))
  .flatMap((file) =>
    documents(file).map((document) => {
      const body = Manifest.parse(document);
      return { file, kind: body.kind, name: body.metadata.name, namespace: body.metadata.namespace, body };
    }),
  );

/** Every pod that the manifests make, by file; patches are not pods yet. */
export const pods: readonly { readonly file: string; readonly spec: PodSpec }[] = manifests
  .filter(({ kind, file }) => ['Deployment', 'DaemonSet', 'Pod'].includes(kind) && !patchFiles.has(file))
  .map(({ file, body }) => ({ file, spec: podSpec(body) }));

/** The containers that a patch adds or changes. */
export const patchedContainers = manifests
  .filter(({ file }) => patchFiles.has(file))
  .flatMap(({ file, body }) => podSpec(body).containers.map((container) => ({ file, container })));

export const allFiles = filesIn(ROOT);
export { generatedFrom };

export function pod(file: string): PodSpec {
  const found = pods.find((each) => each.file === file);
  if (found === undefined) throw new Error(`no pod in ${file}`);
  return found.spec;
}

export function manifest(kind: string, name: string, namespace?: string): Record<string, unknown> {
  const found = manifests.find((each) => each.kind === kind && each.name === name && each.namespace === namespace);
  if (found === undefined) throw new Error(`no ${kind} ${namespace}/${name}`);
  return found.body;
}

export function text(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function podSpec(body: Record<string, unknown>): PodSpec {
  if (body.kind === 'Pod') return z.object({ spec: PodSpec }).parse(body).spec;
  return z.object({ spec: z.looseObject({ template: z.looseObject({ spec: PodSpec }) }) }).parse(body).spec.template
    .spec;
}

/** As kubectl reads them: YAML 1.1, where 0440 is octal. */
function documents(file: string): readonly unknown[] {
  return parseAllDocuments(text(file), { version: '1.1' }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS();
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
