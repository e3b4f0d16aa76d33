import { open } from 'node:fs/promises';
import { Kysely, sql } from 'kysely';
import { migrate } from '../migrate.ts';
import { MIGRATIONS } from '../migrations.ts';
import type { OpenedStore, Refusal } from '../open.ts';
import { sqlStore } from '../sql.ts';
import type { Tables } from '../tables.ts';
import {
  hasCode,
  SQLITE_BUSY,
  SQLITE_CANTOPEN,
  SQLITE_CORRUPT,
  SQLITE_FULL,
  SQLITE_IOERR,
  SQLITE_NOTADB,
  SQLITE_READONLY,
} from './codes.ts';
import { sqliteDialect, whileBusy } from './dialect.ts';

/** "apdn": marks the file as ours, so that a mistyped path never puts our tables into another program's database. */
export const APPLICATION_ID = 0x6170646e;

/** Programs start together, and the one that comes first may have much to migrate, longer than a statement waits. */
const PATIENCE = { statementMs: 5_000, openMs: 30_000 };

export async function openSqlite(file: string, { statementMs, openMs } = PATIENCE): Promise<OpenedStore> {
  const trouble = file === ':memory:' ? null : await touch(file);
  if (trouble !== null) return refused(file, trouble);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file, { busyDeadlineMs: statementMs }) });
  try {
    const complaint = await whileBusy(async () => (await claim(db)) ?? (await update(db)), openMs);
    if (complaint !== null) {
      await db.destroy();
      return refused(file, complaint);
    }
    const store = sqlStore(db);
    await store.ping();
    return { kind: 'open', store };
  } catch (error) {
    // Whatever closing says now follows from the first error, which is the one to tell.
    await db.destroy().catch(() => undefined);
    return refused(file, wordsOf(error));
  }
}

function refused(file: string, words: string): Refusal {
  return { kind: 'refused', message: `the store ${file} can't be used: ${words}` };
}

/** Creates the file for its owner alone (it holds what responders pasted), and learns early why it can't be written. */
async function touch(file: string): Promise<string | null> {
  try {
    await (await open(file, 'a', 0o600)).close();
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return 'its directory does not exist; create it, or set store.file to another place';
    if (code === 'EISDIR') return 'it is a directory; set store.file to a file';
    if (code === 'EACCES' || code === 'EPERM')
      return 'it may not be written by this user; change its owner or its mode';
    if (code === 'EROFS') return 'it lies on a read-only file system; set store.file to a writable place';
    return wordsOf(error);
  }
}

/** Makes sure that the file is ours; null when it is. */
async function claim(db: Kysely<Tables>): Promise<string | null> {
  const id = await sql<{ application_id: number }>`pragma application_id`.execute(db);
  if (id.rows[0]?.application_id === APPLICATION_ID) return null;
  const tables = await sql`select name from sqlite_master limit 1`.execute(db);
  if (id.rows[0]?.application_id !== 0 || tables.rows.length > 0) {
    return 'it is the database of another program; set store.file to a file of its own';
  }
  await sql.raw(`pragma application_id = ${APPLICATION_ID}`).execute(db);
  return null;
}

async function update(db: Kysely<Tables>): Promise<string | null> {
  const outcome = await migrate(db);
  switch (outcome.kind) {
    case 'done':
      return null;
    case 'newer':
      return (
        `it was written by a newer apidown (its last migration is ${outcome.migration}, this program knows ` +
        `${Object.keys(MIGRATIONS).at(-1)}); start the newer version, or restore the file from before the upgrade`
      );
    case 'failed':
      throw outcome.error;
  }
}

export function wordsOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  if (hasCode(error, SQLITE_NOTADB)) return 'it is not an SQLite database; set store.file to a file of its own';
  if (hasCode(error, SQLITE_CORRUPT))
    return `it is damaged (${said}); restore it from a copy, or move it away to start anew`;
  if (hasCode(error, SQLITE_READONLY) || hasCode(error, SQLITE_CANTOPEN)) {
    return `it or its directory may not be written (${said}); SQLite keeps two more files beside it`;
  }
  if (hasCode(error, SQLITE_FULL)) return 'the disk is full';
  if (hasCode(error, SQLITE_IOERR)) return `the disk reports an error (${said})`;
  if (hasCode(error, SQLITE_BUSY))
    return 'another program has been writing to it for 30 s; end that program, or wait for it';
  return said;
}
