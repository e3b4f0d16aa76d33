import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Memory, remember } from '../../../../src/agent/journal/kube/memory.ts';
import type { Note } from '../../../../src/agent/journal/kube/note.ts';
import { rememberingLog } from '../../silent.ts';

let dir: string;
const file = () => join(dir, 'kube-journal.jsonl');
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memory-'));
});
afterEach(() => rm(dir, { recursive: true }));

const log = rememberingLog();
const open = (cluster = 'prod') => remember({ dir, cluster, clock: Date.now, log });

function note(name: string): Note {
  const base = { namespace: 'kube-system', createdAt: 1, modifiedAt: 1, modifiedBy: [] };
  return { kind: 'ConfigMap', ...base, name, keys: { a: 'hash' } };
}

/** Runs to its end, which writes what has not been written yet. */
async function written(memory: Memory) {
  await memory.run(AbortSignal.abort());
}

describe('the memory of a journal', () => {
  it('outlives the agent: what was put, taken away and proven', async () => {
    const memory = await open();
    expect(memory.provenAt('configmaps')).toBeNull();
    memory.put('configmaps', 'a', { version: '1', note: note('one') });
    memory.put('configmaps', 'b', { version: '2', note: note('two') });
    memory.put('configmaps', 'a', { version: '3', note: note('one again') });
    memory.remove('configmaps', 'b');
    memory.prove('configmaps', 77);
    await written(memory);

    const next = await open();
    expect(next.provenAt('configmaps')).toBe(77);
    expect([...next.objects('configmaps')]).toEqual([['a', { version: '3', note: note('one again') }]]);
  });

  it('writes while it runs, without being told to end', async () => {
    const memory = await open();
    const stop = new AbortController();
    const running = memory.run(stop.signal);
    memory.put('configmaps', 'a', { version: '1', note: note('one') });
    await vi.waitFor(async () => expect(await readFile(file(), 'utf8')).toContain('"one"'), { timeout: 10_000 });
    stop.abort();
    await running;
  });

  it('survives a line that was cut short', async () => {
    const memory = await open();
    memory.put('configmaps', 'a', { version: '1', note: note('one') });
    memory.prove('configmaps', 5);
    await written(memory);
    await appendFile(file(), '["+","configmaps","b","2",{"kind":"Conf');
    const next = await open();
    expect([...next.objects('configmaps').keys()]).toEqual(['a']);
    // And goes on after it.
    next.put('configmaps', 'c', { version: '3', note: note('three') });
    await written(next);
    expect([...(await open()).objects('configmaps').keys()]).toEqual(['a', 'c']);
  });

  it("takes neither another cluster's file nor one of another form", async () => {
    const memory = await open();
    memory.put('configmaps', 'a', { version: '1', note: note('one') });
    await written(memory);
    expect((await open('other')).objects('configmaps').size).toBe(0);
    await writeFile(file(), 'nothing of ours\n');
    expect((await open()).objects('configmaps').size).toBe(0);
  });

  it('does not grow with what is history', async () => {
    const memory = await open();
    for (let round = 0; round < 12_000; round++)
      memory.put('configmaps', 'a', { version: `${round}`, note: note('one') });
    await written(memory);
    const grown = (await stat(file())).size;
    memory.put('configmaps', 'b', { version: '1', note: note('two') });
    await written(memory);
    expect((await stat(file())).size).toBeLessThan(grown / 100);
    expect([...(await open()).objects('configmaps').keys()].sort()).toEqual(['a', 'b']);
  });

  it('goes on where nothing can be written, and says so once', async () => {
    await writeFile(file(), 'a file where a folder should be');
    const memory = await remember({ dir: file(), cluster: 'prod', clock: Date.now, log });
    memory.put('configmaps', 'a', { version: '1', note: note('one') });
    await written(memory);
    expect(memory.objects('configmaps').size).toBe(1);
    expect(log.said.filter((line) => line.includes('can not be written'))).toHaveLength(1);
  });
});
