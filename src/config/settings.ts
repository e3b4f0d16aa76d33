import { dirname } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Document, keyOf, type Path, readDocument } from './document.ts';
import { expectedAt, insteadOf } from './expected.ts';
import { type Mistake, shown } from './mistakes.ts';
import { nearest } from './nearest.ts';
import { ListenAddress, type Settings, SlackMode, settingsSchema } from './schema.ts';

export type ReadSettings = { readonly document: Document } & (
  | { readonly kind: 'ok'; readonly settings: Settings }
  | { readonly kind: 'bad'; readonly mistakes: readonly Mistake[] }
);

/** Reads the text of a configuration file, without touching any file it names; `file` is what those are relative to. */
export function readSettings(text: string, file: string): ReadSettings {
  const document = readDocument(text);
  if (document.value === undefined) return { kind: 'bad', mistakes: document.mistakes, document };
  const read = settingsSchema(dirname(file)).safeParse(document.value);
  const mistakes = [
    ...document.mistakes,
    ...(read.success ? [] : read.error.issues.flatMap((issue) => mistakesOf(issue, document))),
    ...contradictions(document),
  ];
  // A secret in a place that does not exist is told once, as a secret.
  const secrets = new Set(document.mistakes.map(({ key }) => key));
  const told = mistakes.filter((each) => document.mistakes.includes(each) || !secrets.has(each.key));
  return read.success && told.length === 0
    ? { kind: 'ok', settings: read.data, document }
    : { kind: 'bad', mistakes: told, document };
}

/** How requests come in, as far as the file tells it: which secrets are needed hangs on it, whatever else is wrong. */
export function slackModeIn(value: unknown): SlackMode {
  return z.object({ slack: z.object({ mode: SlackMode }) }).safeParse(value).data?.slack.mode ?? 'socket';
}

function mistakesOf(issue: z.core.$ZodIssue, document: Document): readonly Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      key: keyOf([...issue.path, key]),
      line: document.lineOf([...issue.path, key]),
      found: 'an unknown key',
      expected: insteadOf(issue.path, key),
    }));
  }
  const mistake = mistakeAt(document, issue.path, expectedAt(issue.path) ?? issue.message);
  return [issue.code === 'invalid_key' ? { ...mistake, found: shown(issue.path.at(-1)) } : mistake];
}

function mistakeAt(document: Document, path: Path, expected: string): Mistake {
  return { key: keyOf(path), line: document.lineOf(path), found: shown(valueAt(document.value, path)), expected };
}

function valueAt(value: unknown, path: Path): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Object.getOwnPropertyDescriptor(value, first)?.value, rest);
}

/** What is right by itself and wrong together. Reads past other mistakes, so that all are told at once. */
function contradictions(document: Document): readonly Mistake[] {
  const { hub, clusters, changes, health, permissions } = Glance.parse(document.value);
  const mistakes: Mistake[] = [];
  const plain = hub.tls === undefined;
  const loopback = hub.listen !== undefined && isLoopback(hub.listen.host);
  if (plain && !hub.allowPlain && hub.listen !== undefined && !loopback) {
    const expected =
      'cert and key, since hub.listen can be reached from other machines (or hub.allowPlain: true, when something in front of the bot ends TLS)';
    mistakes.push(mistakeAt(document, ['hub', 'tls'], expected));
  }
  if (hub.url?.startsWith('http:') && !hub.allowPlain && !loopback) {
    mistakes.push(mistakeAt(document, ['hub', 'url'], 'an https URL (or hub.allowPlain: true)'));
  }
  const namesClusters = [
    { entries: permissions, path: ['permissions'] },
    { entries: health.posts, path: ['health', 'posts'] },
    { entries: ofIntake(changes.intake), path: ['changes', 'intake', 'clusters'] },
    ...Object.entries(changes).map(([kind, entries]) => ({
      entries: ForClusters.parse(entries),
      path: ['changes', kind],
    })),
  ].flatMap(({ entries, path }) => entries.map((entry, index) => ({ entry, path: [...path, index] })));
  for (const { entry, path } of namesClusters) {
    for (const [place, name] of entry.clusters.entries()) {
      if (Object.hasOwn(clusters, name)) continue;
      const meant = nearest(name, Object.keys(clusters));
      const expected = `the name of a cluster under clusters${meant === null ? '' : `; did you mean "${meant}"?`}`;
      mistakes.push(mistakeAt(document, [...path, 'clusters', place], expected));
    }
  }
  return mistakes;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}

const HARMLESS_HUB = { listen: undefined, tls: true, allowPlain: true, url: undefined };

/** A list whose items name clusters. */
const ForClusters = z.array(z.object({ clusters: z.array(z.string()).catch([]) }).catch({ clusters: [] })).catch([]);

function ofIntake(intake: unknown) {
  return z.object({ clusters: ForClusters }).catch({ clusters: [] }).parse(intake).clusters;
}

/** Of the file only what contradictions are about; whatever is wrong by itself counts as absent or as harmless. */
const Glance = z
  .object({
    hub: z.preprocess(
      (value) => value ?? {},
      z
        .object({
          listen: ListenAddress.prefault('0.0.0.0:8443').optional().catch(undefined),
          tls: z
            .unknown()
            .optional()
            .transform((value) => value ?? undefined),
          allowPlain: z.boolean().catch(false),
          url: z.string().optional().catch(undefined),
        })
        .catch(HARMLESS_HUB),
    ),
    clusters: z.record(z.string(), z.unknown()).catch({}),
    changes: z.record(z.string(), z.unknown()).catch({}),
    health: z.object({ posts: ForClusters }).catch({ posts: [] }),
    permissions: ForClusters,
  })
  .catch({ hub: HARMLESS_HUB, clusters: {}, changes: {}, health: { posts: [] }, permissions: [] });
