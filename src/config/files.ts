import { createPrivateKey, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type Document, keyOf, type Path } from './document.ts';
import type { Mistake } from './mistakes.ts';
import { readTextFile } from './text-file.ts';

/** The files that the configuration names, looked at early: better a word at the start than an outage without TLS. */
export interface NamedFiles {
  readonly mistakes: readonly Mistake[];
  /** Content of the file that the key names; undefined when none is named or it is bad. */
  pemAt(path: Path): string | undefined;
}

/** Reads past other mistakes in the document. `folder`: what the names are relative to. */
export async function readNamedFiles(document: Document, folder: string): Promise<NamedFiles> {
  const { hub, clusters, changes, postmortem } = Named.parse(document.value ?? {});
  const wanted: { path: Path; name: string | undefined; kind: FileKind }[] = [
    { path: ['hub', 'tls', 'cert'], name: hub.tls.cert, kind: CERTIFICATE },
    { path: ['hub', 'tls', 'key'], name: hub.tls.key, kind: PRIVATE_KEY },
    { path: ['hub', 'tls', 'ca'], name: hub.tls.ca, kind: CERTIFICATE },
    ...Object.entries(clusters).flatMap(([name, { caFile, prometheus }]) => [
      { path: ['clusters', name, 'caFile'], name: caFile, kind: CERTIFICATE },
      { path: ['clusters', name, 'prometheus', 'caFile'], name: prometheus.caFile, kind: CERTIFICATE },
      { path: ['clusters', name, 'prometheus', 'tokenFile'], name: prometheus.tokenFile, kind: SECRET },
      { path: ['clusters', name, 'prometheus', 'passwordFile'], name: prometheus.passwordFile, kind: SECRET },
    ]),
    ...changes.haproxy.flatMap(({ caFile, passwordFile }, index) => [
      { path: ['changes', 'haproxy', index, 'caFile'], name: caFile, kind: CERTIFICATE },
      { path: ['changes', 'haproxy', index, 'passwordFile'], name: passwordFile, kind: SECRET },
    ]),
    ...changes.github.flatMap(({ tokenFile, app }, index) => [
      { path: ['changes', 'github', index, 'tokenFile'], name: tokenFile, kind: SECRET },
      { path: ['changes', 'github', index, 'app', 'keyFile'], name: app.keyFile, kind: PRIVATE_KEY },
    ]),
    { path: ['postmortem', 'github', 'tokenFile'], name: postmortem.github.tokenFile, kind: SECRET },
    { path: ['postmortem', 'github', 'app', 'keyFile'], name: postmortem.github.app.keyFile, kind: PRIVATE_KEY },
  ];
  const pems = new Map<string, string>();
  const mistakes: Mistake[] = [];
  const complain = (path: Path, found: string, expected: string) =>
    mistakes.push({ key: keyOf(path), line: document.lineOf(path), found, expected });

  for (const { path, name, kind } of wanted) {
    if (name === undefined) continue;
    const text = await readTextFile(resolve(folder, name));
    const found = text.kind === 'unreadable' ? text.why : kind.problemWith(text.content);
    if (text.kind === 'text' && found === null) pems.set(keyOf(path), text.content);
    else complain(path, found ?? 'nothing', `the name of a readable file with ${kind.name}`);
  }
  const [cert, key] = [pems.get('hub.tls.cert'), pems.get('hub.tls.key')];
  if (cert !== undefined && key !== undefined && !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    complain(['hub', 'tls', 'key'], 'the key of another certificate', 'the private key of the one in hub.tls.cert');
  }
  return { mistakes, pemAt: (path) => pems.get(keyOf(path)) };
}

interface FileKind {
  readonly name: string;
  problemWith(text: string): string | null;
}

const CERTIFICATE: FileKind = {
  name: 'a certificate in PEM',
  problemWith: (pem) => problemOf(() => new X509Certificate(pem), 'a file that holds no certificate'),
};

const PRIVATE_KEY: FileKind = {
  name: 'a private key in PEM',
  problemWith: (pem) => problemOf(() => createPrivateKey(pem), 'a file that holds no private key'),
};

/** Read anew whenever it is shown, since it may be replaced; looked at early so that a missing one is told at the start. */
const SECRET: FileKind = {
  name: 'a token or password on one line',
  problemWith: (text) => (/^\S+$/.test(text.trim()) ? null : 'a file that holds none'),
};

/** The parser's own words (`PEM routines::no start line`) would help nobody. */
function problemOf(parse: () => unknown, words: string): string | null {
  try {
    parse();
    return null;
  } catch {
    return words;
  }
}

const FileName = z.string().min(1).optional().catch(undefined);
const NO_FILES = { cert: undefined, key: undefined, ca: undefined };
const NO_PROMETHEUS = { caFile: undefined, tokenFile: undefined, passwordFile: undefined };
const NO_APP = { keyFile: undefined };
const NO_REPOSITORY = { tokenFile: undefined, app: NO_APP };
const NO_POSTMORTEM = { github: NO_REPOSITORY };
const NO_CHANGES = { haproxy: [], github: [] };
const NO_CLUSTER = { caFile: undefined, prometheus: NO_PROMETHEUS };

const NamedByCluster = z
  .object({
    caFile: FileName,
    prometheus: z
      .object({ caFile: FileName, tokenFile: FileName, passwordFile: FileName })
      .nullish()
      .transform((value) => value ?? NO_PROMETHEUS)
      .catch(NO_PROMETHEUS),
  })
  .catch(NO_CLUSTER);

const NamedByHaproxy = z
  .object({ caFile: FileName, passwordFile: FileName })
  .catch({ caFile: undefined, passwordFile: undefined });
const NamedByGitHub = z
  .object({
    tokenFile: FileName,
    app: z
      .object({ keyFile: FileName })
      .nullish()
      .transform((value) => value ?? NO_APP)
      .catch(NO_APP),
  })
  .catch(NO_REPOSITORY);

/** Of the file only the names of other files; whatever is wrong in their place is told elsewhere. */
const Named = z
  .object({
    hub: z
      .object({ tls: z.object({ cert: FileName, key: FileName, ca: FileName }).catch(NO_FILES) })
      .catch({ tls: NO_FILES }),
    clusters: z.record(z.string(), NamedByCluster).catch({}),
    changes: z
      .object({ haproxy: z.array(NamedByHaproxy).catch([]), github: z.array(NamedByGitHub).catch([]) })
      .catch(NO_CHANGES),
    postmortem: z.object({ github: NamedByGitHub }).catch(NO_POSTMORTEM),
  })
  .catch({ hub: { tls: NO_FILES }, clusters: {}, changes: NO_CHANGES, postmortem: NO_POSTMORTEM });
