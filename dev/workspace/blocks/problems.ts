import type { z } from 'zod';

/** What Slack says of a value that breaks its schema: `must be less than 76 characters [json-pointer:/blocks/3/…]`. */
export function problemsOf(error: z.ZodError, at: string): string[] {
  return error.issues.flatMap((issue) =>
    problem(issue).map(([text, path]) => `${text} [json-pointer:${at}${pointer(path)}]`),
  );
}

type Path = readonly PropertyKey[];

function problem(issue: z.core.$ZodIssue): [text: string, path: Path][] {
  const { path } = issue;
  switch (issue.code) {
    case 'too_big':
      if (issue.origin === 'array') return [[`no more than ${issue.maximum} items allowed`, path]];
      if (issue.origin === 'string') return [[`must be less than ${Number(issue.maximum) + 1} characters`, path]];
      return [[`must be no more than ${issue.maximum}`, path]];
    case 'too_small':
      if (issue.origin === 'array') return [[`no fewer than ${issue.minimum} items allowed`, path]];
      if (issue.origin === 'string') return [[`must be more than ${Number(issue.minimum) - 1} characters`, path]];
      return [[`must be no less than ${issue.minimum}`, path]];
    case 'unrecognized_keys':
      return issue.keys.map((key) => [`invalid additional property: ${key}`, path]);
    case 'invalid_type':
      if (issue.input === undefined && path.length > 0) {
        return [[`missing required field: ${String(path.at(-1))}`, path.slice(0, -1)]];
      }
      return [[`must provide ${article(issue.expected)} ${issue.expected}`, path]];
    case 'invalid_union':
      return union(issue);
    case 'invalid_value':
      if (issue.input === undefined) return [[`missing required field: ${String(path.at(-1))}`, path.slice(0, -1)]];
      return [[`must be one of: ${issue.values.map(String).join(', ')}`, path]];
    case 'custom':
      return [[issue.message, path]];
    case 'invalid_format':
      return [[issue.format === 'url' ? 'must be a valid URL' : issue.message, path]];
    default:
      return [[issue.message, path]];
  }
}

/** A value of a `type` that isn't known here, or that fits none of several shapes. */
function union(issue: z.core.$ZodIssueInvalidUnion): [string, Path][] {
  const { path, input } = issue;
  // zod points at the discriminator itself and hands over the whole object.
  const owner = path.at(-1) === 'type' ? path.slice(0, -1) : path;
  if (typeof input !== 'object' || input === null) return [['must provide an object', owner]];
  const type = 'type' in input ? input.type : undefined;
  if (type === undefined) return [['missing required field: type', owner]];
  if (path.at(-1) === 'type') return [[`unsupported type: ${String(type)}`, path]];
  return [['failed to match all allowed schemas', owner]];
}

function article(noun: string): 'a' | 'an' {
  return /^[aeiou]/.test(noun) ? 'an' : 'a';
}

function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
