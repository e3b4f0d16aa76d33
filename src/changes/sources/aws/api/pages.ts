import type { Asked } from './failure.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next one begins; undefined or empty: this was the last. */
  readonly next: string | undefined;
}

/** All pages, one after the other; one that fails fails all, since a part would be taken for the whole. */
export async function allPages<T>(
  ask: (token: string | undefined) => Promise<Asked<Page<T>>>,
): Promise<Asked<readonly T[]>> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    if (page.kind === 'failed') return page;
    items.push(...page.value.items);
    token = page.value.next === '' ? undefined : page.value.next;
  } while (token !== undefined);
  return { kind: 'answer', value: items };
}
