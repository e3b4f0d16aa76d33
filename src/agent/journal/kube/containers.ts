import { z } from 'zod';
import { maskSecrets } from '../../../ops/secrets.ts';
import { optional } from '../../kube/metadata.ts';
import { compare, Hashes, hashesOf, hashOf } from './note-base.ts';

/** What a container is told to run: image and flags in words, all else as hashes. */
const ContainerNote = z.object({
  image: z.string(),
  /** By name; long values are cut, and what may be a secret is not kept. */
  flags: z.record(z.string(), z.string()),
  /** Every other field of the container. */
  rest: Hashes,
});
type ContainerNote = z.infer<typeof ContainerNote>;

export const ContainerNotes = z.record(z.string(), ContainerNote);
export type ContainerNotes = z.infer<typeof ContainerNotes>;

export const Container = z.looseObject({
  name: z.string(),
  image: optional(z.string(), ''),
  command: optional(z.array(z.string()), []),
  args: optional(z.array(z.string()), []),
});
type Container = z.infer<typeof Container>;

const LONGEST_VALUE = 100;
const MAY_BE_SECRET = /(token|secret|passw|credential|api-?key)(?!.*(file|path|dir|issuer|ttl))/i;

export function noteContainers(containers: readonly Container[]): ContainerNotes {
  return Object.fromEntries(containers.map((container) => [container.name, noteContainer(container)]));
}

function noteContainer({ name, image, command, args, ...rest }: Container): ContainerNote {
  const words = [...command, ...args];
  const isFlag = (word: string) => /^--?[A-Za-z]/.test(word);
  return {
    image,
    flags: flagsOf(words.filter(isFlag)),
    rest: hashesOf({ ...rest, command: words.filter((word) => !isFlag(word)) }),
  };
}

/** A flag given twice has both values. */
function flagsOf(words: readonly string[]): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    const value = at < 0 ? '' : shownValue(name, word.slice(at + 1));
    flags[name] = Object.hasOwn(flags, name) ? `${flags[name]}, ${value}` : value;
  }
  return flags;
}

function shownValue(name: string, value: string): string {
  const masked = MAY_BE_SECRET.test(name) ? '[not kept]' : maskSecrets(value);
  if (masked !== value) return `${masked} (hash ${hashOf(value)})`;
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE)}… (hash ${hashOf(value)})`;
}

/** `image a -> b`, `flag --x changed: 1 -> 2`; with the container's name where there are several. */
export function containerDiff(before: ContainerNotes, after: ContainerNotes): string[] {
  const several = Object.keys(before).length > 1 || Object.keys(after).length > 1;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === undefined) return [`container ${name} added`];
    if (is === undefined) return [`container ${name} removed`];
    return oneDiff(was, is).map((line) => (several ? `container ${name}: ${line}` : line));
  });
}

function oneDiff(before: ContainerNote, after: ContainerNote): string[] {
  const flags = compare(before.flags, after.flags);
  const rest = compare(before.rest, after.rest);
  return [
    ...(before.image === after.image ? [] : [`image ${before.image} -> ${after.image}`]),
    ...flags.changed.map((name) => `flag ${name} changed: ${before.flags[name]} -> ${after.flags[name]}`),
    ...flags.added.map((name) => `flag ${name} added${after.flags[name] ? `: ${after.flags[name]}` : ''}`),
    ...flags.removed.map((name) => `flag ${name} removed${before.flags[name] ? ` (was ${before.flags[name]})` : ''}`),
    ...[...rest.changed, ...rest.added, ...rest.removed].map((field) => `${field} changed`),
  ];
}
