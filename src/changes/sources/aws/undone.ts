import type { AwsState } from './state.ts';

/** What taking a deed back comes to. */
export type Undone =
  /** The way as it was before, and as it was right after. */
  | { readonly kind: 'undone'; readonly before: AwsState; readonly after: AwsState }
  /** It is on the way, and what it changed can't be told. A sentence. */
  | { readonly kind: 'unresolved'; readonly why: string }
  /** It is not on the way. A sentence. */
  | { readonly kind: 'elsewhere'; readonly why: string };

export function undone(before: AwsState, after: AwsState): Undone {
  return { kind: 'undone', before, after };
}

export function elsewhere(why: string): Undone {
  return { kind: 'elsewhere', why };
}

export function unresolved(why: string): Undone {
  return { kind: 'unresolved', why };
}
