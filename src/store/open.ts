import { type Inspected, inspectSqlite } from './sqlite/inspect.ts';
import { openSqlite } from './sqlite/open.ts';
import type { Store } from './store.ts';

/** Where the store is kept. `:memory:` keeps it until it is closed. */
export interface StoreAddress {
  readonly kind: 'sqlite';
  readonly file: string;
}

/** `refused`: it is not there, not writable, damaged, another program's, or newer than this one; the message says what to do. */
export type OpenedStore = { readonly kind: 'open'; readonly store: Store } | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly message: string;
}

/** How the store stands, found out without changing it: no file is made, and no migration run. */
export async function inspectStore(address: StoreAddress): Promise<Inspected> {
  return inspectSqlite(address.file);
}

/** Opens the store and brings it to the newest migration. Several programs may have it open at once. */
export async function openStore(address: StoreAddress): Promise<OpenedStore> {
  return openSqlite(address.file);
}
