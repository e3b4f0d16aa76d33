import { dirname, resolve } from 'node:path';
import type { Path } from './document.ts';
import { readNamedFiles } from './files.ts';
import type { Mistake } from './mistakes.ts';
import type { ClusterSettings, Settings } from './schema.ts';
import { type ReadSettings, readSettings } from './settings.ts';
import { readTextFile } from './text-file.ts';
import { type Environment, readTokens } from './tokens.ts';

/** Everything that the bot runs with. Holds secrets: never log it. */
export interface Config extends Omit<Settings, 'slack' | 'clusters' | 'outside' | 'alerts'> {
  readonly slack: { readonly apiUrl: string | null; readonly botToken: string; readonly appToken: string };
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

/** The file, the environment and the files that both name; every mistake at once. */
export async function loadConfig(source: { file: string; env: Environment }): Promise<Loaded<Config>> {
  const [read, tokens] = await Promise.all([readConfigFile(source.file), readTokens(source.env)]);
  const files = await readNamedFiles(read.document, dirname(resolve(source.file)));
  const mistakes = [
    ...(read.kind === 'bad' ? read.mistakes : []),
    ...files.mistakes,
    ...(tokens.kind === 'bad' ? tokens.mistakes : []),
  ];
  if (read.kind === 'bad' || tokens.kind === 'bad' || mistakes.length > 0) return { kind: 'bad', mistakes };
  const { slack, clusters, outside, alerts } = read.settings;
  const { alertsToken, changesToken, changesHmacKey, ...slackTokens } = tokens.tokens;
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
      slack: { ...slack, ...slackTokens },
      alerts: { ...alerts, token: alertsToken },
      intakeSecrets: { token: changesToken, hmacKey: changesHmacKey },
      outside: { ...restOfOutside, probeEveryMs },
      clusters: Object.fromEntries(withFiles),
    },
  };
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
