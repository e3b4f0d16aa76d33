import { posix } from 'node:path';
import type { ChangeCategory } from '../../../words/change.ts';
import type { GitHubSettings } from './settings.ts';

/** Has anybody to know which files a change touches? */
export function filesMatter({ paths, categories }: GitHubSettings): boolean {
  return paths.length > 0 || categories.length > 0;
}

/**
 * What a change that touches these files is about; empty: nothing that counts.
 * @param files null: not known, or not all of them; then it may be about infrastructure
 */
export function categoriesOf(
  files: readonly string[] | null,
  { paths, categories }: GitHubSettings,
): readonly ChangeCategory[] {
  if (files === null) return ['maintenance'];
  const counted = paths.length === 0 ? files : files.filter((file) => matches(file, paths));
  if (counted.length === 0 && paths.length > 0) return [];
  const mapped = counted.flatMap((file) => categories.find((one) => matches(file, one.paths))?.category ?? []);
  return mapped.length === 0 ? ['maintenance'] : [...new Set(mapped)].sort();
}

export function matches(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => posix.matchesGlob(name, glob));
}

/** The folder or file that a glob begins with, as the API takes a path: `terraform/lb` of `terraform/lb/**`; empty: everything. */
export function folderOf(glob: string): string {
  const parts = glob.split('/');
  const wild = parts.findIndex((part) => /[*?[\]{}!()]/.test(part));
  return parts.slice(0, wild === -1 ? parts.length : wild).join('/');
}
