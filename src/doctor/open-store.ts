import { inspectStore, openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Situation } from './check.ts';

/** What a check needs of the store; null where it can't be read without changing it, which the check of the database tells. */
export async function readStore<T>(
  { settings }: Pick<Situation, 'settings'>,
  read: (store: Store) => Promise<T>,
): Promise<T | null> {
  const address = { kind: 'sqlite', file: settings.store.file } as const;
  // One that is older would be migrated by opening it, under the feet of the bot that runs.
  if ((await inspectStore(address)).kind !== 'current') return null;
  const opened = await openStore(address);
  if (opened.kind === 'refused') return null;
  try {
    return await read(opened.store);
  } finally {
    await opened.store.close();
  }
}
