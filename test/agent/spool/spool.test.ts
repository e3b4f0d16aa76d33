import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool, type Spool, type SpoolOptions } from '../../../src/agent/spool/spool.ts';
import type { StreamRecord } from '../../../src/words/stream.ts';
import { rememberingLog } from '../silent.ts';
import { change, idsIn, samples } from './records.ts';
import { taker } from './taker.ts';

let dir: string;
let log: ReturnType<typeof rememberingLog>;
let now: number;
/** Killed ones among them: closed at the end, when nobody looks any more. */
let opened: Spool[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spool-'));
  log = rememberingLog();
  now = 1_000;
  opened = [];
});
afterEach(async () => {
  for (const spool of opened) await spool.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool({
    dir,
    cluster: 'prod',
    instance: 'cp-1',
    mostBytes: 10_000_000,
    clock: () => now,
    log,
    ...options,
  });
  opened.push(spool);
  return spool;
}

function putChanges(spool: Spool, ...ids: string[]): void {
  for (const id of ids) {
    now += 1_000;
    spool.put(change(id, now));
  }
}

async function drained(spool: Spool, bot = taker()): Promise<readonly StreamRecord[]> {
  for (const outgoing of spool.outgoing) await bot.drain(outgoing);
  return bot.records;
}

const gapsIn = (records: readonly StreamRecord[]) => records.filter((record) => record.kind === 'gap');
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `p${from + index}`);
const [CHANGES, SAMPLES] = [0, 1];

describe('what is put into the spool', () => {
  it('comes out in order, once, changes and samples each for themselves', async () => {
    const spool = await open();
    const bot = taker();
    putChanges(spool, ...numbered(20));
    spool.put(samples(now));
    spool.put({
      kind: 'coverage',
      span: { source: 'kube', instance: 'cp-1', categories: ['network-policy'], fromAt: 1, toAt: now },
    });
    expect(idsIn(await drained(spool, bot))).toEqual(numbered(20));
    expect(bot.records.map(({ kind }) => kind).slice(20)).toEqual(['coverage', 'samples']);
    putChanges(spool, ...numbered(5, 20));
    await drained(spool, bot);
    expect(idsIn(bot.records)).toEqual(numbered(25));
    expect(gapsIn(bot.records)).toEqual([]);
    expect(log.said).toEqual([]);
  });

  it('survives the agent, whether it stopped or was killed; what the bot has is not sent again', async () => {
    const bot = taker();
    const first = await open();
    putChanges(first, ...numbered(30));
    await bot.drain(first.outgoing[CHANGES] ?? expect.fail(), 2);
    await first.close();
    // Killed: nothing is closed.
    const second = await open();
    putChanges(second, ...numbered(10, 30));
    await bot.takeSilently(second.outgoing[CHANGES] ?? expect.fail());
    await second.written();
    const third = await open();
    putChanges(third, ...numbered(3, 40));
    expect(idsIn(await drained(third, bot))).toEqual(numbered(43));
    expect(gapsIn(bot.records)).toEqual([]);
  });

  it('leaves nothing on the disk that the bot has, save what is written to now', async () => {
    const spool = await open({ mostBytes: 64_000 });
    putChanges(spool, ...numbered(50));
    await spool.written();
    expect((await readdir(join(dir, 'changes'))).length).toBeGreaterThan(5);
    await drained(spool);
    await spool.written();
    const files = (await readdir(join(dir, 'changes'))).filter((name) => name !== 'counts.json');
    expect(files.length).toBeLessThan(2);
  });

  it('is waited for by whoever sends it', async () => {
    const spool = await open();
    const stop = new AbortController();
    const waiting = spool.outgoing[CHANGES]?.waiting(stop.signal);
    putChanges(spool, 'a');
    expect(await waiting).toEqual(expect.any(String));
    const given = spool.outgoing[SAMPLES]?.waiting(stop.signal);
    stop.abort(new Error('over'));
    await expect(given).rejects.toThrow('over');
  });

  it('is not sent under the cluster or the name of another agent', async () => {
    const other = await open();
    putChanges(other, 'a');
    await other.close();
    expect(await drained(await open({ instance: 'cp-2' }))).toEqual([]);
    expect(log.said.join()).toContain('moved aside');
  });

  it('may be anything: what can not be sent is said as a gap, and never thrown', async () => {
    const spool = await open();
    spool.put(change('a', now, { summary: '' }));
    spool.put(change('b', now, { summary: 'x'.repeat(501) }));
    Reflect.apply(spool.put, spool, [{ kind: 'change', change: { id: 1n } }]);
    spool.put(change('c', now));
    const records = await drained(spool);
    expect(records.map(({ kind }) => kind)).toEqual(['gap', 'gap', 'gap', 'change']);
    expect(records[0]).toMatchObject({ lost: 1, fromAt: now, toAt: now, why: expect.stringContaining('summary') });
    expect(log.said).toHaveLength(3);
  });
});

describe('what happens to the disk', () => {
  it('a line that was cut off is not there; what follows is', async () => {
    const spool = await open();
    putChanges(spool, 'a', 'b', 'c');
    await spool.close();
    const file = await segmentFile();
    await truncate(file, (await readFile(file)).length - 10);
    const next = await open();
    putChanges(next, 'd');
    expect(idsIn(await drained(next))).toEqual(['a', 'b', 'd']);
  });

  it('a line that can not be read is a gap of its time; those around it are read', async () => {
    const spool = await open();
    putChanges(spool, 'a', 'b', 'c');
    await spool.close();
    const file = await segmentFile();
    await writeFile(file, (await readFile(file, 'utf8')).replace('kube:b', 'kube:b"'));
    const records = await drained(await open());
    expect(records.map(({ kind }) => kind)).toEqual(['change', 'gap', 'change']);
    expect(records[1]).toMatchObject({ lost: 1, why: 'It could not be read back from the disk.' });
    const [gap] = gapsIn(records);
    expect(gap?.fromAt).toBeLessThanOrEqual(3_000);
    expect(gap?.toAt).toBeGreaterThanOrEqual(3_000);
  });

  it('a file that is gone is a gap', async () => {
    const spool = await open({ mostBytes: 32_000 });
    putChanges(spool, ...numbered(12));
    await spool.close();
    const files = (await readdir(join(dir, 'changes'))).filter((name) => name.endsWith('.jsonl')).sort();
    await rm(join(dir, 'changes', files[1] ?? ''));
    const records = await drained(await open({ mostBytes: 32_000 }));
    const [gap, ...others] = gapsIn(records);
    expect(others).toEqual([]);
    expect(idsIn(records)).toHaveLength(12 - (gap?.lost ?? 0));
    expect(gap?.lost).toBeGreaterThan(0);
  });

  it('a folder that can not be written is said, and done without within a bound', async () => {
    await rm(dir, { recursive: true });
    await writeFile(dir, 'a file where the folder should be');
    const spool = await open({ mostBytes: 32_000, mostInMemoryBytes: 8_000 });
    await expect.poll(() => log.said.join()).toContain('in memory alone');
    putChanges(spool, ...numbered(40));
    const records = await drained(spool);
    expect(records[0]).toMatchObject({ kind: 'gap', why: expect.stringContaining('neither') });
    expect(idsIn(records)).toEqual(numbered(40).slice(-idsIn(records).length));
    expect(idsIn(records).length).toBeGreaterThan(5);
    expect(log.said.filter((line) => line.includes('in memory alone'))).toHaveLength(1);
  });

  it('what was told the bot but is not on the disk takes no later record with it', async () => {
    const bot = taker();
    const first = await open();
    putChanges(first, 'a', 'b');
    await first.written();
    const disk = `${dir}-after-power-cut`;
    await cp(dir, disk, { recursive: true });
    putChanges(first, 'c', 'd');
    await drained(first, bot);
    const second = await open({ dir: disk });
    putChanges(second, 'e', 'f', 'g');
    await second.close();
    const third = await open({ dir: disk });
    putChanges(third, 'h');
    expect(idsIn(await drained(third, bot))).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    await third.close();
    await rm(disk, { recursive: true });
  });

  async function segmentFile(): Promise<string> {
    const name = (await readdir(join(dir, 'changes'))).find((one) => one.endsWith('.jsonl'));
    return join(dir, 'changes', name ?? expect.fail());
  }
});

describe('when more was put than may be kept', () => {
  it('the oldest changes go, and one gap that is as wide as they were stands in their place', async () => {
    const spool = await open({ mostBytes: 30_000 });
    putChanges(spool, ...numbered(200));
    const [gap, ...kept] = await drained(spool);
    const lost = 200 - kept.length;
    expect(gap).toMatchObject({ kind: 'gap', lost, fromAt: 2_000, toAt: 1_000 + 1_000 * lost });
    expect(idsIn(kept)).toEqual(numbered(200).slice(lost));
    expect(lost).toBeGreaterThan(50);
    expect(kept.length).toBeGreaterThan(30);
  });

  it('a gap reaches back to when a lost change may have happened, but not for one found at a first look', async () => {
    const spool = await open({ mostBytes: 30_000 });
    now = 50_000;
    spool.put(change('seen', now, { earliestAt: 20_000 }));
    spool.put(change('known', now, { earliestAt: 5, certainty: 'latestKnown' }));
    putChanges(spool, ...numbered(200));
    expect((await drained(spool))[0]).toMatchObject({ kind: 'gap', fromAt: 20_000 });
  });

  it('samples go before changes, and hide none', async () => {
    const spool = await open({ mostBytes: 60_000 });
    putChanges(spool, ...numbered(40));
    for (let count = 0; count < 500; count += 1) spool.put(samples(now + count));
    const bot = taker();
    await drained(spool, bot);
    expect(idsIn(bot.records)).toEqual(numbered(40));
    expect(gapsIn(bot.records)).toEqual([]);
    const kept = bot.records.flatMap((record) => (record.kind === 'samples' ? record.samples.map(({ at }) => at) : []));
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(500);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => now + 500 - kept.length + index));
  });

  it('a gap that the bot has is not told again with the next', async () => {
    const spool = await open({ mostBytes: 30_000 });
    const bot = taker();
    putChanges(spool, ...numbered(200));
    await drained(spool, bot);
    putChanges(spool, ...numbered(200, 200));
    await drained(spool, bot);
    const lost = gapsIn(bot.records).map((gap) => gap.lost);
    expect(lost).toHaveLength(2);
    expect(idsIn(bot.records)).toHaveLength(400 - (lost[0] ?? 0) - (lost[1] ?? 0));
  });

  it('it is known after a restart as well', async () => {
    const first = await open({ mostBytes: 30_000 });
    putChanges(first, ...numbered(200));
    await first.written();
    const second = await open({ mostBytes: 30_000 });
    const records = await drained(second);
    const [gap] = gapsIn(records);
    expect(gap?.lost).toBe(200 - idsIn(records).length);
  });
});

describe('what the bot says', () => {
  it('a record that it can not read is left out as a gap; what stands around it gets there', async () => {
    const spool = await open();
    putChanges(spool, 'a', 'poison', 'b');
    const [outgoing] = spool.outgoing;
    const stream = (await outgoing?.waiting(AbortSignal.timeout(5_000))) ?? expect.fail();
    expect((await outgoing?.batch(stream, { records: 9, bytes: 9_999 }))?.records).toHaveLength(3);
    outgoing?.spoilt(stream, 2, 'It is wrong at change.');
    const records = await drained(spool);
    expect(records.map((record) => idsIn([record])[0] ?? record.kind)).toEqual(['a', 'gap', 'b']);
    expect(records[1]).toEqual({
      kind: 'gap',
      lost: 1,
      fromAt: 3_000,
      toAt: 3_000,
      why: 'The bot could not read it: It is wrong at change.',
    });
  });

  it('a gap that it can not read is not told, and the rest gets there', async () => {
    const spool = await open({ mostBytes: 30_000 });
    putChanges(spool, ...numbered(200));
    const [outgoing] = spool.outgoing;
    const stream = (await outgoing?.waiting(AbortSignal.timeout(5_000))) ?? expect.fail();
    expect((await outgoing?.batch(stream, { records: 9, bytes: 9_999 }))?.records).toMatchObject([{ kind: 'gap' }]);
    outgoing?.spoilt(stream, 1, 'No gaps, please.');
    const records = await drained(spool);
    expect(gapsIn(records)).toEqual([]);
    expect(idsIn(records).at(-1)).toBe('p199');
  });

  it('a bot that lost what it had taken is told so as a gap, and gets all that is still here', async () => {
    const spool = await open({ mostBytes: 30_000 });
    putChanges(spool, ...numbered(50));
    await drained(spool);
    now += 5_000;
    putChanges(spool, ...numbered(3, 50));
    const records = await drained(spool, taker());
    const [gap] = gapsIn(records);
    expect(gap).toMatchObject({ fromAt: 1_000, why: expect.stringContaining('no longer has') });
    expect(idsIn(records)).toEqual(numbered(53).slice(gap?.lost));
  });

  it('words about another stream than the one that is sent change nothing', async () => {
    const spool = await open();
    putChanges(spool, 'a');
    spool.outgoing[CHANGES]?.taken('another', 7);
    spool.outgoing[CHANGES]?.spoilt('another', 1, 'no');
    expect(await spool.outgoing[CHANGES]?.batch('another', { records: 9, bytes: 9_999 })).toBeNull();
    expect(idsIn(await drained(spool))).toEqual(['a']);
  });

  it('a number that was never given takes nothing with it', async () => {
    const spool = await open();
    putChanges(spool, 'a');
    const [outgoing] = spool.outgoing;
    outgoing?.taken((await outgoing.waiting(AbortSignal.timeout(5_000))) ?? '', 77);
    putChanges(spool, 'b');
    expect(idsIn(await drained(spool))).toEqual(['a', 'b']);
  });
});

describe('whatever happens, in whatever order', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('put'), count: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('samples'), count: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('send'), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('loseAck', 'kill', 'stop'), count: fc.constant(1) }) },
  );

  it.each([
    ['nothing is lost and nothing doubled within the bound', 10_000_000],
    ['nothing is doubled and what is lost lies within a gap beyond it', 12_000],
  ])('%s', { timeout: 60_000 }, async (_, mostBytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const own = await mkdtemp(join(tmpdir(), 'spool-model-'));
        const life = () => open({ dir: own, mostBytes, log: rememberingLog() });
        let spool = await life();
        const bot = taker();
        const putAt = new Map<string, number>();
        let sampled = 0;
        for (const { kind, count } of steps) {
          if (kind === 'put') {
            for (const id of numbered(count, putAt.size)) {
              putChanges(spool, id);
              putAt.set(id, now);
            }
          } else if (kind === 'samples') {
            for (const end = sampled + count; sampled < end; sampled += 1) spool.put(samples(sampled));
          } else if (kind === 'send') {
            for (const outgoing of spool.outgoing) await bot.drain(outgoing, count);
          } else if (kind === 'loseAck') {
            for (const outgoing of spool.outgoing) await bot.takeSilently(outgoing);
          } else {
            if (kind === 'kill') await spool.written();
            else await spool.close();
            spool = await life();
          }
        }
        await drained(spool, bot);
        for (const one of opened.splice(0)) await one.close();
        await rm(own, { recursive: true });

        const got = idsIn(bot.records);
        const missing = [...putAt.keys()].filter((id) => !got.includes(id));
        const gaps = gapsIn(bot.records);
        expect(got).toEqual([...putAt.keys()].filter((id) => !missing.includes(id)));
        const unsaid = missing.filter((id) => {
          const at = putAt.get(id) ?? 0;
          return !gaps.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt);
        });
        expect(unsaid).toEqual([]);
        expect(gaps.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThanOrEqual(missing.length);
        const sampledAt = bot.records.flatMap((record) =>
          record.kind === 'samples' ? record.samples.map(({ at }) => at) : [],
        );
        expect(sampledAt).toEqual([...new Set(sampledAt)].toSorted((a, b) => a - b));
        if (mostBytes > 1_000_000) expect([gaps.length, sampledAt.length]).toEqual([0, sampled]);
      }),
      { numRuns: 60 },
    );
  });
});
