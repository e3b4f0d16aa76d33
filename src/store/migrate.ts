import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration';
import { MIGRATIONS } from './migrations.ts';

/** What came of bringing a database up to date. `newer`: a later program migrated it; `migration` names the last one it ran. */
export type Migrated =
  | { readonly kind: 'done' }
  | { readonly kind: 'newer'; readonly migration: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Runs the migrations that are missing, all or none. A program that does the same at the same time is waited for. */
export async function migrate<T>(db: Kysely<T>): Promise<Migrated> {
  const unknown = (await migrationsRun(db)).filter((name) => !Object.hasOwn(MIGRATIONS, name)).at(-1);
  if (unknown !== undefined) return { kind: 'newer', migration: unknown };
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  }).migrateToLatest();
  return error === undefined ? { kind: 'done' } : { kind: 'failed', error };
}

/** Names in order; empty for a database that was never migrated. */
async function migrationsRun<T>(db: Kysely<T>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name`.execute(db);
  return rows.map((row) => row.name);
}
