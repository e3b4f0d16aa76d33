import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { theseFaultsAreNamed } from './faults.ts';
import { aSetUp, doctor } from './set-up.ts';

theseFaultsAreNamed([
  {
    what: 'a database that a newer version wrote',
    async does({ folder, stopBot }) {
      await stopBot();
      const database = new DatabaseSync(join(folder, 'apidown.db'));
      database.exec("insert into kysely_migration values ('9999-of-the-future', '2030-01-01')");
      database.close();
    },
    ...{
      check: 'database',
      outcome: 'failed',
      words: /written by a newer apidown \(its last migration is 9999-of-the-future/,
    },
    mend: /start the newer version, or restore the file from before the upgrade/,
  },
  {
    what: 'a database of an older version',
    async does({ folder, stopBot }) {
      await stopBot();
      const database = new DatabaseSync(join(folder, 'apidown.db'));
      database.exec("delete from kysely_migration where name = '0003-source-memories'");
      database.close();
    },
    ...{ check: 'database', outcome: 'warning', words: /of an older version: 0003-source-memories is still to run/ },
    mend: /copy it, then start the bot of this version/,
  },
  {
    what: 'a file in the place of the database that is none',
    async does({ config, put }) {
      await put('other.db', 'these are words, and there are many of them '.repeat(100));
      config.store.file = './other.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /it is not an SQLite database/ },
    mend: /set store\.file to a file of its own/,
  },
  {
    what: 'a database of another program',
    does({ config, folder }) {
      const database = new DatabaseSync(join(folder, 'other.db'));
      database.exec('create table things (name text)');
      database.close();
      config.store.file = './other.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /it is the database of another program/ },
    mend: /set store\.file to a file of its own/,
  },
  {
    what: 'a database in a folder that does not exist',
    does: ({ config }) => {
      config.store.file = './gone/apidown.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /its directory does not exist/ },
    mend: /create it, or set store\.file to another place/,
  },
  {
    what: 'a disk that is full',
    does: ({ machine }) => {
      machine.freeBytesIn = async () => 5_000_000;
    },
    ...{ check: 'database', outcome: 'failed', words: /^disk space in .*: 4 MiB are free: soon nothing can be kept/ },
    mend: /free some, or move store\.file to a larger disk/,
  },
]);

test('where there is no database none is made', async () => {
  const setUp = await aSetUp();
  setUp.config.store.file = './new.db';
  const { of } = await doctor(setUp);
  expect(of('warning')).toContainEqual(
    expect.objectContaining({ words: expect.stringContaining('does not exist yet') }),
  );
  expect(() => new DatabaseSync(join(setUp.folder, 'new.db'), { readOnly: true })).toThrow();
});
