import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstTables } from '../../src/store/migrations/0001-first-tables.ts';
import { openStore } from '../../src/store/open.ts';
import { sqliteDialect } from '../../src/store/sqlite/dialect.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { movedBy, opened, storeContract } from '../contracts/store.ts';
import { changeOf, sampleAt, seriesOf } from '../contracts/store-records.ts';

storeContract('an SQLite file', true, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-store-'));
  return {
    address: { kind: 'sqlite', file: join(folder, 'apidown.db') },
    remove: () => rm(folder, { recursive: true }),
  };
});

storeContract("SQLite's memory", false, async () => ({
  address: { kind: 'sqlite', file: ':memory:' },
  remove: async () => {},
}));

describe('a file that can not be used', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apidown-store-'));
    file = join(folder, 'apidown.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = async (path = file) => {
    const outcome = await openStore({ kind: 'sqlite', file: path });
    if (outcome.kind === 'open') {
      await outcome.store.close();
      throw new Error('it was opened');
    }
    return outcome.message;
  };

  it('is refused when its directory is not there', async () => {
    const path = join(folder, 'missing', 'apidown.db');
    expect(await refusal(path)).toBe(
      `the store ${path} can't be used: its directory does not exist; create it, or set store.file to another place`,
    );
  });

  it('is refused when it is a directory', async () => {
    await mkdir(file);
    expect(await refusal()).toContain('it is a directory; set store.file to a file');
  });

  it('is refused when it is no database, and left as it was', async () => {
    await writeFile(file, 'a letter to somebody else, long enough to be no header\n'.repeat(50));
    const before = await stat(file);
    expect(await refusal()).toContain('it is not an SQLite database');
    expect((await stat(file)).size).toBe(before.size);
  });

  it('is refused when it is damaged', async () => {
    const store = await opened({ kind: 'sqlite', file });
    await store.close();
    const raw = await open(file, 'r+');
    // The header stays; the list of tables behind it does not.
    await raw.write(Buffer.alloc(300, 0xff), 0, 300, 100);
    await raw.close();
    expect(await refusal()).toMatch(/it is damaged \(.*\); restore it from a copy/);
  });

  it('is refused when another program keeps its data there', async () => {
    const raw = new DatabaseSync(file);
    raw.exec('create table recipes (name text)');
    raw.close();
    expect(await refusal()).toContain('it is the database of another program');
  });

  it('is refused when a newer program wrote it', async () => {
    const store = await opened({ kind: 'sqlite', file });
    await store.close();
    const raw = new DatabaseSync(file);
    raw.exec("insert into kysely_migration values ('9999-from-the-future', '2099-01-01T00:00:00.000Z')");
    raw.close();
    expect(await refusal()).toMatch(
      /written by a newer apidown \(its last migration is 9999-from-the-future, this program knows \d{4}-.*\); start the newer/,
    );
  });

  it('names the event that can not be read', async () => {
    const store = await opened({ kind: 'sqlite', file });
    const opening = { kind: 'opened', at: 1, by: { kind: 'itself' }, id: 'inv-a', cluster: 'prod' } as const;
    await store.investigations.append('inv-a', 0, [{ ...opening, endpoint: null, room: null }, movedBy('U1')]);
    const raw = new DatabaseSync(file);
    raw.exec('update investigation_events set json = replace(json, \'"moved"\', \'"danced"\') where seq = 2');
    raw.close();
    await expect(store.investigations.events('inv-a')).rejects.toThrow(
      /event 2 of investigation inv-a .*can't be read/,
    );
    await store.close();
  });

  it.each([
    ['cut off', 'substr(packed, 1, length(packed) - 1)'],
    ['of another layout', "x'02'"],
  ])('names the samples that can not be read: %s', async (_what, damage) => {
    const store = await opened({ kind: 'sqlite', file });
    await store.samples.add(seriesOf('bot'), [sampleAt(1_000)]);
    const raw = new DatabaseSync(file);
    raw.exec(`update sample_chunks set packed = ${damage}`);
    raw.close();
    await expect(store.samples.between(seriesOf('bot'), 0, 2_000)).rejects.toThrow(
      /samples of 1970-01-01T00:00:00.000Z in the store can't be read/,
    );
    await store.close();
  });
});

describe('an SQLite file', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apidown-store-'));
    file = join(folder, 'apidown.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps what an older program left in it', async () => {
    const older = new Kysely<object>({ dialect: sqliteDialect(file) });
    await sql.raw(`pragma application_id = ${0x6170646e}`).execute(older);
    const migrations = { '0001-first-tables': firstTables };
    const { error } = await new Migrator({
      db: older,
      provider: { getMigrations: async () => migrations },
    }).migrateToLatest();
    expect(error).toBeUndefined();
    await sql`insert into agent_keys values ('k1', 'prod', 'node', 'public half', 1000, null)`.execute(older);
    await older.destroy();

    const store = await opened({ kind: 'sqlite', file });
    expect(await store.keys.find('k1')).toMatchObject({ cluster: 'prod', createdAt: 1_000 });
    expect(await store.changes.add('prod', [changeOf('a', 1_000)])).toHaveLength(1);
    await store.close();
  });

  it('is for its owner alone', async () => {
    const store = await opened({ kind: 'sqlite', file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('syncs every commit to the disk', async () => {
    const db = new Kysely({ dialect: sqliteDialect(file) });
    expect((await sql`pragma synchronous`.execute(db)).rows).toEqual([{ synchronous: 2 }]);
    expect((await sql`pragma journal_mode`.execute(db)).rows).toEqual([{ journal_mode: 'wal' }]);
    expect((await sql`pragma foreign_keys`.execute(db)).rows).toEqual([{ foreign_keys: 1 }]);
    await db.destroy();
  });

  it('waits for another writer without holding up the event loop', async () => {
    const store = await opened({ kind: 'sqlite', file });
    const writer = new DatabaseSync(file);
    writer.exec('begin immediate');
    let through = false;
    const ping = store.ping().then(() => {
      through = true;
    });
    // Were the wait a blocking one, none of these turns would come and the writer could never end.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(through).toBe(false);
    writer.exec('commit');
    await ping;
    expect(through).toBe(true);
    writer.close();
    await store.close();
  });

  it('waits longer when it is opened: another program may have much to migrate', async () => {
    await (await opened({ kind: 'sqlite', file })).close();
    const writer = new DatabaseSync(file);
    writer.exec('begin immediate');
    const refused = await openSqlite(file, { statementMs: 0, openMs: 0 });
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('has been writing to it') });
    const opening = openSqlite(file, { statementMs: 0, openMs: 30_000 });
    // Not what is waited for: long enough for some attempts.
    await sleep(50);
    writer.exec('commit');
    writer.close();
    const store = await opening;
    expect(store.kind).toBe('open');
    if (store.kind === 'open') await store.store.close();
  });

  it('gives up on a writer that never ends', async () => {
    const store = await opened({ kind: 'sqlite', file });
    const writer = new DatabaseSync(file);
    writer.exec('begin immediate');
    const db = new Kysely({ dialect: sqliteDialect(file, { busyDeadlineMs: 20 }) });
    await expect(sql`update pulse set beats = 0`.execute(db)).rejects.toThrow(/locked/);
    await db.destroy();
    writer.exec('rollback');
    writer.close();
    await store.close();
  });
});
