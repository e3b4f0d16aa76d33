import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../migrations.ts';
import { APPLICATION_ID, wordsOf } from './open.ts';

/** How a store's file stands, found out without changing it. */
export type Inspected =
  /** The first program that opens it makes it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly why: string }
  /** `missing`: migrations that the next program that opens it runs. */
  | { readonly kind: 'older'; readonly missing: readonly string[] }
  /** `last`: the newest migration, which this program does not know. */
  | { readonly kind: 'newer'; readonly last: string }
  | { readonly kind: 'current'; readonly bytes: number };

/** Up to here all of it is read in well under a second. */
const mostRead = 100_000_000;

/** Reads what a store's file says of itself; makes no file and runs no migration. */
export async function inspectSqlite(file: string): Promise<Inspected> {
  const unusable = (why: string): Inspected => ({ kind: 'unusable', why });
  try {
    await access(dirname(file), constants.W_OK | constants.X_OK);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    return unusable(
      isGone
        ? 'its directory does not exist; create it, or set store.file to another place'
        : 'its directory may not be written by this user; change its owner or its mode',
    );
  }
  const found = await stat(file).catch(() => null);
  if (found === null) return { kind: 'absent' };
  if (found.isDirectory()) return unusable('it is a directory; set store.file to a file');
  try {
    await access(file, constants.R_OK | constants.W_OK);
  } catch {
    return unusable('it may not be read and written by this user; change its owner or its mode');
  }
  return found.size === 0 ? { kind: 'absent' } : read(file, found.size);
}

function read(file: string, bytes: number): Inspected {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    const id = database.prepare('pragma application_id').get()?.application_id;
    if (id !== APPLICATION_ID) {
      return { kind: 'unusable', why: 'it is the database of another program; set store.file to a file of its own' };
    }
    const broken = bytes > mostRead ? 'ok' : database.prepare('pragma quick_check(1)').get()?.quick_check;
    if (broken !== 'ok') {
      const why = `it is damaged (${broken}); restore it from a copy, or move it away to start anew`;
      return { kind: 'unusable', why };
    }
    const tables = database.prepare("select 1 from sqlite_master where name = 'kysely_migration'").all();
    const rows = tables.length === 0 ? [] : database.prepare('select name from kysely_migration order by name').all();
    const run = rows.map(({ name }) => String(name));
    const last = run.findLast((name) => !Object.hasOwn(MIGRATIONS, name));
    if (last !== undefined) return { kind: 'newer', last };
    const missing = Object.keys(MIGRATIONS).filter((name) => !run.includes(name));
    return missing.length === 0 ? { kind: 'current', bytes } : { kind: 'older', missing };
  } catch (error) {
    return { kind: 'unusable', why: wordsOf(error) };
  } finally {
    database?.close();
  }
}
