import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { keepNewest, keptFile } from '../../src/agent/keep.ts';
import { rememberingLog } from './silent.ts';

const WAIT = { timeout: 12_000, interval: 10 };
const schema = z.object({ count: z.number() });

let dir: string;
let log: ReturnType<typeof rememberingLog>;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'keep-')), 'state');
  log = rememberingLog();
});
afterEach(() => rm(join(dir, '..'), { recursive: true }));

const fileOf = (cluster = 'prod') => keptFile({ dir, name: 'thing', schema, cluster, log });

describe('what an agent keeps', () => {
  it('is there in its next life', async () => {
    expect(await fileOf().read()).toBeNull();
    await fileOf().write({ count: 1 });
    await fileOf().write({ count: 2 });
    expect(await fileOf().read()).toEqual({ count: 2 });
    expect(log.said).toEqual([]);
    expect(await readdir(dir)).toEqual(['thing.json']);
    expect((await stat(join(dir, 'thing.json'))).mode & 0o077).toBe(0);
  });

  it.each([
    ['cut short', '{"version":1,"cluster":"prod","kept":{"cou'],
    ['empty', ''],
    ['of another version', '{"version":99,"cluster":"prod","kept":{"count":1}}'],
    ['of another form', '{"version":1,"cluster":"prod","kept":{"count":"many"}}'],
    ['of another cluster', '{"version":1,"cluster":"test","kept":{"count":1}}'],
  ])('is moved aside and said when it is %s', async (_, text) => {
    await fileOf().write({ count: 1 });
    await writeFile(join(dir, 'thing.json'), text);
    expect(await fileOf().read()).toBeNull();
    expect(log.said.join()).toContain('moved aside');
    expect(await readFile(join(dir, 'thing.json.unusable'), 'utf8')).toBe(text);
    expect(await fileOf().read()).toBeNull();
    await fileOf().write({ count: 3 });
    expect(await fileOf().read()).toEqual({ count: 3 });
  });

  it('is not harmed by a crash in the midst of writing', async () => {
    await fileOf().write({ count: 1 });
    await writeFile(join(dir, 'thing.json.next'), '{"half');
    expect(await fileOf().read()).toEqual({ count: 1 });
    await fileOf().write({ count: 2 });
    expect(await fileOf().read()).toEqual({ count: 2 });
  });
});

describe('keeping the newest', () => {
  function start(everyMs: number) {
    const written: number[] = [];
    const state = { count: 0 };
    const stop = new AbortController();
    const keeper = keepNewest({
      kept: {
        read: async () => null,
        write: async ({ count }) => {
          written.push(count);
        },
      },
      newest: () => (state.count < 0 ? null : { ...state }),
      everyMs,
      log,
    });
    const done = keeper.run(stop.signal);
    const touch = (count: number) => {
      state.count = count;
      keeper.touch();
    };
    return { written, touch, stop, done };
  }

  it('writes at once, then what is newest when it may write again', async () => {
    const { written, touch, stop, done } = start(50);
    touch(1);
    await vi.waitFor(() => expect(written).toEqual([1]), WAIT);
    touch(2);
    touch(3);
    await vi.waitFor(() => expect(written).toEqual([1, 3]), WAIT);
    stop.abort();
    await done;
    expect(written).toEqual([1, 3]);
  });

  it('writes a last time when it stops', async () => {
    const { written, touch, stop, done } = start(3_600_000);
    touch(1);
    await vi.waitFor(() => expect(written).toEqual([1]), WAIT);
    touch(2);
    stop.abort();
    await done;
    expect(written).toEqual([1, 2]);
  });

  it('stops though nothing was ever worth keeping', async () => {
    const { written, touch, stop, done } = start(50);
    touch(-1);
    stop.abort();
    await done;
    expect(written).toEqual([]);
  });

  it('goes on when the folder can not be written, and says so', async () => {
    await writeFile(dir, 'a file where the folder should be');
    const stop = new AbortController();
    const keeper = keepNewest({ kept: fileOf(), newest: () => ({ count: 1 }), everyMs: 5, log });
    const done = keeper.run(stop.signal);
    keeper.touch();
    await vi.waitFor(() => expect(log.said.join()).toContain('could not be kept'), WAIT);
    await rm(dir);
    keeper.touch();
    await vi.waitFor(async () => expect(await readdir(dir)).toEqual(['thing.json']), WAIT);
    await chmod(dir, 0o700);
    stop.abort();
    await done;
  });
});
