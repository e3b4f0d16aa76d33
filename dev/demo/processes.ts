import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { PLACE, type Place } from '../stand-in/place.ts';

/** Programs of the product as processes of their own, each standing at its place of the stand-in world. */
export interface Processes {
  /** Starts one that goes on running. Should it end before it is stopped, everything that waits by `signal` is told so. */
  start(name: string, program: Program): Running;
  /** Runs one to its end and resolves with what it printed. @throws with what it said when it fails */
  run(name: string, program: Program): Promise<string>;
  /** Aborts with a word of what happened when one ends that should not, and when all are stopped. */
  readonly signal: AbortSignal;
  /** What programs logged as errors of their own. */
  errors(): readonly string[];
  /** The last lines of each program, for a person to find out what went wrong. */
  tails(): string;
  /** Ends all of them: politely, then not. */
  stop(): Promise<void>;
}

interface Program {
  /** Path within the repository. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly place?: Place;
}

interface Running {
  /** The first entry of its log with this message. */
  logged(message: string, timeoutMs: number): Promise<Readonly<Record<string, unknown>>>;
}

type Heard = (child: ChildProcess) => readonly (Readable | null)[];

const root = resolve(import.meta.dirname, '../..');
const placeModule = new URL('../stand-in/place.ts', import.meta.url).href;

/** More is kept of nobody. */
const mostLines = 500;
const tailLines = 12;
const politeMs = 5_000;
const runMs = 120_000;

export function createProcesses(): Processes {
  const children = new Map<string, { child: ChildProcess; lines: string[]; onLine: Set<(line: string) => void> }>();
  const broken = new AbortController();
  let stopping = false;

  function launch(name: string, { file, args = [], env = {}, place }: Program, heard: Heard) {
    broken.signal.throwIfAborted();
    const imports = place === undefined ? [] : ['--import', placeModule];
    const child = spawn(process.execPath, [...imports, resolve(root, file), ...args], {
      // Nothing of the caller's environment, save where temporary files go: no proxy, no option, no token of theirs.
      env: { ...env, ...(place === undefined ? {} : { [PLACE]: JSON.stringify(place) }) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const one = { child, lines: [] as string[], onLine: new Set<(line: string) => void>() };
    children.set(name, one);
    for (const stream of heard(child)) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        one.lines.push(line);
        if (one.lines.length > mostLines) one.lines.shift();
        for (const hear of [...one.onLine]) hear(line);
      });
    }
    return one;
  }

  return {
    signal: broken.signal,

    start(name, program) {
      const { child, lines, onLine } = launch(name, program, ({ stdout, stderr }) => [stdout, stderr]);
      child.once('exit', (code, signal) => {
        if (!stopping) broken.abort(new Error(`${name} has ended by itself (${signal ?? `exit code ${code}`})`));
      });
      child.once('error', (cause) => broken.abort(new Error(`${name} could not be started`, { cause })));
      return {
        logged(message, timeoutMs) {
          const { promise, resolve: found, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
          const hear = (line: string) => {
            const entry = entryOf(line);
            if (entry?.msg === message) found(entry);
          };
          const timer = setTimeout(
            () => reject(new Error(`${name} did not come so far within ${timeoutMs / 1000} s: "${message}"`)),
            timeoutMs,
          );
          const broke = () => reject(broken.signal.reason);
          broken.signal.addEventListener('abort', broke);
          onLine.add(hear);
          lines.forEach(hear);
          return promise.finally(() => {
            clearTimeout(timer);
            onLine.delete(hear);
            broken.signal.removeEventListener('abort', broke);
          });
        },
      };
    },

    async run(name, program) {
      // What it prints may be a key: that belongs into no log.
      const { child } = launch(name, program, ({ stderr }) => [stderr]);
      const printed: string[] = [];
      child.stdout?.on('data', (chunk) => printed.push(String(chunk)));
      const signal = AbortSignal.timeout(runMs);
      const [code] = await once(child, 'close', { signal }).catch((cause: unknown) => {
        throw new Error(signal.aborted ? `${name} was not done within ${runMs / 1000} s` : `${name} could not be run`, {
          cause,
        });
      });
      if (code !== 0) throw new Error(`${name} failed with exit code ${code}`);
      return printed.join('');
    },

    errors: () =>
      [...children.values()].flatMap(({ lines }) => lines.filter((line) => entryOf(line)?.level === 'error')),

    tails: () =>
      [...children]
        .filter(([, { lines }]) => lines.length > 0)
        .map(([name, { lines }]) => [`── ${name}, its last lines`, ...lines.slice(-tailLines)].join('\n'))
        .join('\n'),

    async stop() {
      stopping = true;
      broken.abort(new Error('everything is being stopped'));
      const all = [...children.values()].map(({ child }) => child).filter(isAlive);
      const ended = Promise.all(all.map((child) => once(child, 'exit')));
      for (const child of all) child.kill('SIGTERM');
      const timer = setTimeout(() => all.filter(isAlive).map((child) => child.kill('SIGKILL')), politeMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function isAlive({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

const Entry = z.looseObject({ msg: z.string(), level: z.string().optional() });

function entryOf(line: string): z.infer<typeof Entry> | null {
  try {
    return Entry.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    // Not every line is one of the log.
    return null;
  }
}
