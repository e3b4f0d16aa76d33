import { basename } from 'node:path';
import { z } from 'zod';
import { maskSecrets } from '../../../ops/secrets.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import { flagsOf, type ManifestsFolder } from '../../node/manifests.ts';
import type { NodeChange } from './tell.ts';

/** A file of the kubelet's folder of static pods, as much of it as is needed to tell later what was changed. Epoch ms. */
export const ManifestRecord = z.object({
  file: z.string(),
  /** null: it is no manifest, `trouble` says why. */
  pod: z.string().nullable(),
  trouble: z.string().nullable(),
  sha256: z.string(),
  modifiedAt: z.number().nullable(),
  placedAt: z.number().nullable(),
  command: z.array(z.string()),
  image: z.string().nullable(),
});
export type ManifestRecord = z.infer<typeof ManifestRecord>;

export function manifestRecords(folder: Extract<ManifestsFolder, { kind: 'read' }>): ManifestRecord[] {
  return [
    ...folder.manifests.map((manifest) => ({
      file: basename(manifest.path),
      pod: manifest.pod,
      trouble: null,
      sha256: manifest.sha256,
      modifiedAt: manifest.modifiedAt,
      placedAt: manifest.placedAt,
      command: [...manifest.command],
      image: manifest.image,
    })),
    ...folder.trouble.map((trouble) => ({
      file: trouble.split(' ')[0] ?? trouble,
      pod: null,
      trouble,
      sha256: trouble,
      modifiedAt: null,
      placedAt: null,
      command: [],
      image: null,
    })),
  ];
}

/** Between which two looks, and when the folder itself last took or lost a file. Epoch ms. */
export interface Looks {
  readonly sinceAt: number;
  readonly lookedAt: number;
  readonly folderChangedAt: number;
}

/** Pure: what came, went and was changed, each in words. */
export function manifestChanges(
  before: readonly ManifestRecord[],
  after: readonly ManifestRecord[],
  looks: Looks,
): NodeChange[] {
  const old = new Map(before.map((record) => [record.file, record]));
  const now = new Map(after.map((record) => [record.file, record]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((file): NodeChange[] => {
    const [was, is] = [old.get(file), now.get(file)];
    if (was === undefined && is !== undefined) return [came(is, looks)];
    if (was !== undefined && is === undefined) return [went(was, looks)];
    return was !== undefined && is !== undefined && was.sha256 !== is.sha256 ? [edited(was, is, looks)] : [];
  });
}

/** Pure: when the files that stand there were last changed, for who looks for the first time. */
export function manifestsAtFirst(found: readonly ManifestRecord[]): NodeChange[] {
  return found.flatMap((record): NodeChange[] => {
    const { modifiedAt, placedAt } = record;
    if (modifiedAt === null || placedAt === null) return [];
    return [
      {
        ...about(record),
        ...(modifiedAt <= placedAt ? { earliestAt: modifiedAt, latestAt: placedAt } : at(placedAt)),
        certainty: 'latestKnown',
        action: 'update',
        summary: `manifest ${record.file} was last changed or put in its place then`,
        diff: [],
        effect: null,
      },
    ];
  });
}

function came(record: ManifestRecord, looks: Looks): NodeChange {
  const trouble = record.trouble === null ? '' : `, but ${record.trouble}`;
  return {
    ...about(record),
    ...writtenWithin(record, looks),
    action: 'create',
    summary: `manifest ${record.file} came into the kubelet's folder of static pods${trouble}`,
    diff:
      record.command.length === 0
        ? []
        : [`runs ${shown(record.command[0] ?? '')} of image ${shown(record.image ?? 'unknown')}`],
    effect: judged(record, 'mends', `the kubelet starts ${record.pod ?? record.file} from it`),
  };
}

function went(record: ManifestRecord, { sinceAt, lookedAt, folderChangedAt }: Looks): NodeChange {
  const latestAt = folderChangedAt > sinceAt ? Math.min(folderChangedAt, lookedAt) : lookedAt;
  const what = record.pod ?? record.file;
  return {
    ...about(record),
    key: `manifest:${record.file}:gone:${record.sha256.slice(0, 12)}:${Math.round(latestAt)}`,
    earliestAt: Math.min(sinceAt, latestAt),
    latestAt,
    action: 'delete',
    summary: `manifest ${record.file} is gone from the kubelet's folder of static pods`,
    diff: [],
    effect: judged(record, 'breaks', `the kubelet stops ${what} without its manifest`),
  };
}

function edited(was: ManifestRecord, is: ManifestRecord, looks: Looks): NodeChange {
  const diff = is.trouble === null ? [...imageWords(was, is), ...flagWords(was.command, is.command)] : [is.trouble];
  const [first = 'something else than its image and its command'] = diff;
  const more = diff.length > 1 ? ` (and ${diff.length - 1} more)` : '';
  return {
    ...about(is),
    ...writtenWithin(is, looks),
    action: 'update',
    summary: `manifest ${is.file} changed: ${first}${more}`,
    diff,
    effect: judged(is, 'unknown', `the kubelet starts ${is.pod ?? was.pod ?? is.file} anew from what it says now`),
  };
}

function about({
  file,
  pod,
  sha256,
  placedAt,
  command,
}: ManifestRecord): Pick<NodeChange, 'key' | 'category' | 'target'> {
  const port = Number(flagsOf(command).get('secure-port') ?? '6443');
  return {
    key: `manifest:${file}:${sha256.slice(0, 12)}:${Math.round(placedAt ?? 0)}`,
    category: 'control-plane',
    target: {
      kind: 'static pod manifest',
      name: file,
      ports: pod === API_SERVER && Number.isInteger(port) ? [port] : [],
    },
  };
}

const API_SERVER = 'kube-apiserver';

function judged(record: ManifestRecord, verdict: 'breaks' | 'mends' | 'unknown', words: string): ChangeEffect {
  const pod = record.pod ?? record.file.replace(/\.ya?ml$/, '');
  if (pod === API_SERVER) return { kind: 'judged', verdict, words };
  if (pod === 'etcd')
    return { kind: 'judged', verdict: 'unknown', words: `${words}; the API server may need this etcd` };
  if (BALANCER.test(pod)) return { kind: 'judged', verdict: 'unknown', words: `${words}; clients may come by it` };
  return { kind: 'judged', verdict: 'none', words: `${words}; clients reach the API server without it` };
}

/** What carries the API's address, or its connections, where kubeadm's layout has several control-plane nodes. */
const BALANCER = /kube-?vip|keepalived|haproxy/i;

/**
 * When what stands in the file now came there: not before it was written, not after the file was last put in place,
 * and between the two looks. A file that is moved in keeps the time when it was written.
 */
function writtenWithin(
  { modifiedAt, placedAt }: ManifestRecord,
  { sinceAt, lookedAt }: Looks,
): { earliestAt: number; latestAt: number } {
  const latestAt = placedAt !== null && placedAt > sinceAt && placedAt <= lookedAt ? placedAt : lookedAt;
  const earliestAt = modifiedAt !== null && modifiedAt > sinceAt && modifiedAt <= latestAt ? modifiedAt : sinceAt;
  return { earliestAt: Math.min(earliestAt, latestAt), latestAt };
}

function at(moment: number): { earliestAt: number; latestAt: number } {
  return { earliestAt: moment, latestAt: moment };
}

function imageWords(was: ManifestRecord, is: ManifestRecord): string[] {
  return was.image === is.image ? [] : [`image was ${shown(was.image ?? 'none')}, is ${shown(is.image ?? 'none')}`];
}

function flagWords(was: readonly string[], is: readonly string[]): string[] {
  const [old, now] = [flagsOf(was), flagsOf(is)];
  const words = [...new Set([...old.keys(), ...now.keys()])].flatMap((flag) => {
    const [from, to] = [old.get(flag), now.get(flag)];
    if (from === to) return [];
    if (from === undefined) return [`--${flag}=${shown(to ?? '')} added`];
    if (to === undefined) return [`--${flag}=${shown(from)} removed`];
    return [`--${flag} was ${shown(from)}, is ${shown(to)}`];
  });
  const same = was.length === is.length && was.every((word, place) => word === is[place]);
  return words.length > 0 || same ? words : ['the command changed in something else than its flags'];
}

function shown(value: string): string {
  const masked = maskSecrets(value);
  return masked.length <= LONGEST_VALUE ? masked : `${masked.slice(0, LONGEST_VALUE)}…`;
}

const LONGEST_VALUE = 160;
