import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { pause } from '../pause.ts';
import type { Notice } from './frames.ts';

/** Tells that rules change, while they do. */
export interface RulesMonitor {
  /** Runs until the signal aborts. `onLive(true)`: from now on every change is noticed, until `onLive(false)`. */
  run(on: { notice(notice: Notice): void; live(live: boolean): void }, signal: AbortSignal): Promise<void>;
}

/**
 * `nft monitor`, kept running. Its text is used, not its JSON: only the text says where a transaction ends and who made it.
 * Needs `NET_ADMIN` as uid 0.
 */
export function nftMonitor(options: {
  /** Epoch ms. */
  readonly clock: () => number;
  readonly path?: string;
  /** For tests: what stands before `nft monitor`. */
  readonly command?: readonly [string, ...string[]];
}): RulesMonitor {
  const { clock, path = '/usr/sbin:/sbin:/usr/bin:/bin', command = ['nft', 'monitor'] } = options;
  const [program, ...args] = command;
  return {
    async run(on, signal) {
      let waitMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        const startedAt = clock();
        await once(signal);
        on.live(false);
        waitMs = clock() - startedAt > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(waitMs * 2, LONGEST_PAUSE_MS);
        await pause(waitMs, signal);
      }

      async function once(stop: AbortSignal): Promise<void> {
        const child = spawn(program, args, {
          env: { PATH: path, LC_ALL: 'C' },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const ending = new AbortController();
        const kill = () => child.kill('SIGKILL');
        stop.addEventListener('abort', kill, { once: true });
        const read = noticesIn(on.notice);
        child.stdout.on('data', (chunk: Buffer) => read(chunk.toString('utf8'), clock()));
        const ended = new Promise<void>((resolve) => {
          child.once('error', () => resolve());
          child.once('close', () => resolve());
        });
        void ended.then(() => ending.abort());
        if (stop.aborted) kill();
        if (child.pid !== undefined && (await subscribes(child.pid, ending.signal))) on.live(true);
        await ended;
        stop.removeEventListener('abort', kill);
      }
    },
  };
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const SUBSCRIBE_WITHIN_MS = 20_000;

/** It first reads all rules, then listens; the kernel lists its socket with groups when it does. */
async function subscribes(pid: number, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < SUBSCRIBE_WITHIN_MS; waitedMs += 50) {
    if (signal.aborted) return false;
    const sockets = await readFile(`/proc/${pid}/net/netlink`, 'utf8').catch(() => '');
    if (listens(sockets, pid)) return true;
    await pause(50, signal);
  }
  return !signal.aborted;
}

/** `sk Eth Pid Groups …`; 12 is NETLINK_NETFILTER of `linux/netlink.h`. */
function listens(sockets: string, pid: number): boolean {
  return sockets.split('\n').some((line) => {
    const [, protocol, owner, groups] = line.trim().split(/\s+/);
    return protocol === '12' && owner === String(pid) && groups !== undefined && !/^0+$/.test(groups);
  });
}

/** Takes what `nft monitor` prints, piece by piece; a notice is a transaction, stamped when its first and last piece came. */
export function noticesIn(onNotice: (notice: Notice) => void): (text: string, at: number) => void {
  let line = '';
  let firstAt: number | null = null;
  const tables = new Set<string>();
  return (text, at) => {
    firstAt ??= at;
    const [first = '', ...more] = text.split('\n');
    line = (line + first).slice(0, LONGEST_LINE);
    for (const next of more) {
      const end = /^# (?:new generation \d+(?: by process \d+ \((.*)\))?|ERROR)/.exec(line);
      const [, table] = /^\w+ \w+ ((?:ip|ip6|inet|arp|bridge|netdev) [^\s;]+)/.exec(line) ?? [];
      if (table !== undefined) tables.add(table);
      if (end !== null) {
        onNotice({ firstAt, lastAt: at, by: end[1] ?? null, tables: [...tables] });
        tables.clear();
        firstAt = at;
      }
      line = next.slice(0, LONGEST_LINE);
    }
    if (line === '' && tables.size === 0) firstAt = null;
  };
}

/** The place stands at the beginning; elements of large sets may take megabytes after it. */
const LONGEST_LINE = 1_000;
