import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { hasCode, SQLITE_BUSY } from './codes.ts';

/** How long a statement waits for another process that is writing, in all. */
const BUSY_DEADLINE_MS = 5_000;

/**
 * Kysely over Node's own SQLite. Differs from Kysely's dialect in three things: it waits for a writer without
 * blocking the event loop, a transaction is a writer from its beginning, and migrations run in one transaction.
 */
export function sqliteDialect(file: string, options: { busyDeadlineMs?: number } = {}): Dialect {
  const busyDeadlineMs = options.busyDeadlineMs ?? BUSY_DEADLINE_MS;
  return {
    createDriver: () => new WaitingDriver(file, busyDeadlineMs),
    createAdapter: () => new TransactionalDdlAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite rolls back a `create table` like anything else; with it, programs that start at once migrate one after the other. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class WaitingDriver extends SqliteDriver {
  readonly #busyDeadlineMs: number;

  constructor(file: string, busyDeadlineMs: number) {
    super({
      database: async () => openDatabase(file),
      onCreateConnection: async (connection) => {
        for (const pragma of PRAGMAS) {
          await whileBusy(() => connection.executeQuery(CompiledQuery.raw(pragma)), busyDeadlineMs);
        }
      },
    });
    this.#busyDeadlineMs = busyDeadlineMs;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => whileBusy(() => connection.executeQuery(query), this.#busyDeadlineMs),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  // A transaction that reads first and writes later would fail, not wait, when somebody wrote in between.
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

const PRAGMAS = [
  'pragma journal_mode = wal',
  // What was acknowledged survives a power cut, not only a crash of the program.
  'pragma synchronous = full',
  'pragma foreign_keys = on',
  // 16 MB: what one look at the journal touches; SQLite's own 2 MB would be read anew within each.
  'pragma cache_size = -16000',
];

/** SQLite's own wait would block the event loop, and with it every answer that Slack wants within 3 s. */
export async function whileBusy<T>(attempt: () => Promise<T>, deadlineMs: number): Promise<T> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasCode(error, SQLITE_BUSY) || performance.now() >= giveUpAt) throw error;
      await sleep(1 + Math.random() * 9);
    }
  }
}

function openDatabase(file: string): SqliteDatabase {
  const database = new DatabaseSync(file);
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = kept.get(sql) ?? prepared(database, sql);
      if (sql.length > KEPT_LENGTH) return statement;
      // Whatever was used last stands last.
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

/** Preparing costs as much as running, for most of what is asked here. */
const KEPT_STATEMENTS = 200;
const KEPT_LENGTH = 10_000;

function prepared(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    // An iteration lasts beyond the call, and may be one of several: each has a statement of its own.
    iterate: (parameters) => database.prepare(sql).iterate(...parameters.map(bindable)),
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite can't store a value of type ${typeof value}`);
}
