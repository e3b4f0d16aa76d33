import { dirname, resolve } from 'node:path';
import type { Path } from './document.ts';
import { readNamedFiles } from './files.ts';
import type { Mistake } from './mistakes.ts';
import type { ClusterSettings, ListenAddress, Settings } from './schema.ts';
import { type ReadSettings, readSettings, slackModeIn } from './settings.ts';
import { readTextFile } from './text-file.ts';
import { type Environment, readTokens, type Tokens } from './tokens.ts';

/** Everything that the bot runs with. Holds secrets: never log it. */
export interface Config extends Omit<Settings, 'slack' | 'clusters' | 'outside' | 'alerts'> {
  readonly slack: { readonly apiUrl: string | null; readonly botToken: string } & (
    | { readonly mode: 'socket'; readonly appToken: string }
    | { readonly mode: 'http'; readonly signingSecret: string; readonly listen: ListenAddress }
  );
  readonly outside: Omit<Settings['outside'], 'probeEvery'> & { readonly probeEveryMs: number };
  /** `token`: what Alertmanager shows at `/alerts`; null: that is not served. */
  readonly alerts: Settings['alerts'] & { readonly token: string | null };
  /** What senders show at `/changes`, or sign with; without any of them that is not served. */
  readonly intakeSecrets: { readonly token: string | null; readonly hmacKey: string | null };
  /** `caPem`: of `caFile`; null when none is given. */
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
}

interface ClusterConfig extends Omit<ClusterSettings, 'prometheus'> {
  readonly caPem: string | null;
  readonly prometheus: PrometheusConfig | null;
}

interface PrometheusConfig
  extends Omit<NonNullable<ClusterSettings['prometheus']>, 'username' | 'passwordFile' | 'caFile'> {
  readonly basic: { readonly username: string; readonly passwordFile: string } | null;
  readonly caPem: string | null;
}

export type Loaded<T> =
  | { readonly kind: 'ok'; readonly config: T }
  | { readonly kind: 'bad'; readonly mistakes: readonly Mistake[] };

interface Source {
  readonly file: string;
  readonly env: Environment;
}

/** What could be read, whatever is wrong with the rest of it: for whoever looks for what is wrong. Holds secrets. */
export interface Pieces {
  readonly settings: Settings;
  readonly tokens: Tokens;
  /** By cluster, of its `caFile`; null when none is given, or it is none. */
  readonly caPems: Readonly<Record<string, string | null>>;
  /** Of the tokens, and of the files that are named. */
  readonly mistakes: readonly Mistake[];
}

/** The file, the environment and the files that both name; every mistake at once. */
export async function loadConfig(source: Source): Promise<Loaded<Config>> {
  const { read, tokens, files, mistakes } = await readAll(source);
  if (read.kind === 'bad' || mistakes.length > 0) return { kind: 'bad', mistakes };
  const { slack, clusters, outside, alerts } = read.settings;
  const { alertsToken, changesToken, changesHmacKey } = tokens;
  const { probeEvery: probeEveryMs, ...restOfOutside } = outside;
  const withFiles = Object.entries(clusters).map(([name, cluster]) => {
    const pemAt = (...path: Path) => files.pemAt(['clusters', name, ...path]) ?? null;
    const prometheus = prometheusOf(cluster, pemAt('prometheus', 'caFile'));
    return [name, { ...cluster, caPem: pemAt('caFile'), prometheus }] as const;
  });
  return {
    kind: 'ok',
    config: {
      ...read.settings,
      slack: slackOf(slack, tokens),
      alerts: { ...alerts, token: alertsToken },
      intakeSecrets: { token: changesToken, hmacKey: changesHmacKey },
      outside: { ...restOfOutside, probeEveryMs },
      clusters: Object.fromEntries(withFiles),
    },
  };
}

/** The same, where only the file itself has to be right. */
export async function loadPieces(source: Source): Promise<Loaded<Pieces>> {
  const { read, tokens, files, mistakes } = await readAll(source);
  if (read.kind === 'bad') return { kind: 'bad', mistakes };
  const { settings } = read;
  const caPems = Object.fromEntries(
    Object.keys(settings.clusters).map((name) => [name, files.pemAt(['clusters', name, 'caFile']) ?? null]),
  );
  return { kind: 'ok', config: { settings, tokens, caPems, mistakes } };
}

async function readAll({ file, env }: Source) {
  const read = await readConfigFile(file);
  const [tokens, files] = await Promise.all([
    readTokens(env, slackModeIn(read.document.value)),
    readNamedFiles(read.document, dirname(resolve(file))),
  ]);
  const mistakes = [...(read.kind === 'bad' ? read.mistakes : []), ...files.mistakes, ...tokens.mistakes];
  return { read, tokens: tokens.tokens, files, mistakes };
}

function slackOf({ apiUrl, mode, http }: Settings['slack'], tokens: Tokens): Config['slack'] {
  const read = (token: string | null): string => {
    if (token === null) throw new Error('a token that is needed is missing, and no mistake tells of it');
    return token;
  };
  const common = { apiUrl, botToken: read(tokens.botToken) };
  return mode === 'socket'
    ? { ...common, mode, appToken: read(tokens.appToken) }
    : { ...common, mode, signingSecret: read(tokens.signingSecret), listen: http.listen };
}

function prometheusOf({ prometheus }: ClusterSettings, caPem: string | null): PrometheusConfig | null {
  if (prometheus === null) return null;
  const { url, tokenFile, username, passwordFile, samples, alert } = prometheus;
  const basic = username === null || passwordFile === null ? null : { username, passwordFile };
  return { url, tokenFile, basic, caPem, samples, alert };
}

/** The file alone, without tokens and without looking into the files it names: enough to work on the store. */
export async function loadSettings(source: { file: string }): Promise<Loaded<Settings>> {
  const read = await readConfigFile(source.file);
  return read.kind === 'ok' ? { kind: 'ok', config: read.settings } : { kind: 'bad', mistakes: read.mistakes };
}

async function readConfigFile(file: string): Promise<ReadSettings> {
  const path = resolve(file);
  const text = await readTextFile(path);
  if (text.kind === 'text') return readSettings(text.content, path);
  const expected = 'a readable file; copy apidown.example.yaml there and edit it, or name another by --config';
  return {
    kind: 'bad',
    mistakes: [{ key: '', line: null, found: text.why, expected }],
    document: { value: undefined, lineOf: () => null, mistakes: [] },
  };
}
