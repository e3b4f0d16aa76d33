import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { max } from '../spread.ts';

/** What a process takes of the machine's memory, in bytes. */
export interface Resident {
  readonly rss: number;
  /** What is its own: the rest are pages of files, above all of Node's program, that all processes share. */
  readonly own: number;
}

const settleMs = 15_000;
const readings = 5;
const everyMs = 1000;

/** Of a process that has had nothing to do for a while, as the kernel counts it; the largest of several readings. */
export async function atRest(pid: number): Promise<Resident> {
  await wait(settleMs);
  const seen: Resident[] = [];
  for (let reading = 0; reading < readings; reading++) {
    await wait(everyMs);
    seen.push(await resident(pid));
  }
  return { rss: max(seen.map(({ rss }) => rss)), own: max(seen.map(({ own }) => own)) };
}

/** Source: https://www.kernel.org/doc/html/latest/filesystems/proc.html, "VmRSS" and "RssAnon" */
async function resident(pid: number): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { rss: kilobytes(status, 'VmRSS'), own: kilobytes(status, 'RssAnon') };
}

function kilobytes(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (found === undefined) throw new Error(`the kernel tells no ${name}:\n${status}`);
  return Number(found) * 1024;
}
