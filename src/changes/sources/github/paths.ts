import { posix } from 'node:path';
import type { ChangeCategory } from '../../../words/change.ts';
import type { GitHubSettings } from './settings.ts';

/** Has anybody to know which files a change touches? */
export function filesMatter({ paths, categories }: GitHubSettings): boolean {
  return paths.length > 0 || categories.length > 0;
}

/** What a change that touches these files is about; empty: nothing that counts. */
export function categoriesOf(
  files: readonly string[],
  { paths, categories }: GitHubSettings,
): readonly ChangeCategory[] {
  const counted = paths.length === 0 ? files : files.filter((file) => matches(file, paths));
  if (counted.length === 0 && paths.length > 0) return [];
  const mapped = counted.flatMap((file) => categories.find((one) => matches(file, one.paths))?.category ?? []);
  return mapped.length === 0 ? ['maintenance'] : [...new Set(mapped)].sort();
}

/** Whether any of the globs matches. What begins with a dot is a file as any other here. */
export function matches(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => posix.matchesGlob(undotted(name), undotted(glob)));
}

function undotted(path: string): string {
  return path.replaceAll(/(^|\/)\.+/g, '$1');
}

/** The folder or file that a glob begins with, as the API takes a path: `terraform/lb` of `terraform/lb/**`; empty: everything. */
export function folderOf(glob: string): string {
  const parts = glob.split('/');
  const wild = parts.findIndex((part) => /[*?[\]{}!()]/.test(part));
  return parts.slice(0, wild === -1 ? parts.length : wild).join('/');
}
