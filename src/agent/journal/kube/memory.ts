import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Log } from '../../../ops/log.ts';
import { pause } from '../../pause.ts';
import { Note } from './note.ts';

/**
 * What the journal last saw of every object, in memory and in a file that outlives the agent, so that one that starts
 * again tells what differs, a deletion too, and nothing twice. The file is a log: each line puts or takes away an object
 * or says until when all that went before was true. It is written anew when most of it is history.
 */
export interface Memory {
  /** Epoch ms until when what is remembered of the resource was known to be so; null: it was never listed. */
  provenAt(resource: string): number | null;
  objects(resource: string): ReadonlyMap<string, Remembered>;
  put(resource: string, uid: string, remembered: Remembered): void;
  remove(resource: string, uid: string): void;
  prove(resource: string, at: number): void;
  /** Keeps the file up to date until the signal aborts, and a last time then. */
  run(signal: AbortSignal): Promise<void>;
}

interface Remembered {
  readonly version: string;
  readonly note: Note;
}

const FILE = 'kube-journal.jsonl';
const FORM = 1;

const Header = z.object({ form: z.literal(FORM), cluster: z.string() });
const Line = z.union([
  z.tuple([z.literal('+'), z.string(), z.string(), z.string(), Note]),
  z.tuple([z.literal('-'), z.string(), z.string()]),
  z.tuple([z.literal('='), z.record(z.string(), z.number())]),
]);
type Line = z.infer<typeof Line>;

/** Longer than what was told needs to be durable: told twice does no harm, never told does. */
const WRITE_EVERY_MS = 2_000;
const PROVE_EVERY_MS = 10_000;
const LINES_A_WRITE = 1_000;
/** The log may hold this many lines more than twice what they amount to. */
const SPARE_LINES = 5_000;

interface Held {
  readonly objects: Map<string, Remembered>;
  provenAt: number | null;
}

export async function remember(options: {
  readonly dir: string;
  /** What another cluster's agent left in this folder is not taken for one's own. */
  readonly cluster: string;
  readonly clock: () => number;
  readonly log: Log;
}): Promise<Memory> {
  const { dir, cluster, clock, log } = options;
  const path = join(dir, FILE);
  const held = new Map<string, Held>();
  let waiting: string[] = [];
  let lines = 0;
  let provedAt = 0;
  let failing = false;
  let cutShort = true;

  const of = (resource: string): Held => {
    const known = held.get(resource);
    if (known !== undefined) return known;
    const next: Held = { objects: new Map(), provenAt: null };
    held.set(resource, next);
    return next;
  };

  function apply(line: Line) {
    if (line[0] === '+') of(line[1]).objects.set(line[2], { version: line[3], note: line[4] });
    else if (line[0] === '-') of(line[1]).objects.delete(line[2]);
    else for (const [resource, at] of Object.entries(line[1])) of(resource).provenAt = at;
  }

  async function read(): Promise<boolean> {
    let first = true;
    for await (const text of linesOf(path)) {
      const raw = parsed(text);
      if (first && Header.safeParse(raw).data?.cluster !== cluster) return false;
      const line = first ? null : Line.safeParse(raw);
      first = false;
      lines += 1;
      // The last line may be cut where the agent was killed; what it said is found again by listing.
      if (line?.success) apply(line.data);
    }
    return !first;
  }

  async function readable(): Promise<boolean> {
    try {
      return await read();
    } catch (error) {
      if (!isAbsent(error)) log.warn({ path, error }, "the journal's memory can not be read");
      return false;
    }
  }

  async function write() {
    if (lines > 2 * countOf(held) + SPARE_LINES) {
      waiting = [];
      await rewrite();
    }
    const now = clock();
    if (waiting.length === 0 && now - provedAt < PROVE_EVERY_MS) return;
    provedAt = now;
    const text = [...waiting, proofLine(held)];
    waiting = [];
    // A line that was cut short ends here.
    await appendFile(path, `${cutShort ? '\n' : ''}${text.join('\n')}\n`, { mode: 0o600 });
    cutShort = false;
    lines += text.length;
  }

  /** What changes while this is at work is written to the new file by the next `write`. */
  async function rewrite() {
    const next = `${path}.next`;
    const file = await open(next, 'w', 0o600);
    let written = 0;
    try {
      let batch = [JSON.stringify({ form: FORM, cluster })];
      for (const line of linesFor(held)) {
        batch.push(line);
        if (batch.length < LINES_A_WRITE) continue;
        await file.appendFile(`${batch.join('\n')}\n`);
        written += batch.length;
        batch = [];
      }
      await file.appendFile(`${batch.join('\n')}\n`);
      await file.sync();
      written += batch.length;
    } finally {
      await file.close();
    }
    await rename(next, path);
    lines = written;
  }

  async function tryTo(act: () => Promise<void>) {
    try {
      await act();
      failing = false;
    } catch (error) {
      // What is lost is only that a new start knows what happened meanwhile.
      if (!failing) log.warn({ path, error }, "the journal's memory can not be written");
      failing = true;
      // What could not be appended is missing from the file from now on.
      lines = Number.POSITIVE_INFINITY;
    }
  }

  if (!(await readable())) {
    held.clear();
    await tryTo(async () => {
      await mkdir(dir, { recursive: true });
      await rm(path, { force: true });
      await rewrite();
    });
  }

  return {
    provenAt: (resource) => held.get(resource)?.provenAt ?? null,
    objects: (resource) => of(resource).objects,
    put(resource, uid, remembered) {
      const { objects } = of(resource);
      const same = objects.get(uid)?.version === remembered.version;
      objects.set(uid, remembered);
      if (!same) waiting.push(putLine(resource, uid, remembered));
    },
    remove(resource, uid) {
      if (of(resource).objects.delete(uid)) waiting.push(JSON.stringify(['-', resource, uid] satisfies Line));
    },
    prove(resource, at) {
      of(resource).provenAt = at;
    },
    async run(signal) {
      while (!signal.aborted) {
        await tryTo(write);
        await pause(WRITE_EVERY_MS, signal);
      }
      provedAt = 0;
      await tryTo(write);
    },
  };
}

function putLine(resource: string, uid: string, { version, note }: Remembered): string {
  return JSON.stringify(['+', resource, uid, version, note] satisfies Line);
}

function proofLine(held: ReadonlyMap<string, Held>): string {
  const proofs = [...held].flatMap(([resource, { provenAt }]) => (provenAt === null ? [] : [[resource, provenAt]]));
  return JSON.stringify(['=', Object.fromEntries(proofs)] satisfies Line);
}

function* linesFor(held: ReadonlyMap<string, Held>): Generator<string> {
  // What changes while the rest is written is not covered by it.
  yield proofLine(held);
  for (const [resource, { objects }] of held) {
    for (const [uid, remembered] of objects) yield putLine(resource, uid, remembered);
  }
}

function countOf(held: ReadonlyMap<string, Held>): number {
  return [...held.values()].reduce((sum, { objects }) => sum + objects.size, 0);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    stream.destroy();
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No line of ours, or half of one: the schema says no to it.
    return null;
  }
}
